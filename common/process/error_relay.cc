#include "common/process/error_relay.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/files/retried.h"
#include "common/process/error_output.h"
#include "common/threads/clock.h"

namespace isoshape {
namespace {

// More of one line is not kept.
constexpr size_t kMaxLineBytes = 4096;

bool IsBlank(absl::string_view line) {
  return absl::StripAsciiWhitespace(line).empty();
}

}  // namespace

ErrorRelay::ErrorRelay(int pipe, bool quiet)
    : pipe_(pipe),
      quiet_(quiet),
      wake_(eventfd(0, EFD_CLOEXEC)),
      second_(Clock::Real()->Elapsed()),
      thread_([this] { Read(); }) {}

ErrorRelay::~ErrorRelay() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof one);
  thread_.join();
  close(wake_);
  close(pipe_);
}

std::string ErrorRelay::LastLine(absl::Duration patience) {
  ended_.WaitFor(patience);
  absl::MutexLock lock(&mutex_);
  return IsBlank(line_) ? last_ : line_;
}

void ErrorRelay::Relay(absl::string_view text) {
  const absl::Duration now = Clock::Real()->Elapsed();
  if (now - second_ >= absl::Seconds(1)) {
    TellLeftOut();
    second_ = now;
    relayed_ = 0;
  }
  const absl::string_view passed = text.substr(0, kBytesASecond - relayed_);
  if (!passed.empty()) ErrorOutput::Get().Write(passed);
  relayed_ += passed.size();
  left_out_ += text.size() - passed.size();
}

void ErrorRelay::TellLeftOut() {
  if (left_out_ == 0) return;
  ErrorOutput::Get().Write(absl::StrCat(
      "\n(", left_out_, " bytes of standard error left out: more than ",
      kBytesASecond, " in a second)\n"));
  left_out_ = 0;
}

void ErrorRelay::Read() {
  while (true) {
    pollfd ready[] = {{wake_, POLLIN, 0}, {pipe_, POLLIN, 0}};
    Retried([&] { return poll(ready, 2, -1); });
    if (ready[0].revents != 0) return;
    char bytes[4096];
    const ssize_t count =
        Retried([&] { return read(pipe_, bytes, sizeof bytes); });
    if (count <= 0) break;
    const absl::string_view text(bytes, static_cast<size_t>(count));
    if (!quiet_) Relay(text);
    absl::MutexLock lock(&mutex_);
    for (const char c : text) {
      if (c == '\n') {
        if (!IsBlank(line_)) last_ = line_;
        line_.clear();
      } else if (line_.size() < kMaxLineBytes) {
        line_ += c;
      }
    }
  }
  TellLeftOut();
  ended_.Notify();
}

}  // namespace isoshape

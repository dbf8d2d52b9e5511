#include "common/process/child_process.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/files/retried.h"
#include "common/process/pipe_signal_block.h"
#include "common/threads/clock.h"

namespace isoshape {
namespace {

// How long a child may leave its input unread.
constexpr absl::Duration kWritePatience = absl::Seconds(5);
// Between the end of a child's output and its exit, so that its exit code can
// be told.
constexpr absl::Duration kExitPatience = absl::Seconds(1);

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(std::clamp<int64_t>(
      absl::ToInt64Milliseconds(absl::Ceil(duration, absl::Milliseconds(1))), 0,
      INT_MAX));
}

}  // namespace

ChildProcess::~ChildProcess() {
  Signal(SIGKILL);
  if (!collected_) waitpid(pid_, &wait_status_, 0);
  CloseInput();
  close(output_);
}

absl::Status ChildProcess::WriteLine(const std::string& line) {
  const std::string bytes = absl::StrCat(line, "\n");
  const absl::Duration deadline = Clock::Real()->Elapsed() + kWritePatience;
  size_t done = 0;
  while (done < bytes.size()) {
    if (input_ < 0) return absl::AbortedError("its input is closed");
    const ssize_t count = Retried([&] {
      return write(input_, bytes.data() + done, bytes.size() - done);
    });
    if (count >= 0) {
      done += static_cast<size_t>(count);
      continue;
    }
    if (errno != EAGAIN) {
      return Ended("it closed its input");
    }
    pollfd writable = {input_, POLLOUT, 0};
    if (poll(&writable, 1, Milliseconds(deadline - Clock::Real()->Elapsed())) ==
        0) {
      return absl::DeadlineExceededError(
          absl::StrCat("it did not read its input for ",
                       absl::FormatDuration(kWritePatience)));
    }
  }
  return absl::OkStatus();
}

absl::Status ChildProcess::Ended(const char* otherwise) {
  if (!WaitForEnd(kExitPatience)) return absl::AbortedError(otherwise);
  const std::string last = LastErrorLine();
  return absl::AbortedError(absl::StrCat(
      "it ended by ", Ending(),
      last.empty() ? "" : "; the last line of its standard error: ", last));
}

std::string ChildProcess::LastErrorLine() {
  if (errors_ == nullptr) return "";
  return errors_->LastLine(collected_ ? kExitPatience : absl::ZeroDuration());
}

std::optional<std::string> ChildProcess::TakeLine() {
  const size_t end = buffer_.find('\n', searched_);
  if (end == std::string::npos) {
    searched_ = buffer_.size();
    return std::nullopt;
  }
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  searched_ = 0;
  return line;
}

absl::StatusOr<std::optional<std::string>> ChildProcess::ReadLine(
    absl::Duration timeout) {
  const absl::Duration deadline = Clock::Real()->Elapsed() + timeout;
  while (true) {
    if (std::optional<std::string> line = TakeLine()) return line;
    if (buffer_.size() > kMaxLineBytes) {
      return absl::OutOfRangeError(absl::StrCat(
          "it printed a line of more than ", kMaxLineBytes, " bytes"));
    }
    char bytes[16384];
    const ssize_t count =
        Retried([&] { return read(output_, bytes, sizeof bytes); });
    if (count > 0) {
      buffer_.append(bytes, static_cast<size_t>(count));
      continue;
    }
    if (count == 0 || errno != EAGAIN) {
      return Ended("it closed its output");
    }
    const absl::Duration left = deadline - Clock::Real()->Elapsed();
    if (left <= absl::ZeroDuration()) return std::nullopt;
    pollfd readable = {output_, POLLIN, 0};
    poll(&readable, 1, Milliseconds(left));
  }
}

absl::StatusOr<std::string> ChildProcess::Exchange(const std::string& input,
                                                   size_t max_bytes,
                                                   absl::Duration timeout) {
  const PipeSignalBlock no_signal;
  const absl::Time deadline = absl::Now() + timeout;
  std::string output = std::move(buffer_);
  size_t written = 0;
  while (true) {
    if (written == input.size()) CloseInput();
    // poll passes over a handle of -1.
    pollfd ready[] = {{output_, POLLIN, 0}, {input_, POLLOUT, 0}};
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) {
      Stop(absl::ZeroDuration());
      return absl::DeadlineExceededError(absl::StrCat(
          "it did not end within ", absl::FormatDuration(timeout)));
    }
    poll(ready, 2, Milliseconds(left));
    if (ready[1].revents != 0) {
      const ssize_t count =
          write(input_, input.data() + written, input.size() - written);
      if (count > 0) written += static_cast<size_t>(count);
      // It reads no further, and how it ended says why.
      if (count < 0 && errno != EAGAIN && errno != EINTR) CloseInput();
    }
    if (ready[0].revents == 0) continue;
    char bytes[65536];
    const ssize_t count = read(output_, bytes, sizeof bytes);
    if (count == 0) break;
    if (count > 0) output.append(bytes, static_cast<size_t>(count));
    if (output.size() > max_bytes) {
      Stop(absl::ZeroDuration());
      return absl::OutOfRangeError(
          absl::StrCat("it printed more than ", max_bytes, " bytes"));
    }
  }
  absl::Status ended = Ended("it closed its output");
  if (collected_ && WIFEXITED(wait_status_) && WEXITSTATUS(wait_status_) == 0) {
    return output;
  }
  return ended;
}

void ChildProcess::CloseInput() {
  if (input_ >= 0) close(std::exchange(input_, -1));
}

void ChildProcess::Signal(int signal) {
  if (!collected_) kill(-pid_, signal);
}

void ChildProcess::Stop(absl::Duration patience) {
  if (!Running()) return;
  Signal(SIGTERM);
  if (WaitForEnd(patience)) return;
  Signal(SIGKILL);
  WaitForEnd(absl::InfiniteDuration());
}

bool ChildProcess::Running() {
  if (collected_) return false;
  siginfo_t info = {};
  if (waitid(P_PID, static_cast<id_t>(pid_), &info,
             WEXITED | WNOHANG | WNOWAIT) != 0 ||
      info.si_pid != pid_) {
    return true;
  }
  // Kills the processes that it left behind in its group, while the number is
  // not yet another group's.
  kill(-pid_, SIGKILL);
  collected_ = waitpid(pid_, &wait_status_, 0) == pid_;
  return !collected_;
}

bool ChildProcess::WaitForEnd(absl::Duration timeout) {
  const absl::Duration deadline = Clock::Real()->Elapsed() + timeout;
  while (Running()) {
    const absl::Duration left = deadline - Clock::Real()->Elapsed();
    if (left <= absl::ZeroDuration()) return false;
    absl::SleepFor(std::min(left, absl::Milliseconds(10)));
  }
  return true;
}

std::string ChildProcess::Ending() const {
  if (!collected_) return "still running";
  if (WIFSIGNALED(wait_status_)) {
    return absl::StrCat("signal ", WTERMSIG(wait_status_), " (",
                        strsignal(WTERMSIG(wait_status_)), ")");
  }
  return absl::StrCat("exit code ", WEXITSTATUS(wait_status_));
}

}  // namespace isoshape

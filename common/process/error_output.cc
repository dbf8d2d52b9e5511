#include "common/process/error_output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/files/retried.h"
#include "common/threads/clock.h"

namespace isoshape {
namespace {

// How often the thread looks for room where poll cannot tell.
constexpr int kTickMilliseconds = 50;
// Of the end of the process.
constexpr absl::Duration kLastPatience = absl::Milliseconds(500);

// As a line of the log (program_log.h).
std::string LeftOutText(uint64_t lines) {
  return absl::StrCat(
      absl::FormatTime("%Y-%m-%dT%H:%M:%E3S%Ez", absl::Now(),
                       absl::LocalTimeZone()),
      " warning ", lines, lines == 1 ? " line was" : " lines were",
      " left out here, because nobody read standard error in time\n");
}

}  // namespace

ErrorOutput& ErrorOutput::Get() {
  // Never destroyed, since other threads may write while the process ends.
  static ErrorOutput* const output = [] {
    std::atexit([] { Get().Flush(kLastPatience); });
    return new ErrorOutput(STDERR_FILENO);
  }();
  return *output;
}

ErrorOutput::~ErrorOutput() {
  absl::MutexLock lock(&mutex_);
  end_ = true;
  const auto ended = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return !writing_;
  };
  mutex_.Await(absl::Condition(&ended));
  if (own_ >= 0) close(own_);
}

void ErrorOutput::Reopen() {
  struct stat now = {};
  if (fstat(fd_, &now) != 0) return;
  if (now.st_dev == device_ && now.st_ino == inode_) return;
  if (own_ >= 0) close(own_);
  own_ = -1;
  device_ = now.st_dev;
  inode_ = now.st_ino;
  mode_ = now.st_mode;
  if (S_ISFIFO(mode_) || S_ISCHR(mode_)) {
    own_ = open(absl::StrCat("/proc/self/fd/", fd_).c_str(),
                O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  }
}

ssize_t ErrorOutput::TryWrite(absl::string_view text) {
  Reopen();
  const int own = own_;
  const mode_t mode = mode_;
  size_t done = 0;
  const auto write_some = [&]() -> ssize_t {
    const char* const from = text.data() + done;
    const size_t size = text.size() - done;
    if (own >= 0) return write(own, from, size);
    if (S_ISSOCK(mode)) {
      return send(fd_, from, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    if (S_ISREG(mode)) return write(fd_, from, size);
    // It could not be opened anew: so much goes into a pipe that has room.
    pollfd room = {fd_, POLLOUT, 0};
    if (poll(&room, 1, 0) <= 0) {
      errno = EAGAIN;
      return -1;
    }
    return write(fd_, from, std::min<size_t>(size, PIPE_BUF));
  };
  while (done < text.size()) {
    const ssize_t count = Retried(write_some);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (count < 0) return -1;
    done += static_cast<size_t>(count);
  }
  return static_cast<ssize_t>(done);
}

void ErrorOutput::Write(absl::string_view text) {
  if (text.empty()) return;
  absl::MutexLock lock(&mutex_);
  if (IsEmpty()) {
    const ssize_t count = TryWrite(text);
    if (count < 0 || count == static_cast<ssize_t>(text.size())) return;
    if (count > 0) {
      begun_ = std::string(text.substr(static_cast<size_t>(count)));
      text = "";
    }
  }
  if (!text.empty()) {
    kept_.emplace_back(text);
    kept_bytes_ += text.size();
  }
  while (kept_bytes_ > kMaxKept) {
    const std::string& oldest = kept_.front();
    left_out_ += static_cast<uint64_t>(std::max<std::ptrdiff_t>(
        1, std::count(oldest.begin(), oldest.end(), '\n')));
    kept_bytes_ -= oldest.size();
    kept_.pop_front();
  }
  if (writing_) return;
  writing_ = true;
  try {
    std::thread([this] { KeepWriting(); }).detach();
  } catch (const std::system_error&) {
    writing_ = false;  // no thread can be had now; the next text tries again
  }
}

bool ErrorOutput::WriteKept() {
  while (!IsEmpty()) {
    if (begun_.empty()) {
      if (left_out_ > 0) {
        begun_ = LeftOutText(std::exchange(left_out_, 0));
      } else {
        begun_ = std::move(kept_.front());
        kept_bytes_ -= begun_.size();
        kept_.pop_front();
      }
    }
    const ssize_t count = TryWrite(begun_);
    if (count < 0) {  // the reader is gone
      begun_.clear();
      kept_.clear();
      kept_bytes_ = 0;
      left_out_ = 0;
      return true;
    }
    begun_.erase(0, static_cast<size_t>(count));
    if (!begun_.empty()) return false;
  }
  return true;
}

void ErrorOutput::KeepWriting() {
  while (true) {
    int fd = fd_;
    {
      absl::MutexLock lock(&mutex_);
      if (WriteKept() || end_) {
        writing_ = false;
        emptied_.SignalAll();
        return;
      }
      if (own_ >= 0) fd = own_;
    }
    pollfd room = {fd, POLLOUT, 0};
    // What poll holds for room may still be too little.
    if (poll(&room, 1, kTickMilliseconds) > 0) {
      absl::SleepFor(absl::Milliseconds(1));
    }
  }
}

bool ErrorOutput::Flush(absl::Duration patience) {
  Clock& clock = *Clock::Real();
  const absl::Duration end = clock.Elapsed() + patience;
  absl::MutexLock lock(&mutex_);
  while (!IsEmpty()) {
    const absl::Duration left = end - clock.Elapsed();
    if (left <= absl::ZeroDuration()) return false;
    emptied_.WaitFor(&mutex_, left);
  }
  return true;
}

}  // namespace isoshape

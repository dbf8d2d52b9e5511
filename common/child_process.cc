#include "common/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/clock.h"

namespace isoshape {
namespace {

// How long a child may leave its input unread.
constexpr absl::Duration kWritePatience = absl::Seconds(5);
// Between the end of a child's output and its exit, so that its exit code can
// be told.
constexpr absl::Duration kExitPatience = absl::Seconds(1);

// An open file of ours that no other child inherits.
class File {
 public:
  File() = default;
  explicit File(int handle) : handle_(handle) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { Close(); }

  int get() const { return handle_; }
  int release() { return std::exchange(handle_, -1); }
  void Open(int handle) { handle_ = handle; }
  void Close() {
    if (handle_ >= 0) close(release());
  }

 private:
  int handle_ = -1;
};

struct Pipe {
  File read;
  File write;

  bool Open() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    read.Open(ends[0]);
    write.Open(ends[1]);
    return true;
  }
};

// Our environment with `additions` over it.
std::vector<std::string> Environment(
    const std::vector<std::string>& additions) {
  std::vector<std::string> merged = additions;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string name(*entry, strcspn(*entry, "=") + 1);
    if (std::none_of(additions.begin(), additions.end(),
                     [&](const std::string& addition) {
                       return absl::StartsWith(addition, name);
                     })) {
      merged.emplace_back(*entry);
    }
  }
  return merged;
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) {
    pointers.push_back(const_cast<char*>(text.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(std::clamp<int64_t>(
      absl::ToInt64Milliseconds(absl::Ceil(duration, absl::Milliseconds(1))), 0,
      INT_MAX));
}

// No SIGPIPE reaches this thread while it lives: a write to a program that
// reads no further fails instead.
class PipeSignalBlock {
 public:
  PipeSignalBlock() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~PipeSignalBlock() {
    const timespec now = {};
    while (sigtimedwait(&pipe_, nullptr, &now) == SIGPIPE) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  PipeSignalBlock(const PipeSignalBlock&) = delete;
  PipeSignalBlock& operator=(const PipeSignalBlock&) = delete;

 private:
  sigset_t pipe_;
  sigset_t before_;
};

// Everything that the child needs, prepared before the fork.
struct Image {
  int input;
  int output;
  int error;  // -1: the parent's
  const cpu_set_t* cpus;
  size_t max_memory_bytes;  // 0: any
  char* const* arguments;
  char* const* environment;
};

// In the child, where only async-signal-safe calls are allowed: the parent has
// threads. Returns errno of exec.
int Become(pid_t parent, const Image& image) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(1);  // it died before prctl
  if (dup2(image.input, STDIN_FILENO) < 0 ||
      dup2(image.output, STDOUT_FILENO) < 0 ||
      (image.error >= 0 && dup2(image.error, STDERR_FILENO) < 0)) {
    return errno;
  }
  if (image.cpus != nullptr) {
    sched_setaffinity(0, sizeof *image.cpus, image.cpus);
  }
  if (image.max_memory_bytes > 0) {
    const rlimit limit = {image.max_memory_bytes, image.max_memory_bytes};
    setrlimit(RLIMIT_AS, &limit);
  }
  signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execve(image.arguments[0], image.arguments, image.environment);
  return errno;
}

// errno of the child's exec, which closes the other end if it succeeds; else 0.
int ErrorOfExec(int failure) {
  int error = 0;
  ssize_t count = 0;
  do {
    count = read(failure, &error, sizeof error);
  } while (count < 0 && errno == EINTR);
  return count == sizeof error ? error : 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(
    const ChildCommand& command) {
  const std::string& program = command.arguments[0];
  File log;
  if (!command.error_log.empty()) {
    log.Open(open(command.error_log.c_str(),
                  O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (log.get() < 0) {
      return absl::UnavailableError(absl::StrCat(
          "cannot write ", command.error_log, ": ", strerror(errno)));
    }
  }
  Pipe input;
  Pipe output;
  Pipe errors;
  Pipe failure;  // carries errno of exec
  const bool relays = command.relay_error && command.error_log.empty();
  if (!input.Open() || !output.Open() || !failure.Open() ||
      (relays && !errors.Open())) {
    return absl::InternalError(absl::StrCat("cannot make a pipe for ", program,
                                            ": ", strerror(errno)));
  }
  const std::vector<std::string> merged = Environment(command.environment);
  const std::vector<char*> arguments = Pointers(command.arguments);
  const std::vector<char*> environment = Pointers(merged);
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  for (const int cpu : command.cpus) CPU_SET(cpu, &cpus);

  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    const int error = Become(parent, {input.read.get(), output.write.get(),
                                      relays ? errors.write.get() : log.get(),
                                      command.cpus.empty() ? nullptr : &cpus,
                                      command.max_memory_bytes,
                                      arguments.data(), environment.data()});
    const ssize_t written = write(failure.write.get(), &error, sizeof error);
    _exit(written == sizeof error ? 127 : 126);
  }
  if (pid < 0) {
    return absl::InternalError(absl::StrCat("cannot start a process for ",
                                            program, ": ", strerror(errno)));
  }
  setpgid(pid, pid);  // parent and child both call it; either may fail
  failure.write.Close();
  if (const int error = ErrorOfExec(failure.read.get()); error != 0) {
    waitpid(pid, nullptr, 0);
    return absl::NotFoundError(
        absl::StrCat("cannot run ", program, ": ", strerror(error)));
  }
  fcntl(input.write.get(), F_SETFL, O_NONBLOCK);
  fcntl(output.read.get(), F_SETFL, O_NONBLOCK);
  auto child = std::unique_ptr<ChildProcess>(
      new ChildProcess(pid, input.write.release(), output.read.release()));
  errors.write.Close();
  if (relays) {
    child->errors_ = std::make_unique<ErrorRelay>(errors.read.release(),
                                                  command.quiet_error);
  }
  return child;
}

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
    const ssize_t count =
        write(input_, bytes.data() + done, bytes.size() - done);
    if (count >= 0) {
      done += static_cast<size_t>(count);
      continue;
    }
    if (errno == EINTR) continue;
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
    const ssize_t count = read(output_, bytes, sizeof bytes);
    if (count > 0) {
      buffer_.append(bytes, static_cast<size_t>(count));
      continue;
    }
    if (count < 0 && errno == EINTR) continue;
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
  const absl::Status ended = Ended("it closed its output");
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

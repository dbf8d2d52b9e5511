#include "worker/trainer_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace isoshape {
namespace {

// How long a trainer may leave a run specification unread.
constexpr absl::Duration kWritePatience = absl::Seconds(5);
// Between a trainer's end of output and its exit, so that its exit code can be
// told.
constexpr absl::Duration kExitPatience = absl::Seconds(1);

// Two ends that no other child inherits.
struct Pipe {
  int read = -1;
  int write = -1;

  bool Open() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    read = ends[0];
    write = ends[1];
    return true;
  }
  static void Close(int& end) {
    if (end >= 0) close(std::exchange(end, -1));
  }
  ~Pipe() {
    Close(read);
    Close(write);
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

// In the child, where only async-signal-safe calls are allowed: the parent has
// threads. Returns errno of exec.
int BecomeTrainer(pid_t parent, int input, int output, const cpu_set_t* cpus,
                  char* const* arguments, char* const* environment) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(1);  // it died before prctl
  if (dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0) {
    return errno;
  }
  if (cpus != nullptr) sched_setaffinity(0, sizeof *cpus, cpus);
  signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execve(arguments[0], arguments, environment);
  return errno;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TrainerProcess>> TrainerProcess::Start(
    const TrainerCommand& command) {
  Pipe input;
  Pipe output;
  Pipe failure;  // carries errno of exec; closed by its success
  if (!input.Open() || !output.Open() || !failure.Open()) {
    return absl::InternalError(
        absl::StrCat("cannot make a pipe for the trainer: ", strerror(errno)));
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
    const int error = BecomeTrainer(parent, input.read, output.write,
                                    command.cpus.empty() ? nullptr : &cpus,
                                    arguments.data(), environment.data());
    const ssize_t written = write(failure.write, &error, sizeof error);
    _exit(written == sizeof error ? 127 : 126);
  }
  if (pid < 0) {
    return absl::InternalError(
        absl::StrCat("cannot start a trainer process: ", strerror(errno)));
  }
  setpgid(pid, pid);  // whoever comes first; either may fail
  Pipe::Close(failure.write);
  int error = 0;
  ssize_t count = 0;
  do {
    count = read(failure.read, &error, sizeof error);
  } while (count < 0 && errno == EINTR);
  if (count == sizeof error) {
    waitpid(pid, nullptr, 0);
    return absl::NotFoundError(absl::StrCat("cannot run ", command.arguments[0],
                                            ": ", strerror(error)));
  }
  fcntl(input.write, F_SETFL, O_NONBLOCK);
  fcntl(output.read, F_SETFL, O_NONBLOCK);
  return std::unique_ptr<TrainerProcess>(new TrainerProcess(
      pid, std::exchange(input.write, -1), std::exchange(output.read, -1)));
}

TrainerProcess::~TrainerProcess() {
  Signal(SIGKILL);
  if (!collected_) waitpid(pid_, &wait_status_, 0);
  CloseInput();
  close(output_);
}

absl::Status TrainerProcess::WriteLine(const std::string& line) {
  const std::string bytes = absl::StrCat(line, "\n");
  const absl::Time deadline = absl::Now() + kWritePatience;
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
      return absl::AbortedError(WaitForEnd(kExitPatience)
                                    ? absl::StrCat("it ended by ", Ending())
                                    : "it closed its input");
    }
    pollfd writable = {input_, POLLOUT, 0};
    if (poll(&writable, 1, Milliseconds(deadline - absl::Now())) == 0) {
      return absl::DeadlineExceededError(
          absl::StrCat("it did not read its input for ",
                       absl::FormatDuration(kWritePatience)));
    }
  }
  return absl::OkStatus();
}

std::optional<std::string> TrainerProcess::TakeLine() {
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

absl::StatusOr<std::optional<std::string>> TrainerProcess::ReadLine(
    absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (true) {
    if (std::optional<std::string> line = TakeLine()) return line;
    if (buffer_.size() > kLineLimit) {
      return absl::OutOfRangeError(absl::StrCat(
          "it printed a line of more than ", kLineLimit, " bytes"));
    }
    char bytes[16384];
    const ssize_t count = read(output_, bytes, sizeof bytes);
    if (count > 0) {
      buffer_.append(bytes, static_cast<size_t>(count));
      continue;
    }
    if (count < 0 && errno == EINTR) continue;
    if (count == 0 || errno != EAGAIN) {
      return absl::AbortedError(WaitForEnd(kExitPatience)
                                    ? absl::StrCat("it ended by ", Ending())
                                    : "it closed its output");
    }
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) return std::nullopt;
    pollfd readable = {output_, POLLIN, 0};
    poll(&readable, 1, Milliseconds(left));
  }
}

void TrainerProcess::CloseInput() {
  if (input_ >= 0) close(std::exchange(input_, -1));
}

void TrainerProcess::Signal(int signal) {
  if (!collected_) kill(-pid_, signal);
}

bool TrainerProcess::Running() {
  if (collected_) return false;
  siginfo_t info = {};
  if (waitid(P_PID, static_cast<id_t>(pid_), &info,
             WEXITED | WNOHANG | WNOWAIT) != 0 ||
      info.si_pid != pid_) {
    return true;
  }
  // What it has left behind in its group, while its number is still its own.
  kill(-pid_, SIGKILL);
  collected_ = waitpid(pid_, &wait_status_, 0) == pid_;
  return !collected_;
}

bool TrainerProcess::WaitForEnd(absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (Running()) {
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) return false;
    absl::SleepFor(std::min(left, absl::Milliseconds(10)));
  }
  return true;
}

std::string TrainerProcess::Ending() const {
  if (!collected_) return "still running";
  if (WIFSIGNALED(wait_status_)) {
    return absl::StrCat("signal ", WTERMSIG(wait_status_), " (",
                        strsignal(WTERMSIG(wait_status_)), ")");
  }
  return absl::StrCat("exit code ", WEXITSTATUS(wait_status_));
}

}  // namespace isoshape

// How a child process comes to be: its pipes, fork and exec.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/files/retried.h"
#include "common/process/child_process.h"

namespace isoshape {
namespace {

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

// The files between a child and its parent.
struct Connections {
  Pipe input;
  Pipe output;
  Pipe errors;   // open if the parent relays what the child says there
  Pipe failure;  // carries errno of exec
  File log;      // open if what the child says on errors is kept in a file
};

absl::Status Connect(const ChildCommand& command, Connections& made) {
  if (!command.error_log.empty()) {
    made.log.Open(open(command.error_log.c_str(),
                       O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (made.log.get() < 0) {
      return absl::UnavailableError(absl::StrCat(
          "cannot write ", command.error_log, ": ", strerror(errno)));
    }
  }
  const bool relays = command.relay_error && command.error_log.empty();
  if (!made.input.Open() || !made.output.Open() || !made.failure.Open() ||
      (relays && !made.errors.Open())) {
    return absl::InternalError(absl::StrCat("cannot make a pipe for ",
                                            command.arguments[0], ": ",
                                            strerror(errno)));
  }
  return absl::OkStatus();
}

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
  const ssize_t count =
      Retried([&] { return read(failure, &error, sizeof error); });
  return count == sizeof error ? error : 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(
    const ChildCommand& command) {
  const std::string& program = command.arguments[0];
  Connections with;
  if (absl::Status made = Connect(command, with); !made.ok()) return made;
  const bool relays = with.errors.read.get() >= 0;
  const std::vector<std::string> merged = Environment(command.environment);
  const std::vector<char*> arguments = Pointers(command.arguments);
  const std::vector<char*> environment = Pointers(merged);
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  for (const int cpu : command.cpus) CPU_SET(cpu, &cpus);

  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    const int error =
        Become(parent, {with.input.read.get(), with.output.write.get(),
                        relays ? with.errors.write.get() : with.log.get(),
                        command.cpus.empty() ? nullptr : &cpus,
                        command.max_memory_bytes, arguments.data(),
                        environment.data()});
    const ssize_t written =
        write(with.failure.write.get(), &error, sizeof error);
    _exit(written == sizeof error ? 127 : 126);
  }
  if (pid < 0) {
    return absl::InternalError(absl::StrCat("cannot start a process for ",
                                            program, ": ", strerror(errno)));
  }
  setpgid(pid, pid);  // parent and child both call it; either may fail
  with.failure.write.Close();
  if (const int error = ErrorOfExec(with.failure.read.get()); error != 0) {
    waitpid(pid, nullptr, 0);
    return absl::NotFoundError(
        absl::StrCat("cannot run ", program, ": ", strerror(error)));
  }
  fcntl(with.input.write.get(), F_SETFL, O_NONBLOCK);
  fcntl(with.output.read.get(), F_SETFL, O_NONBLOCK);
  auto child = std::unique_ptr<ChildProcess>(new ChildProcess(
      pid, with.input.write.release(), with.output.read.release()));
  with.errors.write.Close();
  if (relays) {
    child->errors_ = std::make_unique<ErrorRelay>(with.errors.read.release(),
                                                  command.quiet_error);
  }
  return child;
}

}  // namespace isoshape

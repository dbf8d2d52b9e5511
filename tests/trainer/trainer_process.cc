#include "tests/trainer/trainer_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace isoshape {
namespace {

constexpr int kPatienceMilliseconds = 120000;

// Pointers to `texts` and a null at the end, which is what execve takes.
std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

TrainerProcess::TrainerProcess(std::vector<std::string> arguments,
                               std::vector<std::string> environment)
    : errors_(std::tmpfile()) {
  arguments.insert(arguments.begin(), ISOSHAPE_TRAINER);
  const std::vector<char*> argv = Pointers(arguments);
  for (char** own = environ; *own != nullptr; ++own) {
    environment.emplace_back(*own);
  }
  const std::vector<char*> envp = Pointers(environment);
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe");
  }
  signal(SIGPIPE, SIG_IGN);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(errors_), STDERR_FILENO);
  const int failed =
      posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  to_ = in[1];
  from_ = out[0];
  if (failed != 0) throw std::runtime_error("cannot start the trainer");
}

TrainerProcess::~TrainerProcess() {
  EndInput();
  close(from_);
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  std::fclose(errors_);
}

void TrainerProcess::SendText(const std::string& line) {
  const std::string text = line + "\n";
  if (write(to_, text.data(), text.size()) !=
      static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("the trainer does not read: " + errors());
  }
}

void TrainerProcess::EndInput() {
  if (to_ >= 0) close(to_);
  to_ = -1;
}

bool TrainerProcess::ReadMore() {
  pollfd ready{from_, POLLIN, 0};
  if (poll(&ready, 1, kPatienceMilliseconds) <= 0) {
    throw std::runtime_error("the trainer said nothing for too long: " +
                             errors());
  }
  char bytes[4096];
  const ssize_t count = read(from_, bytes, sizeof bytes);
  if (count > 0) buffer_.append(bytes, static_cast<size_t>(count));
  return count > 0;
}

nlohmann::json TrainerProcess::Receive() {
  size_t end;
  while ((end = buffer_.find('\n')) == std::string::npos) {
    if (!ReadMore()) throw std::runtime_error("no more lines: " + errors());
  }
  const std::string text = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  nlohmann::json line = nlohmann::json::parse(text, nullptr, false);
  if (!line.is_object()) throw std::runtime_error("not an object: " + text);
  return line;
}

nlohmann::json TrainerProcess::ReceiveUntil(const std::string& type) {
  for (;;) {
    nlohmann::json line = Receive();
    if (line.at("type") == type) return line;
  }
}

int TrainerProcess::Wait() {
  EndInput();
  return WaitForEnd();
}

int TrainerProcess::WaitForEnd() {
  while (ReadMore()) {
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string TrainerProcess::errors() const {
  std::string text;
  std::fseek(errors_, 0, SEEK_SET);
  char bytes[4096];
  for (size_t count;
       (count = std::fread(bytes, 1, sizeof bytes, errors_)) > 0;) {
    text.append(bytes, count);
  }
  return text;
}

}  // namespace isoshape

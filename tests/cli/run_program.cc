#include "tests/cli/run_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace isoshape {
namespace {

using File = std::unique_ptr<FILE, int (*)(FILE*)>;

std::string ReadAll(FILE* file) {
  std::string text;
  std::fseek(file, 0, SEEK_SET);
  char buffer[4096];
  for (size_t n; (n = std::fread(buffer, 1, sizeof(buffer), file)) > 0;) {
    text.append(buffer, n);
  }
  return text;
}

}  // namespace

ProgramResult RunProgram(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"timeout", "60"});
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const File out(std::tmpfile(), std::fclose);
  const File err(std::tmpfile(), std::fclose);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fileno(out.get()), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(err.get()), STDERR_FILENO);
  pid_t pid = -1;
  ProgramResult result;
  if (posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ) ==
      0) {
    int status = 0;
    waitpid(pid, &status, 0);
    result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    result.out = ReadAll(out.get());
    result.err = ReadAll(err.get());
  }
  posix_spawn_file_actions_destroy(&actions);
  return result;
}

ProgramResult RunIsoshape(const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {ISOSHAPE_PROGRAM};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return RunProgram(all);
}

int CountLines(const std::string& text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

std::string FailureOf(const std::vector<std::string>& arguments, int code) {
  const ProgramResult result = RunIsoshape(arguments);
  EXPECT_EQ(result.exit_code, code) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(CountLines(result.err), 1) << result.err;
  EXPECT_THAT(result.err, testing::StartsWith("isoshape: "));
  return result.err;
}

}  // namespace isoshape

#ifndef ISOSHAPE_TESTS_CLI_RUN_PROGRAM_H_
#define ISOSHAPE_TESTS_CLI_RUN_PROGRAM_H_

#include <string>
#include <vector>

namespace isoshape {

// How a program ended and what it printed.
struct ProgramResult {
  int exit_code = -1;
  std::string out;
  std::string err;
};

// Runs the built `isoshape` with these arguments to its end, at most a minute.
ProgramResult RunIsoshape(const std::vector<std::string>& arguments);
// What `isoshape` says with these arguments, which must fail with that exit
// code and one line that begins with its name.
std::string FailureOf(const std::vector<std::string>& arguments, int code);
// Runs any program.
ProgramResult RunProgram(std::vector<std::string> arguments);

// How many lines a text has.
int CountLines(const std::string& text);

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_CLI_RUN_PROGRAM_H_

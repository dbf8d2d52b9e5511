#ifndef ISOSHAPE_TESTS_TRAINER_TRAINER_PROCESS_H_
#define ISOSHAPE_TESTS_TRAINER_TRAINER_PROCESS_H_

#include <sys/types.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace isoshape {

// The built isoshape-trainer as a child process on pipes. Every wait is at most
// two minutes; the destructor ends what still runs.
class TrainerProcess {
 public:
  // `environment`: variables, NAME=value, beside those of this process.
  explicit TrainerProcess(std::vector<std::string> arguments,
                          std::vector<std::string> environment = {});
  ~TrainerProcess();
  TrainerProcess(const TrainerProcess&) = delete;
  TrainerProcess& operator=(const TrainerProcess&) = delete;

  pid_t pid() const { return pid_; }
  void SendText(const std::string& line);
  void Send(const nlohmann::json& line) { SendText(line.dump()); }
  void EndInput();

  // Returns the next line. Throws std::runtime_error if it is not a JSON
  // object, or if the output has ended.
  nlohmann::json Receive();
  // Returns the next line of that type and drops the lines before it.
  nlohmann::json ReceiveUntil(const std::string& type);

  // Ends the input, reads the output to its end and returns the exit code, or
  // -1 if a signal ended the process.
  int Wait();
  // Does what Wait does, but leaves the input open.
  int WaitForEnd();
  // The rest of the output, which Receive has not returned. Valid after Wait.
  const std::string& output() const { return buffer_; }
  std::string errors() const;

 private:
  // Reads more output; false at its end.
  bool ReadMore();

  pid_t pid_ = -1;
  int to_ = -1, from_ = -1;
  FILE* errors_;
  std::string buffer_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_TRAINER_TRAINER_PROCESS_H_

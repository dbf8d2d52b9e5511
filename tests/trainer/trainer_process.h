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

  // The next line; throws std::runtime_error where it is no JSON object, or
  // where there is none.
  nlohmann::json Receive();
  // The next line of that type; those before it are dropped.
  nlohmann::json ReceiveUntil(const std::string& type);

  // Ends the input, reads the output to its end and returns the exit code, or
  // -1 where a signal ended the process.
  int Wait();
  // The same with the input left open.
  int WaitForEnd();
  // What it wrote, as far as it was not received; after Wait.
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

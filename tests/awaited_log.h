#ifndef ISOSHAPE_TESTS_AWAITED_LOG_H_
#define ISOSHAPE_TESTS_AWAITED_LOG_H_

#include <memory>
#include <string>
#include <vector>

namespace isoshape {

// What the program logs while it lives, for tests whose other threads log.
class AwaitedLog {
 public:
  AwaitedLog();
  ~AwaitedLog();
  AwaitedLog(const AwaitedLog&) = delete;
  AwaitedLog& operator=(const AwaitedLog&) = delete;

  std::vector<std::string> lines();
  // Waits until a line has these words; false if none has within 30 s.
  bool Await(const std::string& words);

 private:
  // Not here: who includes this need not be built as spdlog is.
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_AWAITED_LOG_H_

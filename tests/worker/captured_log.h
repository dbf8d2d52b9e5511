#ifndef ISOSHAPE_TESTS_WORKER_CAPTURED_LOG_H_
#define ISOSHAPE_TESTS_WORKER_CAPTURED_LOG_H_

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>
#include <string>

namespace isoshape {

// What the program logs while it lives. Read it when no other thread logs.
class CapturedLog {
 public:
  CapturedLog() {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_)));
  }
  ~CapturedLog() { spdlog::set_default_logger(before_); }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;

  std::string text() const { return text_.str(); }
  int Count(const std::string& words) const {
    const std::string all = text();
    int count = 0;
    for (size_t at = all.find(words); at != std::string::npos;
         at = all.find(words, at + 1)) {
      ++count;
    }
    return count;
  }

 private:
  std::ostringstream text_;
  const std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_WORKER_CAPTURED_LOG_H_

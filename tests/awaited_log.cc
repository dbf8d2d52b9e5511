#include "tests/awaited_log.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <mutex>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace isoshape {
namespace {

class KeptLines : public spdlog::sinks::base_sink<std::mutex> {
 public:
  std::vector<std::string> lines() {
    absl::MutexLock lock(&lines_mutex_);
    return lines_;
  }
  bool Await(const std::string& words) {
    absl::MutexLock lock(&lines_mutex_);
    const auto found = [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
      for (const std::string& line : lines_) {
        if (line.find(words) != std::string::npos) return true;
      }
      return false;
    };
    return lines_mutex_.AwaitWithTimeout(absl::Condition(&found),
                                         absl::Seconds(30));
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    absl::MutexLock lock(&lines_mutex_);
    lines_.emplace_back(message.payload.data(), message.payload.size());
  }
  void flush_() override {}

  absl::Mutex lines_mutex_;
  std::vector<std::string> lines_ ABSL_GUARDED_BY(lines_mutex_);
};

}  // namespace

struct AwaitedLog::State {
  const std::shared_ptr<KeptLines> kept = std::make_shared<KeptLines>();
  const std::shared_ptr<spdlog::logger> before = spdlog::default_logger();
};

AwaitedLog::AwaitedLog() : state_(std::make_unique<State>()) {
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("test", state_->kept));
}

AwaitedLog::~AwaitedLog() { spdlog::set_default_logger(state_->before); }

std::vector<std::string> AwaitedLog::lines() { return state_->kept->lines(); }

bool AwaitedLog::Await(const std::string& words) {
  return state_->kept->Await(words);
}

}  // namespace isoshape

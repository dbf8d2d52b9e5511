#include "common/process/program_log.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/process/error_output.h"

namespace isoshape {
namespace {

void OnProtobuf(google::protobuf::LogLevel level, const char* /*file*/,
                int /*line*/, const std::string& message) {
  // The process ends with this one, which nothing else tells of.
  if (level == google::protobuf::LOGLEVEL_FATAL) {
    std::fprintf(stderr, "protobuf: %s\n", message.c_str());
  }
}

// The colour in which a terminal shows the word of a level.
absl::string_view ColourOf(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::debug:
      return "\033[36m";
    case spdlog::level::info:
      return "\033[32m";
    case spdlog::level::warn:
      return "\033[33m\033[1m";
    default:
      return "\033[31m\033[1m";
  }
}

// Writes lines to ErrorOutput, with colours on a terminal.
class ErrorSink : public spdlog::sinks::base_sink<std::mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg& line) override {
    spdlog::memory_buf_t formatted;
    formatter_->format(line, formatted);
    const absl::string_view text(formatted.data(), formatted.size());
    if (!colours_ || line.color_range_end <= line.color_range_start) {
      ErrorOutput::Get().Write(text);
      return;
    }
    const size_t begin = line.color_range_start;
    const size_t end = line.color_range_end;
    ErrorOutput::Get().Write(absl::StrCat(
        text.substr(0, begin), ColourOf(line.level),
        text.substr(begin, end - begin), "\033[m", text.substr(end)));
  }
  void flush_() override {}

 private:
  const bool colours_ = isatty(STDERR_FILENO) != 0;
};

}  // namespace

void KeepLibraryLogsOffScreen() {
  google::protobuf::SetLogHandler(OnProtobuf);
  if (std::getenv("GRPC_VERBOSITY") != nullptr) return;
  gpr_set_log_function([](gpr_log_func_args* /*entry*/) {});
}

std::vector<std::string> LogLevels() {
  return {"debug", "info", "warn", "error"};
}

void StartProgramLog(const std::string& level) {
  KeepLibraryLogsOffScreen();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "isoshape", std::make_shared<ErrorSink>()));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
  spdlog::set_level(spdlog::level::from_str(level));
}

}  // namespace isoshape

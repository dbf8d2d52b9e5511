#include "common/program_log.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <cstdlib>

namespace isoshape {
namespace {

void OnProtobuf(google::protobuf::LogLevel level, const char* /*file*/,
                int /*line*/, const std::string& message) {
  // The process ends with this one, which nothing else tells of.
  if (level == google::protobuf::LOGLEVEL_FATAL) {
    std::fprintf(stderr, "protobuf: %s\n", message.c_str());
  }
}

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
  spdlog::set_default_logger(spdlog::stderr_color_mt("isoshape"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
  spdlog::set_level(spdlog::level::from_str(level));
}

}  // namespace isoshape

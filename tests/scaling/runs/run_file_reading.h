#ifndef ISOSHAPE_TESTS_SCALING_RUNS_RUN_FILE_READING_H_
#define ISOSHAPE_TESTS_SCALING_RUNS_RUN_FILE_READING_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "scaling/runs/run_file.h"

namespace isoshape {

inline RunFile Read(const std::string& text, const RunFormat& format = {}) {
  absl::StatusOr<RunFile> file = ReadRuns(text, "runs.csv", format);
  EXPECT_TRUE(file.ok()) << file.status();
  return file.ok() ? *std::move(file) : RunFile();
}

inline absl::Status ReadError(const std::string& text,
                              const RunFormat& format = {}) {
  return ReadRuns(text, "runs.csv", format).status();
}

// That reading fails with INVALID_ARGUMENT and this beginning.
inline void ExpectRefused(const std::string& text, const std::string& begin,
                          const RunFormat& format = {}) {
  const absl::Status status = ReadError(text, format);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_THAT(std::string(status.message()), testing::StartsWith(begin));
  EXPECT_THAT(std::string(status.message()),
              testing::Not(testing::HasSubstr("\n")));
}

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_SCALING_RUNS_RUN_FILE_READING_H_

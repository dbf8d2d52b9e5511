#ifndef ISOSHAPE_TESTS_ERROR_OF_H_
#define ISOSHAPE_TESTS_ERROR_OF_H_

#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace isoshape {

// The message of what must have failed with `code`, for reasons that a user is
// told: one line.
inline std::string ErrorOf(
    const absl::Status& status,
    absl::StatusCode code = absl::StatusCode::kInvalidArgument) {
  EXPECT_EQ(status.code(), code) << status;
  std::string message(status.message());
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  return message;
}
template <typename T>
std::string ErrorOf(
    const absl::StatusOr<T>& answer,
    absl::StatusCode code = absl::StatusCode::kInvalidArgument) {
  return ErrorOf(answer.status(), code);
}

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_ERROR_OF_H_

#ifndef ISOSHAPE_MESSAGES_CHECKS_NUMBER_LIMITS_H_
#define ISOSHAPE_MESSAGES_CHECKS_NUMBER_LIMITS_H_

#include <google/protobuf/message.h>

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// What numbers of a report are at most. Whatever a run measures keeps far below
// (single precision, in which it computes, ends at 3.4e38), and sums and
// products of a few such numbers are still numbers.
inline constexpr double kMaxReal = 1e40;
inline constexpr int64_t kMaxWhole = 1'000'000'000'000'000'000;

// What common/status/field_checks.h checks of one number, for every number that
// a trial reports, at any depth, in lists and maps too: finite, not negative
// (but for differences, of which there is a table), and at most kMaxReal or
// kMaxWhole. INVALID_ARGUMENT with the field's path, the value and the remedy
// in one line. `path` is what the field's name is written under (`shape_card`),
// or empty.
absl::Status CheckNumbers(absl::string_view path,
                          const google::protobuf::Message& message);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_CHECKS_NUMBER_LIMITS_H_

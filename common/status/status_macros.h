#ifndef ISOSHAPE_COMMON_STATUS_STATUS_MACROS_H_
#define ISOSHAPE_COMMON_STATUS_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns from the enclosing function if `expression` is not OK.
//   ISOSHAPE_RETURN_IF_ERROR(store->Commit(mutations));
#define ISOSHAPE_RETURN_IF_ERROR(expression)                                  \
  do {                                                                        \
    if (absl::Status isoshape_status = (expression); !isoshape_status.ok()) { \
      return isoshape_status;                                                 \
    }                                                                         \
  } while (false)

// Assigns the value of a StatusOr, or returns its status.
//   ISOSHAPE_ASSIGN_OR_RETURN(const v1::Trial trial, store->GetTrial(name));
#define ISOSHAPE_ASSIGN_OR_RETURN(target, expression) \
  ISOSHAPE_ASSIGN_OR_RETURN_IMPL(                     \
      ISOSHAPE_CONCAT(isoshape_statusor_, __LINE__), target, expression)

#define ISOSHAPE_CONCAT_IMPL(a, b) a##b
#define ISOSHAPE_CONCAT(a, b) ISOSHAPE_CONCAT_IMPL(a, b)
// `target` may be a declaration, which parentheses would break.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define ISOSHAPE_ASSIGN_OR_RETURN_IMPL(temporary, target, expression) \
  auto temporary = (expression);                                      \
  if (!temporary.ok()) return std::move(temporary).status();          \
  target = *std::move(temporary)
// NOLINTEND(bugprone-macro-parentheses)

#endif  // ISOSHAPE_COMMON_STATUS_STATUS_MACROS_H_

#ifndef ISOSHAPE_MESSAGES_CHECKS_FINITE_FIELDS_H_
#define ISOSHAPE_MESSAGES_CHECKS_FINITE_FIELDS_H_

#include <google/protobuf/message.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// What common/status/field_checks.h checks of one number, for every number that
// a trial reports: INVALID_ARGUMENT if a floating-point field that is set, at
// any depth, is not finite. `path` is what the field's name is written under
// (`shape_card`).
absl::Status CheckFinite(absl::string_view path,
                         const google::protobuf::Message& message);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_CHECKS_FINITE_FIELDS_H_

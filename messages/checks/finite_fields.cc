#include "messages/checks/finite_fields.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"

namespace isoshape {
namespace {

absl::Status CheckFiniteNumber(const std::string& name, double value) {
  if (std::isfinite(value)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("%s is %g, not a finite number; leave it out or complete "
                      "the trial as DIVERGED",
                      name, value));
}

}  // namespace

absl::Status CheckFinite(absl::string_view path,
                         const google::protobuf::Message& message) {
  using google::protobuf::FieldDescriptor;
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string name = absl::StrCat(path, ".", field->name());
    const bool is_message =
        field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    const bool is_number = field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE;
    if (!field->is_repeated()) {
      if (is_message) {
        ISOSHAPE_RETURN_IF_ERROR(
            CheckFinite(name, reflection.GetMessage(message, field)));
      } else if (is_number) {
        ISOSHAPE_RETURN_IF_ERROR(
            CheckFiniteNumber(name, reflection.GetDouble(message, field)));
      }
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      const std::string element = absl::StrCat(name, "[", i, "]");
      if (is_message) {
        ISOSHAPE_RETURN_IF_ERROR(CheckFinite(
            element, reflection.GetRepeatedMessage(message, field, i)));
      } else if (is_number) {
        ISOSHAPE_RETURN_IF_ERROR(CheckFiniteNumber(
            element, reflection.GetRepeatedDouble(message, field, i)));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace isoshape

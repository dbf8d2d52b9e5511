#include "messages/checks/finite_fields.h"

#include <cmath>
#include <vector>

#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "messages/checks/field_place.h"

namespace isoshape {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

absl::Status CheckNumber(absl::string_view path, const FieldPlace& place,
                         double value) {
  if (std::isfinite(value)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("%s.%s is %g, not a finite number; leave it out or "
                      "complete the trial as DIVERGED",
                      path, PathOf(place), value));
}

absl::Status CheckMessage(absl::string_view path, const FieldPlace* parent,
                          const Message& message) {
  const Reflection& of = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  of.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool is_message =
        field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (!is_message && field->cpp_type() != FieldDescriptor::CPPTYPE_DOUBLE) {
      continue;
    }
    FieldPlace place = {.parent = parent, .field = field};
    if (!field->is_repeated()) {
      ISOSHAPE_RETURN_IF_ERROR(
          is_message ? CheckMessage(path, &place, of.GetMessage(message, field))
                     : CheckNumber(path, place, of.GetDouble(message, field)));
      continue;
    }
    const int entries = of.FieldSize(message, field);
    for (place.index = 0; place.index < entries; ++place.index) {
      ISOSHAPE_RETURN_IF_ERROR(
          is_message
              ? CheckMessage(path, &place,
                             of.GetRepeatedMessage(message, field, place.index))
              : CheckNumber(path, place,
                            of.GetRepeatedDouble(message, field, place.index)));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckFinite(absl::string_view path, const Message& message) {
  return CheckMessage(path, nullptr, message);
}

}  // namespace isoshape

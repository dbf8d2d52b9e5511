#include "messages/checks/field_limits.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"

namespace isoshape {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// A field that is not in the table may hold this much.
constexpr size_t kTextBytes = 1024;
constexpr int kEntries = 1000;

struct Limit {
  absl::string_view field;  // full name, or `*.name` for any message
  size_t bytes = kTextBytes;
  int entries = kEntries;
};

constexpr Limit kLimits[] = {
    // What a trainer says is cut to a line before it is stored; a result is not
    // to be lost because its error is long.
    {.field = "isoshape.v1.CompleteTrialRequest.error", .bytes = 64 << 10},
    {.field = "isoshape.v1.ReleaseTrialRequest.reason", .bytes = 64 << 10},
    // A token holds the filters of its listing.
    {.field = "*.page_token", .bytes = 64 << 10},
    {.field = "isoshape.v1.ListTrialTableRequest.numbers", .entries = 10'000},
    {.field = "isoshape.v1.ListTrialTableRequest.columns", .entries = 100},
    {.field = "isoshape.v1.WatchChangesRequest.columns", .entries = 100},
    {.field = "isoshape.v1.WatchChangesRequest.campaigns", .entries = 100},
    {.field = "isoshape.v1.ShapeCard.layer_gradient_norms", .entries = 65'536},
    {.field = "isoshape.v1.ShapeCard.warnings", .entries = 100},
};

bool Names(const Limit& limit, const FieldDescriptor& field) {
  return limit.field.substr(0, 2) == "*."
             ? limit.field.substr(2) == field.name()
             : limit.field == field.full_name();
}

Limit LimitOf(const FieldDescriptor& field) {
  const auto* const found =
      std::find_if(std::begin(kLimits), std::end(kLimits),
                   [&](const Limit& limit) { return Names(limit, field); });
  return found == std::end(kLimits) ? Limit{} : *found;
}

absl::Status CheckEnum(const std::string& path, const EnumDescriptor& type,
                       int number) {
  if (type.FindValueByNumber(number) != nullptr) return absl::OkStatus();
  std::string known;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() == 0) continue;  // not set
    absl::StrAppend(&known, known.empty() ? "" : ", ", type.value(i)->name());
  }
  return absl::InvalidArgumentError(
      absl::StrCat(path, " ", number, " is unknown; give ", known));
}

absl::Status CheckMessage(const std::string& path, const Message& message);

// One value: that of the field, or of one entry of it if `index` is not below
// 0.
absl::Status CheckValue(const std::string& path, const Message& message,
                        const FieldDescriptor& field, int index) {
  const Reflection& of = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      const std::string& text =
          index < 0
              ? of.GetStringReference(message, &field, &scratch)
              : of.GetRepeatedStringReference(message, &field, index, &scratch);
      return CheckLength(path, text, LimitOf(field).bytes);
    }
    case FieldDescriptor::CPPTYPE_ENUM:
      return CheckEnum(path, *field.enum_type(),
                       index < 0
                           ? of.GetEnumValue(message, &field)
                           : of.GetRepeatedEnumValue(message, &field, index));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return CheckMessage(
          path, index < 0 ? of.GetMessage(message, &field)
                          : of.GetRepeatedMessage(message, &field, index));
    default:
      return absl::OkStatus();
  }
}

absl::Status CheckMessage(const std::string& path, const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string name =
        path.empty() ? field->name() : absl::StrCat(path, ".", field->name());
    if (!field->is_repeated()) {
      ISOSHAPE_RETURN_IF_ERROR(CheckValue(name, message, *field, -1));
      continue;
    }
    const int entries = message.GetReflection()->FieldSize(message, field);
    const int max = LimitOf(*field).entries;
    if (entries > max) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, " has ", entries, " entries; give at most ", max));
    }
    const bool plain = field->cpp_type() != FieldDescriptor::CPPTYPE_STRING &&
                       field->cpp_type() != FieldDescriptor::CPPTYPE_ENUM &&
                       field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE;
    for (int i = 0; !plain && i < entries; ++i) {
      ISOSHAPE_RETURN_IF_ERROR(
          CheckValue(absl::StrCat(name, "[", i, "]"), message, *field, i));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckFields(const Message& request) {
  return CheckMessage("", request);
}

absl::Status AdmitRequest(Message* request) {
  request->DiscardUnknownFields();
  return CheckFields(*request);
}

}  // namespace isoshape

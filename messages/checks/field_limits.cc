#include "messages/checks/field_limits.h"

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "messages/checks/field_walk.h"

namespace isoshape {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// A field that is not in the table may hold this much.
constexpr size_t kTextBytes = 1024;
constexpr int kEntries = 1000;
// A token of a page, in whatever request, holds the filters of its listing.
constexpr absl::string_view kTokenField = "page_token";
constexpr size_t kTokenBytes = 64 << 10;

struct Limit {
  absl::string_view field = {};  // full name
  size_t bytes = kTextBytes;
  int entries = kEntries;
  bool each = true;  // whether entries are looked at
};

constexpr Limit kLimits[] = {
    // What a trainer says is cut to a line before it is stored; a result is not
    // to be lost because its error is long.
    {.field = "isoshape.v1.CompleteTrialRequest.error", .bytes = 64 << 10},
    {.field = "isoshape.v1.ReleaseTrialRequest.reason", .bytes = 64 << 10},
    // Each is a request of its own, which whoever answers it checks: a bad one
    // costs the others nothing.
    {.field = "isoshape.v1.BatchHeartbeatRequest.heartbeats", .each = false},
    {.field = "isoshape.v1.ListTrialTableRequest.numbers", .entries = 10'000},
    {.field = "isoshape.v1.ListTrialTableRequest.columns", .entries = 100},
    {.field = "isoshape.v1.WatchChangesRequest.columns", .entries = 100},
    {.field = "isoshape.v1.WatchChangesRequest.campaigns", .entries = 100},
    {.field = "isoshape.v1.ShapeCard.layer_gradient_norms", .entries = 65'536},
    {.field = "isoshape.v1.ShapeCard.warnings", .entries = 100},
};

// Looks at texts and enums, and at how many entries lists have; notes whether
// the message may have unknown fields.
class FieldRule {
 public:
  using Limit = isoshape::Limit;
  static std::optional<Limit> LimitOf(const FieldDescriptor& field);

  void Enter(const Reflection& of, const Message& message) {
    if (!of.GetUnknownFields(message).empty()) may_have_unknown_ = true;
  }
  absl::Status CheckList(const FieldPlace& place, int entries,
                         const Limit& limit);
  absl::Status CheckValue(const FieldPlace& place, const Reflection& of,
                          const Message& message, const Limit& limit);
  bool may_have_unknown() const { return may_have_unknown_; }

 private:
  bool may_have_unknown_ = false;
};

std::optional<Limit> FieldRule::LimitOf(const FieldDescriptor& field) {
  // A value of any other type is what it is, whatever it is.
  const bool each = field.cpp_type() == FieldDescriptor::CPPTYPE_STRING ||
                    field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM ||
                    field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
  if (!each && !field.is_repeated()) return std::nullopt;
  Limit limit;
  if (field.name() == kTokenField) limit.bytes = kTokenBytes;
  for (const Limit& named : kLimits) {
    if (named.field == absl::string_view(field.full_name())) limit = named;
  }
  limit.each = limit.each && each;
  return limit;
}

absl::Status FieldRule::CheckList(const FieldPlace& place, int entries,
                                  const Limit& limit) {
  if (entries > limit.entries) {
    return absl::InvalidArgumentError(
        absl::StrCat(PathOf(place), " has ", entries, " entries; give at most ",
                     limit.entries));
  }
  // Messages that are not looked into may have some.
  if (!limit.each && entries > 0 && place.field->message_type() != nullptr) {
    may_have_unknown_ = true;
  }
  return absl::OkStatus();
}

absl::Status CheckEnum(const FieldPlace& place, int number) {
  const EnumDescriptor& type = *place.field->enum_type();
  if (type.FindValueByNumber(number) != nullptr) return absl::OkStatus();
  std::string known;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() == 0) continue;  // not set
    absl::StrAppend(&known, known.empty() ? "" : ", ", type.value(i)->name());
  }
  return absl::InvalidArgumentError(
      absl::StrCat(PathOf(place), " ", number, " is unknown; give ", known));
}

absl::Status FieldRule::CheckValue(const FieldPlace& place,
                                   const Reflection& of, const Message& message,
                                   const Limit& limit) {
  const FieldDescriptor* const field = place.field;
  const int index = place.index;
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    return CheckEnum(
        place, index < 0 ? of.GetEnumValue(message, field)
                         : of.GetRepeatedEnumValue(message, field, index));
  }
  std::string scratch;
  const std::string& text =
      index < 0
          ? of.GetStringReference(message, field, &scratch)
          : of.GetRepeatedStringReference(message, field, index, &scratch);
  return text.size() <= limit.bytes
             ? absl::OkStatus()
             : CheckLength(PathOf(place), text, limit.bytes);
}

}  // namespace

absl::Status CheckFields(const Message& request) {
  FieldRule rule;
  return FieldWalk(rule).Check(request);
}

absl::Status AdmitRequest(Message* request) {
  FieldRule rule;
  ISOSHAPE_RETURN_IF_ERROR(FieldWalk(rule).Check(*request));
  // That is another walk, and there are seldom any.
  if (rule.may_have_unknown()) request->DiscardUnknownFields();
  return absl::OkStatus();
}

}  // namespace isoshape

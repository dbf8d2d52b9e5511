#include "messages/checks/field_limits.h"

#include <map>
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
// A token of a page, in whatever request, holds the filters of its listing.
constexpr absl::string_view kTokenField = "page_token";
constexpr size_t kTokenBytes = 64 << 10;

struct Limit {
  absl::string_view field = {};  // full name
  size_t bytes = kTextBytes;
  int entries = kEntries;
  // Each entry is a request of its own, which whoever answers it checks: a bad
  // one costs the others nothing.
  bool apart = false;
};

constexpr Limit kLimits[] = {
    // What a trainer says is cut to a line before it is stored; a result is not
    // to be lost because its error is long.
    {.field = "isoshape.v1.CompleteTrialRequest.error", .bytes = 64 << 10},
    {.field = "isoshape.v1.ReleaseTrialRequest.reason", .bytes = 64 << 10},
    {.field = "isoshape.v1.BatchHeartbeatRequest.heartbeats", .apart = true},
    {.field = "isoshape.v1.ListTrialTableRequest.numbers", .entries = 10'000},
    {.field = "isoshape.v1.ListTrialTableRequest.columns", .entries = 100},
    {.field = "isoshape.v1.WatchChangesRequest.columns", .entries = 100},
    {.field = "isoshape.v1.WatchChangesRequest.campaigns", .entries = 100},
    {.field = "isoshape.v1.ShapeCard.layer_gradient_norms", .entries = 65'536},
    {.field = "isoshape.v1.ShapeCard.warnings", .entries = 100},
};

// The lines of the table that name a field, by the field.
const std::map<const FieldDescriptor*, Limit>& NamedLimits() {
  static const auto& named = *[] {
    auto* const limits = new std::map<const FieldDescriptor*, Limit>;
    const auto* const pool = google::protobuf::DescriptorPool::generated_pool();
    for (const Limit& limit : kLimits) {
      const FieldDescriptor* const field =
          pool->FindFieldByName(std::string(limit.field));
      if (field != nullptr) limits->emplace(field, limit);
    }
    return limits;
  }();
  return named;
}

Limit LimitOf(const FieldDescriptor& field) {
  const auto& named = NamedLimits();
  if (const auto found = named.find(&field); found != named.end()) {
    return found->second;
  }
  return field.name() == kTokenField ? Limit{.bytes = kTokenBytes} : Limit{};
}

// Where a value stands in a request. Its text is made for errors alone: every
// request is looked through.
struct Place {
  const Place* parent = nullptr;
  const FieldDescriptor* field = nullptr;
  int index = -1;  // of an entry of a list
};

std::string PathOf(const Place& place) {
  std::string path =
      place.parent == nullptr ? "" : absl::StrCat(PathOf(*place.parent), ".");
  absl::StrAppend(&path, place.field->name());
  if (place.index >= 0) absl::StrAppend(&path, "[", place.index, "]");
  return path;
}

absl::Status CheckEnum(const Place& place, int number) {
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

absl::Status CheckMessage(const Place* parent, const Message& message);

// One value: that of the field, or of one entry of it.
absl::Status CheckValue(const Place& place, const Message& message,
                        size_t max_bytes) {
  const Reflection& of = *message.GetReflection();
  const FieldDescriptor& field = *place.field;
  const int index = place.index;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      const std::string& text =
          index < 0
              ? of.GetStringReference(message, &field, &scratch)
              : of.GetRepeatedStringReference(message, &field, index, &scratch);
      return text.size() <= max_bytes
                 ? absl::OkStatus()
                 : CheckLength(PathOf(place), text, max_bytes);
    }
    case FieldDescriptor::CPPTYPE_ENUM:
      return CheckEnum(
          place, index < 0 ? of.GetEnumValue(message, &field)
                           : of.GetRepeatedEnumValue(message, &field, index));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return CheckMessage(
          &place, index < 0 ? of.GetMessage(message, &field)
                            : of.GetRepeatedMessage(message, &field, index));
    default:
      return absl::OkStatus();
  }
}

// Whether a value of the field is what it is, whatever it is.
bool IsPlain(const FieldDescriptor& field) {
  return field.cpp_type() != FieldDescriptor::CPPTYPE_STRING &&
         field.cpp_type() != FieldDescriptor::CPPTYPE_ENUM &&
         field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE;
}

absl::Status CheckMessage(const Place* parent, const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (!field->is_repeated() && IsPlain(*field)) continue;
    Place place = {.parent = parent, .field = field};
    const Limit limit = LimitOf(*field);
    if (!field->is_repeated()) {
      ISOSHAPE_RETURN_IF_ERROR(CheckValue(place, message, limit.bytes));
      continue;
    }
    const int entries = message.GetReflection()->FieldSize(message, field);
    if (entries > limit.entries) {
      return absl::InvalidArgumentError(
          absl::StrCat(PathOf(place), " has ", entries,
                       " entries; give at most ", limit.entries));
    }
    if (limit.apart || IsPlain(*field)) continue;
    for (place.index = 0; place.index < entries; ++place.index) {
      ISOSHAPE_RETURN_IF_ERROR(CheckValue(place, message, limit.bytes));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckFields(const Message& request) {
  return CheckMessage(nullptr, request);
}

absl::Status AdmitRequest(Message* request) {
  request->DiscardUnknownFields();
  return CheckFields(*request);
}

}  // namespace isoshape

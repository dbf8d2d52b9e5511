#include "messages/checks/field_limits.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "messages/checks/field_place.h"

namespace isoshape {
namespace {

using google::protobuf::Descriptor;
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

// Whether a value of the field is what it is, whatever it is.
bool IsPlain(const FieldDescriptor& field) {
  return field.cpp_type() != FieldDescriptor::CPPTYPE_STRING &&
         field.cpp_type() != FieldDescriptor::CPPTYPE_ENUM &&
         field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE;
}

// What is looked at in messages of one type.
struct TypeChecks {
  struct Field {
    const FieldDescriptor* field = nullptr;
    Limit limit;
    const TypeChecks* message = nullptr;  // if it is of messages
  };
  std::vector<Field> fields;
};

using KnownChecks = std::map<const Descriptor*, TypeChecks>;

// Those of the type and of all that it holds, which may be itself: each is
// entered before what it holds is looked at.
const TypeChecks& Enter(const Descriptor& type, KnownChecks& known) {
  const auto [it, added] = known.try_emplace(&type);
  TypeChecks& checks = it->second;
  if (!added) return checks;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (!field.is_repeated() && IsPlain(field)) continue;
    checks.fields.push_back(
        {.field = &field,
         .limit = LimitOf(field),
         .message = field.message_type() == nullptr
                        ? nullptr
                        : &Enter(*field.message_type(), known)});
  }
  return checks;
}

// Made once for each type, since every request is looked through, and kept for
// ever: a type is one of the program's own (the generated pool), not of a pool
// that may go.
const TypeChecks& ChecksOf(const Descriptor& type) {
  static auto& mutex = *new absl::Mutex;
  static auto& known = *new KnownChecks;
  {
    const absl::ReaderMutexLock lock(&mutex);
    if (const auto found = known.find(&type); found != known.end()) {
      return found->second;
    }
  }
  const absl::MutexLock lock(&mutex);
  return Enter(type, known);
}

// Looks through a message, and notes whether it may have unknown fields.
class FieldWalk {
 public:
  absl::Status Check(const FieldPlace* parent, const Message& message,
                     const TypeChecks& checks);
  bool may_have_unknown() const { return may_have_unknown_; }

 private:
  absl::Status CheckValue(const FieldPlace& place, const Message& message,
                          const TypeChecks::Field& check);

  bool may_have_unknown_ = false;
};

// One value: that of the field, or of one entry of it.
absl::Status FieldWalk::CheckValue(const FieldPlace& place,
                                   const Message& message,
                                   const TypeChecks::Field& check) {
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
      return text.size() <= check.limit.bytes
                 ? absl::OkStatus()
                 : CheckLength(PathOf(place), text, check.limit.bytes);
    }
    case FieldDescriptor::CPPTYPE_ENUM:
      return CheckEnum(
          place, index < 0 ? of.GetEnumValue(message, &field)
                           : of.GetRepeatedEnumValue(message, &field, index));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Check(&place,
                   index < 0 ? of.GetMessage(message, &field)
                             : of.GetRepeatedMessage(message, &field, index),
                   *check.message);
    default:
      return absl::OkStatus();
  }
}

absl::Status FieldWalk::Check(const FieldPlace* parent, const Message& message,
                              const TypeChecks& checks) {
  const Reflection& of = *message.GetReflection();
  if (!of.GetUnknownFields(message).empty()) may_have_unknown_ = true;
  for (const TypeChecks::Field& check : checks.fields) {
    FieldPlace place = {.parent = parent, .field = check.field};
    if (!check.field->is_repeated()) {
      if (!of.HasField(message, check.field)) continue;
      ISOSHAPE_RETURN_IF_ERROR(CheckValue(place, message, check));
      continue;
    }
    const int entries = of.FieldSize(message, check.field);
    if (entries > check.limit.entries) {
      return absl::InvalidArgumentError(
          absl::StrCat(PathOf(place), " has ", entries,
                       " entries; give at most ", check.limit.entries));
    }
    if (check.limit.apart || IsPlain(*check.field)) {
      // Entries that are not looked at may have some.
      if (entries > 0 && check.limit.apart) may_have_unknown_ = true;
      continue;
    }
    for (place.index = 0; place.index < entries; ++place.index) {
      ISOSHAPE_RETURN_IF_ERROR(CheckValue(place, message, check));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckFields(const Message& request) {
  return FieldWalk().Check(nullptr, request,
                           ChecksOf(*request.GetDescriptor()));
}

absl::Status AdmitRequest(Message* request) {
  FieldWalk walk;
  ISOSHAPE_RETURN_IF_ERROR(
      walk.Check(nullptr, *request, ChecksOf(*request->GetDescriptor())));
  // That is another walk, and there are seldom any.
  if (walk.may_have_unknown()) request->DiscardUnknownFields();
  return absl::OkStatus();
}

}  // namespace isoshape

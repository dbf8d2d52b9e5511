#ifndef ISOSHAPE_MESSAGES_CHECKS_FIELD_WALK_H_
#define ISOSHAPE_MESSAGES_CHECKS_FIELD_WALK_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/status/status_macros.h"

namespace isoshape {

// Where a value stands in a message. Its text is made for errors alone: every
// request is looked through.
struct FieldPlace {
  const FieldPlace* parent = nullptr;
  const google::protobuf::FieldDescriptor* field = nullptr;
  int index = -1;  // of an entry of a list
};

// `shape_card.branches[2].steps`.
inline std::string PathOf(const FieldPlace& place) {
  std::string path =
      place.parent == nullptr ? "" : absl::StrCat(PathOf(*place.parent), ".");
  absl::StrAppend(&path, place.field->name());
  if (place.index >= 0) absl::StrAppend(&path, "[", place.index, "]");
  return path;
}

// Takes a rule to every value of a message and of all that it holds, in lists
// and maps too, and returns the first error. Which fields of a type the rule
// looks at is found once and kept: every request is looked through. A rule has
//   struct Limit {
//     bool each;  // whether the entries of a list are looked at
//     ...         // and what else it knows of a field
//   };
//   // Nothing if the rule does not look at the field or into it.
//   static std::optional<Limit> LimitOf(const FieldDescriptor& field);
//   void Enter(const Reflection& of, const Message& message);  // before fields
//   absl::Status CheckList(const FieldPlace&, int entries, const Limit&);
//   // One that is no message: of the field, or of its entry `place.index`.
//   absl::Status CheckValue(const FieldPlace&, const Reflection& of,
//                           const Message&, const Limit&);
// A message is asked for its reflection once, which takes longer than to read a
// number of it.
template <typename Rule>
class FieldWalk {
 public:
  explicit FieldWalk(Rule& rule) : rule_(rule) {}

  absl::Status Check(const google::protobuf::Message& message) {
    return Check(nullptr, message, Known(*message.GetDescriptor()));
  }

 private:
  // Rule's Limit, by a name that both clang 14 and clang-tidy take.
  using Limit = std::decay_t<decltype(*Rule::LimitOf(
      std::declval<const google::protobuf::FieldDescriptor&>()))>;
  struct Type;
  struct Field {
    const google::protobuf::FieldDescriptor* field = nullptr;
    Limit limit;
    const Type* message = nullptr;  // if it is of messages
  };
  // What is looked at in messages of one type.
  struct Type {
    std::vector<Field> fields;
  };
  using Types = std::map<const google::protobuf::Descriptor*, Type>;

  // Those of the type and of all that it holds, which may be itself: each is
  // added before what it holds is looked at.
  static const Type& Add(const google::protobuf::Descriptor& of, Types& types);
  // Kept for ever: a type is one of the program's own (the generated pool), not
  // of a pool that may go.
  static const Type& Known(const google::protobuf::Descriptor& of);

  absl::Status Check(const FieldPlace* parent,
                     const google::protobuf::Message& message,
                     const Type& type);
  // One value: that of the field, or of one entry of it.
  absl::Status CheckValue(const FieldPlace& place,
                          const google::protobuf::Reflection& of,
                          const google::protobuf::Message& message,
                          const Field& field);

  Rule& rule_;
};

template <typename Rule>
auto FieldWalk<Rule>::Add(const google::protobuf::Descriptor& of, Types& types)
    -> const Type& {
  const auto [it, added] = types.try_emplace(&of);
  Type& type = it->second;
  if (!added) return type;
  for (int i = 0; i < of.field_count(); ++i) {
    const google::protobuf::FieldDescriptor& field = *of.field(i);
    const std::optional<Limit> limit = Rule::LimitOf(field);
    if (!limit.has_value()) continue;
    type.fields.push_back(
        {.field = &field,
         .limit = *limit,
         .message = field.message_type() == nullptr
                        ? nullptr
                        : &Add(*field.message_type(), types)});
  }
  return type;
}

template <typename Rule>
auto FieldWalk<Rule>::Known(const google::protobuf::Descriptor& of)
    -> const Type& {
  static auto& mutex = *new absl::Mutex;
  static auto& types = *new Types;
  {
    const absl::ReaderMutexLock lock(&mutex);
    if (const auto it = types.find(&of); it != types.end()) return it->second;
  }
  const absl::MutexLock lock(&mutex);
  return Add(of, types);
}

template <typename Rule>
absl::Status FieldWalk<Rule>::CheckValue(
    const FieldPlace& place, const google::protobuf::Reflection& of,
    const google::protobuf::Message& message, const Field& field) {
  if (field.message == nullptr) {
    return rule_.CheckValue(place, of, message, field.limit);
  }
  return Check(&place,
               place.index < 0
                   ? of.GetMessage(message, field.field)
                   : of.GetRepeatedMessage(message, field.field, place.index),
               *field.message);
}

template <typename Rule>
absl::Status FieldWalk<Rule>::Check(const FieldPlace* parent,
                                    const google::protobuf::Message& message,
                                    const Type& type) {
  const google::protobuf::Reflection& of = *message.GetReflection();
  rule_.Enter(of, message);
  for (const Field& field : type.fields) {
    FieldPlace place = {.parent = parent, .field = field.field};
    if (!field.field->is_repeated()) {
      // One that is not set is read as 0 or empty, with which no rule finds
      // fault.
      if (field.message != nullptr && !of.HasField(message, field.field)) {
        continue;
      }
      ISOSHAPE_RETURN_IF_ERROR(CheckValue(place, of, message, field));
      continue;
    }
    const int entries = of.FieldSize(message, field.field);
    ISOSHAPE_RETURN_IF_ERROR(rule_.CheckList(place, entries, field.limit));
    if (!field.limit.each) continue;
    for (place.index = 0; place.index < entries; ++place.index) {
      ISOSHAPE_RETURN_IF_ERROR(CheckValue(place, of, message, field));
    }
  }
  return absl::OkStatus();
}

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_CHECKS_FIELD_WALK_H_

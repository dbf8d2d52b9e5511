#include "messages/checks/field_walk.h"

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace isoshape {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using testing::ElementsAre;
using testing::IsEmpty;

// Notes what it is given and is set, and refuses the number 13.
struct Noting {
  struct Limit {
    bool each = true;
  };

  static std::optional<Limit> LimitOf(const FieldDescriptor& field) {
    if (field.name() == "null_value") return std::nullopt;
    return Limit{};
  }
  void Enter(const Reflection& /*of*/, const Message& message) {
    entered.push_back(message.GetDescriptor()->name());
  }
  absl::Status CheckList(const FieldPlace& place, int entries,
                         const Limit& /*limit*/) {
    places.push_back(absl::StrCat(PathOf(place), " of ", entries));
    return absl::OkStatus();
  }
  absl::Status CheckValue(const FieldPlace& place, const Reflection& of,
                          const Message& message, const Limit& /*limit*/) {
    // One that is not set is read as 0 or empty.
    if (!of.HasField(message, place.field)) return absl::OkStatus();
    places.push_back(PathOf(place));
    if (place.field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE &&
        of.GetDouble(message, place.field) == 13) {
      return absl::InvalidArgumentError(PathOf(place));
    }
    return absl::OkStatus();
  }

  std::vector<std::string> entered, places;
};

std::pair<Noting, absl::Status> Walk(const Message& message) {
  Noting noting;
  absl::Status status = FieldWalk<Noting>(noting).Check(message);
  return {std::move(noting), std::move(status)};
}

// google.protobuf.Value holds lists and maps of its own type, one at a time.
TEST(FieldWalk, GoesIntoListsAndMapsOfTheTypeItself) {
  google::protobuf::Value value;
  auto& list = *value.mutable_list_value();
  list.add_values()->set_number_value(1);
  (*list.add_values()->mutable_struct_value()->mutable_fields())["a"]
      .set_string_value("b");
  const auto [noting, status] = Walk(value);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(
      noting.places,
      ElementsAre("list_value.values of 2", "list_value.values[0].number_value",
                  "list_value.values[1].struct_value.fields of 1",
                  "list_value.values[1].struct_value.fields[0].key",
                  "list_value.values[1].struct_value.fields[0].value."
                  "string_value"));
  EXPECT_THAT(noting.entered,
              ElementsAre("Value", "ListValue", "Value", "Value", "Struct",
                          "FieldsEntry", "Value"));
}

TEST(FieldWalk, WhatIsNotSetIsNotLookedInto) {
  EXPECT_THAT(Walk(google::protobuf::Value()).first.places, IsEmpty());
  google::protobuf::Value null;
  null.set_null_value(google::protobuf::NULL_VALUE);
  EXPECT_THAT(Walk(null).first.places, IsEmpty());
  // An entry of a map that was given a key alone.
  google::protobuf::Struct map;
  (*map.mutable_fields())["a"];
  EXPECT_THAT(Walk(map).first.places,
              ElementsAre("fields of 1", "fields[0].key"));
}

TEST(FieldWalk, EndsWithTheFirstError) {
  google::protobuf::ListValue list;
  for (const double number : {1, 13, 2}) {
    list.add_values()->set_number_value(number);
  }
  const auto [noting, status] = Walk(list);
  EXPECT_EQ(status, absl::InvalidArgumentError("values[1].number_value"));
  EXPECT_THAT(noting.places,
              ElementsAre("values of 3", "values[0].number_value",
                          "values[1].number_value"));
}

}  // namespace
}  // namespace isoshape

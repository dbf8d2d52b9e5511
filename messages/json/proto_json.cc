#include "messages/json/proto_json.h"

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "common/status/status_macros.h"
#include "common/text/nearest_name.h"
#include "common/text/one_line.h"
#include "messages/json/echoed_json.h"
#include "messages/json/enum_name.h"
#include "messages/json/proto_time.h"

namespace isoshape {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using nlohmann::json;
using nlohmann::ordered_json;

ordered_json NumberToJson(double value) {
  if (!std::isfinite(value)) return nullptr;
  return value;
}

ordered_json MessageToJson(const Message& message, bool defaults) {
  if (const auto* time =
          dynamic_cast<const google::protobuf::Timestamp*>(&message)) {
    return absl::FormatTime(absl::RFC3339_full, FromProto(*time),
                            absl::UTCTimeZone());
  }
  if (const auto* duration =
          dynamic_cast<const google::protobuf::Duration*>(&message)) {
    return absl::ToDoubleSeconds(FromProto(*duration));
  }
  return ToJson(message, defaults);
}

// One value of `field`; `index` is -1 if it is not repeated.
ordered_json ValueToJson(const Message& message, const FieldDescriptor& field,
                         int index, bool defaults) {
  const Reflection& reflection = *message.GetReflection();
  const bool repeated = index >= 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return repeated ? reflection.GetRepeatedInt32(message, &field, index)
                      : reflection.GetInt32(message, &field);
    case FieldDescriptor::CPPTYPE_INT64:
      return repeated ? reflection.GetRepeatedInt64(message, &field, index)
                      : reflection.GetInt64(message, &field);
    case FieldDescriptor::CPPTYPE_UINT32:
      return repeated ? reflection.GetRepeatedUInt32(message, &field, index)
                      : reflection.GetUInt32(message, &field);
    case FieldDescriptor::CPPTYPE_UINT64:
      return repeated ? reflection.GetRepeatedUInt64(message, &field, index)
                      : reflection.GetUInt64(message, &field);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return NumberToJson(
          repeated ? reflection.GetRepeatedDouble(message, &field, index)
                   : reflection.GetDouble(message, &field));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return NumberToJson(
          repeated ? reflection.GetRepeatedFloat(message, &field, index)
                   : reflection.GetFloat(message, &field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return repeated ? reflection.GetRepeatedBool(message, &field, index)
                      : reflection.GetBool(message, &field);
    case FieldDescriptor::CPPTYPE_STRING:
      return repeated ? reflection.GetRepeatedString(message, &field, index)
                      : reflection.GetString(message, &field);
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumName(repeated
                          ? *reflection.GetRepeatedEnum(message, &field, index)
                          : *reflection.GetEnum(message, &field));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MessageToJson(
          repeated ? reflection.GetRepeatedMessage(message, &field, index)
                   : reflection.GetMessage(message, &field),
          defaults);
  }
  return nullptr;
}

// A map with texts as keys, in their order.
ordered_json MapToJson(const Message& message, const FieldDescriptor& field,
                       bool defaults) {
  json entries = json::object();
  const Descriptor& type = *field.message_type();
  const int size = message.GetReflection()->FieldSize(message, &field);
  for (int i = 0; i < size; ++i) {
    // Of an entry that was read without a value, that is what an empty one is.
    const Message& entry =
        message.GetReflection()->GetRepeatedMessage(message, &field, i);
    const ordered_json key = ValueToJson(entry, *type.map_key(), -1, defaults);
    entries[key.get<std::string>()] =
        ValueToJson(entry, *type.map_value(), -1, defaults);
  }
  return entries;
}

// The state of one FromJson: its settings and the field it is in.
struct Reader {
  bool ignore_unknown;
  std::string* error_field;
  std::vector<std::string> path;

  absl::Status Error(absl::string_view what) const {
    const std::string field = absl::StrJoin(path, ".");
    if (error_field != nullptr) *error_field = field;
    // A field that there is not may be any text.
    return absl::InvalidArgumentError(
        field.empty()
            ? std::string(what)
            : absl::StrCat("field ", OneLine(field, kMaxEchoed), ": ", what));
  }
  absl::Status WrongType(const json& value, absl::string_view wanted) const {
    return Error(absl::StrCat(EchoedJson(value), " is not ", wanted));
  }

  absl::Status CheckOneof(const FieldDescriptor& field,
                          const Message& message) const;
  absl::Status UnknownField(const std::string& key,
                            const Descriptor& type) const;
  absl::Status ReadMessage(const json& object, Message* message);
  absl::Status ReadField(const json& value, const FieldDescriptor& field,
                         Message* message);
  absl::Status ReadInteger(const json& value, double low, double high,
                           int64_t* out) const;
  absl::Status ReadWholeNumber(const json& value, const FieldDescriptor& field,
                               Message* message) const;
  absl::Status ReadNumber(const json& value, const FieldDescriptor& field,
                          Message* message) const;
  absl::Status ReadEnum(const json& value, const EnumDescriptor& type,
                        const EnumValueDescriptor** out) const;
};

absl::Status Reader::ReadInteger(const json& value, double low, double high,
                                 int64_t* out) const {
  if (value.is_number_integer()) {
    if (value.is_number_unsigned() &&
        value.get<uint64_t>() >
            static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return WrongType(value, "within the range of the field");
    }
    *out = value.get<int64_t>();
  } else if (value.is_number_float() &&
             std::trunc(value.get<double>()) == value.get<double>() &&
             std::abs(value.get<double>()) < 9e15) {
    *out = static_cast<int64_t>(value.get<double>());  // 2e4, as people write
  } else {
    return WrongType(value, "a whole number");
  }
  if (static_cast<double>(*out) < low || static_cast<double>(*out) > high) {
    return WrongType(value, "within the range of the field");
  }
  return absl::OkStatus();
}

absl::Status Reader::ReadEnum(const json& value, const EnumDescriptor& type,
                              const EnumValueDescriptor** out) const {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    const EnumValueDescriptor& candidate = *type.value(i);
    const std::string name = EnumName(candidate);
    if (value.is_string() && (value.get<std::string>() == name ||
                              value.get<std::string>() == candidate.name())) {
      *out = &candidate;
      return absl::OkStatus();
    }
    if (candidate.number() != 0) names.push_back(name);
  }
  return WrongType(value, absl::StrCat("one of ", absl::StrJoin(names, ", ")));
}

// A field of one of the four integer types.
absl::Status Reader::ReadWholeNumber(const json& value,
                                     const FieldDescriptor& field,
                                     Message* message) const {
  const Reflection& reflection = *message->GetReflection();
  const bool repeated = field.is_repeated();
  int64_t integer = 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      ISOSHAPE_RETURN_IF_ERROR(
          ReadInteger(value, INT32_MIN, INT32_MAX, &integer));
      repeated ? reflection.AddInt32(message, &field, integer)
               : reflection.SetInt32(message, &field, integer);
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      ISOSHAPE_RETURN_IF_ERROR(
          ReadInteger(value, -INFINITY, INFINITY, &integer));
      repeated ? reflection.AddInt64(message, &field, integer)
               : reflection.SetInt64(message, &field, integer);
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      ISOSHAPE_RETURN_IF_ERROR(ReadInteger(value, 0, UINT32_MAX, &integer));
      repeated ? reflection.AddUInt32(message, &field, integer)
               : reflection.SetUInt32(message, &field, integer);
      break;
    default:
      ISOSHAPE_RETURN_IF_ERROR(ReadInteger(value, 0, INFINITY, &integer));
      repeated ? reflection.AddUInt64(message, &field, integer)
               : reflection.SetUInt64(message, &field, integer);
  }
  return absl::OkStatus();
}

// A field that is a double or a float.
absl::Status Reader::ReadNumber(const json& value, const FieldDescriptor& field,
                                Message* message) const {
  if (!value.is_number()) return WrongType(value, "a number");
  const Reflection& reflection = *message->GetReflection();
  const bool repeated = field.is_repeated();
  const double number = value.get<double>();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
    repeated ? reflection.AddDouble(message, &field, number)
             : reflection.SetDouble(message, &field, number);
  } else {
    const float single = static_cast<float>(number);
    repeated ? reflection.AddFloat(message, &field, single)
             : reflection.SetFloat(message, &field, single);
  }
  return absl::OkStatus();
}

absl::Status Reader::ReadField(const json& value, const FieldDescriptor& field,
                               Message* message) {
  const Reflection& reflection = *message->GetReflection();
  const bool repeated = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return ReadWholeNumber(value, field, message);
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return ReadNumber(value, field, message);
    case FieldDescriptor::CPPTYPE_BOOL:
      if (!value.is_boolean()) return WrongType(value, "true or false");
      repeated ? reflection.AddBool(message, &field, value.get<bool>())
               : reflection.SetBool(message, &field, value.get<bool>());
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_STRING:
      if (!value.is_string()) return WrongType(value, "text");
      // As protobuf asks of a string; a YAML file may hold any bytes.
      if (!IsUtf8(value.get_ref<const std::string&>())) {
        return WrongType(value, "text in UTF-8");
      }
      repeated
          ? reflection.AddString(message, &field, value.get<std::string>())
          : reflection.SetString(message, &field, value.get<std::string>());
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_ENUM: {
      const EnumValueDescriptor* found = nullptr;
      ISOSHAPE_RETURN_IF_ERROR(ReadEnum(value, *field.enum_type(), &found));
      repeated ? reflection.AddEnum(message, &field, found)
               : reflection.SetEnum(message, &field, found);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return ReadMessage(value,
                         repeated ? reflection.AddMessage(message, &field)
                                  : reflection.MutableMessage(message, &field));
  }
  return absl::OkStatus();
}

// An alternative that was read must not be replaced silently by another.
absl::Status Reader::CheckOneof(const FieldDescriptor& field,
                                const Message& message) const {
  const auto* oneof = field.real_containing_oneof();
  if (oneof == nullptr) return absl::OkStatus();
  const FieldDescriptor* set =
      message.GetReflection()->GetOneofFieldDescriptor(message, oneof);
  if (set == nullptr || set == &field) return absl::OkStatus();
  return Error(absl::StrCat("only one of ", set->name(), " and ", field.name(),
                            " may be given; remove one of them"));
}

absl::Status Reader::UnknownField(const std::string& key,
                                  const Descriptor& type) const {
  std::vector<std::string> names;
  names.reserve(type.field_count());
  for (int i = 0; i < type.field_count(); ++i) {
    names.push_back(type.field(i)->name());
  }
  const std::string meant = DidYouMean(key, names);
  return Error(absl::StrCat(
      "there is no such field",
      meant.empty()
          ? absl::StrCat("; the fields are ", absl::StrJoin(names, ", "))
          : meant));
}

absl::Status Reader::ReadMessage(const json& object, Message* message) {
  if (auto* time = dynamic_cast<google::protobuf::Timestamp*>(message)) {
    absl::Time parsed;
    std::string error;
    if (!object.is_string() ||
        !absl::ParseTime(absl::RFC3339_full, object.get<std::string>(), &parsed,
                         &error)) {
      return WrongType(object, "a time such as \"2026-01-31T12:00:00Z\"");
    }
    *time = ToProto(parsed);
    return absl::OkStatus();
  }
  if (auto* duration = dynamic_cast<google::protobuf::Duration*>(message)) {
    if (!object.is_number()) return WrongType(object, "a number of seconds");
    *duration = ToProto(absl::Seconds(object.get<double>()));
    return absl::OkStatus();
  }
  // Never null; the checker takes the casts above for a test of that.
  // NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage)
  const Descriptor& type = *message->GetDescriptor();
  if (!object.is_object()) return WrongType(object, "an object");
  for (const auto& [key, value] : object.items()) {
    path.push_back(key);
    const FieldDescriptor* field = type.FindFieldByName(key);
    if (field == nullptr) {
      if (!ignore_unknown) return UnknownField(key, type);
    } else if (absl::Status arm = CheckOneof(*field, *message);
               !value.is_null() && !arm.ok()) {
      return arm;
    } else if (value.is_null()) {
      message->GetReflection()->ClearField(message, field);
    } else if (field->is_map()) {
      if (!value.is_object()) return WrongType(value, "an object");
      for (const auto& [name, item] : value.items()) {
        const json entry = {{"key", name}, {"value", item}};
        ISOSHAPE_RETURN_IF_ERROR(ReadField(entry, *field, message));
      }
    } else if (field->is_repeated()) {
      if (!value.is_array()) return WrongType(value, "a list");
      for (size_t i = 0; i < value.size(); ++i) {
        path.push_back(absl::StrCat(i));
        ISOSHAPE_RETURN_IF_ERROR(ReadField(value[i], *field, message));
        path.pop_back();
      }
    } else {
      ISOSHAPE_RETURN_IF_ERROR(ReadField(value, *field, message));
    }
    path.pop_back();
  }
  return absl::OkStatus();
}

}  // namespace

ordered_json ToJson(const Message& message, bool defaults) {
  const Descriptor& type = *message.GetDescriptor();
  const Reflection& reflection = *message.GetReflection();
  ordered_json object = ordered_json::object();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.is_repeated()) {
      const int size = reflection.FieldSize(message, &field);
      if (size == 0 && !defaults) continue;
      if (field.is_map()) {
        object[field.name()] = MapToJson(message, field, defaults);
        continue;
      }
      ordered_json& list = object[field.name()] = ordered_json::array();
      for (int k = 0; k < size; ++k) {
        list.push_back(ValueToJson(message, field, k, defaults));
      }
    } else if (reflection.HasField(message, &field) ||
               (defaults && !field.has_presence())) {
      object[field.name()] = ValueToJson(message, field, -1, defaults);
    }
  }
  return object;
}

absl::Status FromJson(const json& value, Message* message, bool ignore_unknown,
                      std::string* error_field) {
  Reader reader{ignore_unknown, error_field, {}};
  return reader.ReadMessage(value, message);
}

}  // namespace isoshape

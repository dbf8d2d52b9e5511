#include "messages/json/json_text.h"

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/reflection.h>
#include <google/protobuf/timestamp.pb.h>

#include <charconv>
#include <cmath>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "common/text/one_line.h"
#include "messages/json/enum_name.h"
#include "messages/json/proto_time.h"

namespace isoshape {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

void AppendMessage(const Message& message, std::string* text);

void AppendInteger(int64_t value, std::string* text) {
  absl::StrAppend(text, value);
}

void AppendBool(bool value, std::string* text) {
  text->append(value ? "true" : "false");
}

// `[` values `]` of a repeated scalar.
template <typename T, typename Append>
void AppendList(const Message& message, const FieldDescriptor& field,
                const Append& append, std::string* text) {
  const auto values =
      message.GetReflection()->GetRepeatedFieldRef<T>(message, &field);
  text->push_back('[');
  for (int i = 0; i < values.size(); ++i) {
    if (i > 0) text->push_back(',');
    append(values.Get(i), text);
  }
  text->push_back(']');
}

// One value of a text, enum or message field; `index` is -1 if it is not
// repeated.
void AppendValue(const Message& message, const FieldDescriptor& field,
                 int index, std::string* text) {
  const Reflection& reflection = *message.GetReflection();
  std::string scratch;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      AppendJsonString(
          index >= 0 ? reflection.GetRepeatedStringReference(message, &field,
                                                             index, &scratch)
                     : reflection.GetStringReference(message, &field, &scratch),
          text);
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      AppendJsonString(
          EnumName(index >= 0
                       ? *reflection.GetRepeatedEnum(message, &field, index)
                       : *reflection.GetEnum(message, &field)),
          text);
      return;
    default:
      AppendMessage(index >= 0
                        ? reflection.GetRepeatedMessage(message, &field, index)
                        : reflection.GetMessage(message, &field),
                    text);
  }
}

void AppendMap(const Message& message, const FieldDescriptor& field,
               std::string* text) {
  const Reflection& reflection = *message.GetReflection();
  const FieldDescriptor& key = *field.message_type()->map_key();
  const FieldDescriptor& value = *field.message_type()->map_value();
  std::map<std::string, std::string> entries;  // in one order
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    const Message& entry = reflection.GetRepeatedMessage(message, &field, i);
    AppendValue(entry, value, -1,
                &entries[entry.GetReflection()->GetString(entry, &key)]);
  }
  text->push_back('{');
  for (const auto& [name, written] : entries) {
    if (text->back() != '{') text->push_back(',');
    AppendJsonString(name, text);
    absl::StrAppend(text, ":", written);
  }
  text->push_back('}');
}

void AppendRepeated(const Message& message, const FieldDescriptor& field,
                    std::string* text) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return AppendList<double>(message, field, AppendJsonNumber, text);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return AppendList<float>(message, field, AppendJsonNumber, text);
    case FieldDescriptor::CPPTYPE_INT32:
      return AppendList<int32_t>(message, field, AppendInteger, text);
    case FieldDescriptor::CPPTYPE_INT64:
      return AppendList<int64_t>(message, field, AppendInteger, text);
    case FieldDescriptor::CPPTYPE_UINT32:
      return AppendList<uint32_t>(message, field, AppendInteger, text);
    case FieldDescriptor::CPPTYPE_UINT64:
      return AppendList<uint64_t>(message, field, AppendInteger, text);
    case FieldDescriptor::CPPTYPE_BOOL:
      return AppendList<bool>(message, field, AppendBool, text);
    default:
      break;
  }
  const int size = message.GetReflection()->FieldSize(message, &field);
  text->push_back('[');
  for (int i = 0; i < size; ++i) {
    if (i > 0) text->push_back(',');
    AppendValue(message, field, i, text);
  }
  text->push_back(']');
}

void AppendSingle(const Message& message, const FieldDescriptor& field,
                  std::string* text) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return AppendJsonNumber(reflection.GetDouble(message, &field), text);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return AppendJsonNumber(reflection.GetFloat(message, &field), text);
    case FieldDescriptor::CPPTYPE_INT32:
      return AppendInteger(reflection.GetInt32(message, &field), text);
    case FieldDescriptor::CPPTYPE_INT64:
      return AppendInteger(reflection.GetInt64(message, &field), text);
    case FieldDescriptor::CPPTYPE_UINT32:
      return AppendInteger(reflection.GetUInt32(message, &field), text);
    case FieldDescriptor::CPPTYPE_UINT64:
      absl::StrAppend(text, reflection.GetUInt64(message, &field));
      return;
    case FieldDescriptor::CPPTYPE_BOOL:
      return AppendBool(reflection.GetBool(message, &field), text);
    default:
      return AppendValue(message, field, -1, text);
  }
}

void AppendMessage(const Message& message, std::string* text) {
  if (const auto* time =
          dynamic_cast<const google::protobuf::Timestamp*>(&message)) {
    return AppendJsonString(
        absl::FormatTime(absl::RFC3339_full, FromProto(*time),
                         absl::UTCTimeZone()),
        text);
  }
  if (const auto* duration =
          dynamic_cast<const google::protobuf::Duration*>(&message)) {
    return AppendJsonNumber(absl::ToDoubleSeconds(FromProto(*duration)), text);
  }
  const Descriptor& type = *message.GetDescriptor();
  const Reflection& reflection = *message.GetReflection();
  text->push_back('{');
  bool first = true;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (!field.is_repeated() && field.has_presence() &&
        !reflection.HasField(message, &field)) {
      continue;
    }
    absl::StrAppend(text, first ? "\"" : ",\"", field.name(), "\":");
    first = false;
    if (field.is_map()) {
      AppendMap(message, field, text);
    } else if (field.is_repeated()) {
      AppendRepeated(message, field, text);
    } else {
      AppendSingle(message, field, text);
    }
  }
  text->push_back('}');
}

}  // namespace

std::string JsonText(const Message& message) {
  std::string text;
  AppendMessage(message, &text);
  return text;
}

void AppendJsonNumber(double value, std::string* text) {
  if (!std::isfinite(value)) {
    text->append("null");
    return;
  }
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof(digits), value);
  text->append(digits, end.ptr - digits);
}

void AppendJsonString(absl::string_view value, std::string* text) {
  text->push_back('"');
  while (!value.empty()) {
    const auto c = static_cast<unsigned char>(value.front());
    size_t bytes = 1;
    if (c == '"' || c == '\\') {
      text->push_back('\\');
      text->push_back(value.front());
    } else if (c == '\n') {
      text->append("\\n");
    } else if (c < 0x20 || c == 0x7f || c == '<') {
      absl::StrAppendFormat(text, "\\u%04x", c);
    } else if (c < 0x80) {
      text->push_back(value.front());
    } else if (const size_t character = Utf8CharacterBytes(value);
               character > 0) {
      bytes = character;
      text->append(value.data(), bytes);
    } else {
      text->append("\uFFFD");
    }
    value.remove_prefix(bytes);
  }
  text->push_back('"');
}

}  // namespace isoshape

#include "coordinator/http/query_message.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/text/nearest_name.h"
#include "common/text/one_line.h"
#include "messages/json/proto_json.h"

namespace isoshape {
namespace {

using google::protobuf::FieldDescriptor;
using nlohmann::json;

// A value as JSON would say it; text that is none is left to FromJson to
// refuse.
json ValueOf(const FieldDescriptor& field, absl::string_view text) {
  double number = 0;
  int64_t integer = 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
    case FieldDescriptor::CPPTYPE_ENUM:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return std::string(text);
    case FieldDescriptor::CPPTYPE_BOOL:
      if (text == "1" || text == "true") return true;
      if (text == "0" || text == "false") return false;
      return std::string(text);
    default:
      if (absl::SimpleAtoi(text, &integer)) return integer;
      if (absl::SimpleAtod(text, &number)) return number;
      return std::string(text);
  }
}

}  // namespace

absl::Status FillFromQuery(const HttpRequest& request,
                           const std::vector<std::string>& others,
                           google::protobuf::Message* message) {
  const auto& type = *message->GetDescriptor();
  json object = json::object();
  for (const auto& [name, value] : request.query) {
    if (std::find(others.begin(), others.end(), name) != others.end()) continue;
    const FieldDescriptor* field = type.FindFieldByName(name);
    if (field == nullptr) {
      std::vector<std::string> names = others;
      for (int i = 0; i < type.field_count(); ++i) {
        names.push_back(type.field(i)->name());
      }
      return absl::InvalidArgumentError(
          absl::StrCat("there is no parameter '", OneLine(name, 60), "' here",
                       DidYouMean(name, names)));
    }
    if (!field->is_repeated()) {
      if (object.contains(name)) {
        return absl::InvalidArgumentError(absl::StrCat(
            "the parameter '", name, "' is given twice; give it once"));
      }
      object[name] = ValueOf(*field, value);
      continue;
    }
    json& list = object[name];
    for (const absl::string_view item :
         absl::StrSplit(value, ',', absl::SkipEmpty())) {
      list.push_back(ValueOf(*field, item));
    }
  }
  return FromJson(object, message);
}

}  // namespace isoshape

#include "cli/flags/message_file.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "cli/console/command.h"
#include "common/files/yaml_document.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "messages/json/echoed_json.h"
#include "messages/json/proto_json.h"

namespace isoshape {
namespace {

using nlohmann::json;

// Aliases can make a small file a huge tree; no file of ours is near these.
constexpr int kMaxDepth = 32;
constexpr int kMaxNodes = 100000;
constexpr size_t kMaxMessage = 2000;  // bytes

json Scalar(const YAML::Node& node) {
  // `!` marks a scalar in quotes, which is always text.
  if (node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str") {
    return node.Scalar();
  }
  return PlainScalar(node.Scalar());
}

// A tab in front of a field, which YAML does not allow: its line from 1, or 0.
int TabbedLine(const std::string& text) {
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    const size_t first = line.find_first_not_of(' ');
    if (first != line.npos && line[first] == '\t') return number;
  }
  return 0;
}

}  // namespace

json PlainScalar(const std::string& text) {
  if (text == "true" || text == "false") return text == "true";
  int64_t integer = 0;
  if (absl::SimpleAtoi(text, &integer)) return integer;
  double number = 0;
  const bool numeric =
      text.find_first_not_of("+-.0123456789eE") == std::string::npos;
  if (numeric && absl::SimpleAtod(text, &number)) return number;
  return text;
}

absl::StatusOr<MessageFile> MessageFile::Parse(const std::string& path,
                                               const std::string& text,
                                               absl::string_view kind) {
  MessageFile file(path);
  // yaml-cpp reports by exceptions; they end here.
  try {
    file.root_.reset(ReadYaml(text));
    if (!file.root_.IsMap()) return file.Error(file.root_.Mark(), kind);
    ISOSHAPE_ASSIGN_OR_RETURN(file.fields_, file.Convert(file.root_, 0));
    return file;
  } catch (const YAML::Exception& exception) {
    if (const int line = TabbedLine(text); line > 0) {
      return UsageError(
          absl::StrCat(path, ":", line,
                       ": a tab is in front of a field; YAML takes spaces"));
    }
    return file.Error(
        exception.mark,
        absl::StrCat("this is neither YAML nor JSON: ", exception.msg));
  }
}

absl::StatusOr<json> MessageFile::Convert(const YAML::Node& node, int depth) {
  if (depth > kMaxDepth || ++nodes_ > kMaxNodes) {
    return Error(node.Mark(), "the file is nested too deeply or too large");
  }
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      return Scalar(node);
    case YAML::NodeType::Sequence: {
      json list = json::array();
      for (const YAML::Node& item : node) {
        ISOSHAPE_ASSIGN_OR_RETURN(json value, Convert(item, depth + 1));
        list.push_back(std::move(value));
      }
      return list;
    }
    case YAML::NodeType::Map:
      return ConvertMap(node, depth);
    default:
      return json(nullptr);
  }
}

absl::StatusOr<json> MessageFile::ConvertMap(const YAML::Node& node,
                                             int depth) {
  json object = json::object();
  for (const auto& item : node) {
    if (!item.first.IsScalar()) {
      return Error(item.first.Mark(), "a field's name must be plain text");
    }
    const std::string key = item.first.Scalar();
    if (object.contains(key)) {
      return Error(item.first.Mark(),
                   absl::StrCat("field ", OneLine(key, kMaxEchoed),
                                " is given twice; remove one of them"));
    }
    ISOSHAPE_ASSIGN_OR_RETURN(object[key], Convert(item.second, depth + 1));
  }
  return object;
}

YAML::Mark MessageFile::Find(const std::string& field, bool of_name,
                             YAML::Node* found_node) const {
  YAML::Mark mark = root_.Mark();
  YAML::Node node;
  node.reset(root_);
  if (field.empty()) return mark;
  for (const std::string& part :
       std::vector<std::string>(absl::StrSplit(field, '.'))) {
    uint64_t index = 0;
    bool found = false;
    if (node.IsSequence() && absl::SimpleAtoi(part, &index) &&
        index < node.size()) {
      const YAML::Node child = node[index];
      mark = child.Mark();
      node.reset(child);
      found = true;
    } else if (node.IsMap()) {
      for (const auto& item : node) {
        if (item.first.Scalar() != part) continue;
        mark = of_name ? item.first.Mark() : item.second.Mark();
        // A value that is missing has no place.
        if (mark.is_null()) mark = item.first.Mark();
        node.reset(item.second);
        found = true;
        break;
      }
    }
    if (!found) {
      node.reset(YAML::Node());
      break;
    }
  }
  if (found_node != nullptr) found_node->reset(node);
  return mark;
}

absl::Status MessageFile::Error(const YAML::Mark& mark,
                                absl::string_view what) const {
  // It may name a field by the file's own bytes.
  const std::string line = OneLine(what, kMaxMessage);
  return UsageError(mark.is_null()
                        ? absl::StrCat(path_, ": ", line)
                        : absl::StrCat(path_, ":", mark.line + 1, ":",
                                       mark.column + 1, ": ", line));
}

absl::Status MessageFile::ErrorAt(const std::string& field, bool of_name,
                                  absl::string_view what) const {
  return Error(Find(field, of_name), what);
}

std::vector<std::string> MessageFile::KeysOf(const std::string& field) const {
  YAML::Node node;
  Find(field, /*of_name=*/false, &node);
  std::vector<std::string> keys;
  if (!node.IsMap()) return keys;
  for (const auto& item : node) keys.push_back(item.first.Scalar());
  return keys;
}

absl::Status MessageFile::Fill(google::protobuf::Message* message,
                               const PlaceOf& place_of) const {
  try {
    std::string field;
    const absl::Status status =
        FromJson(fields_, message, /*ignore_unknown=*/false, &field);
    if (status.ok()) return absl::OkStatus();
    // An unknown field is no error if unknown fields are passed over.
    const std::unique_ptr<google::protobuf::Message> scratch(message->New());
    std::string known_field;
    const bool unknown = FromJson(fields_, scratch.get(),
                                  /*ignore_unknown=*/true, &known_field)
                             .ok() ||
                         known_field != field;
    if (!place_of || field.empty()) {
      return ErrorAt(field, unknown, status.message());
    }
    // In the words of the file.
    const std::string place = place_of(field);
    return ErrorAt(place, unknown,
                   absl::StrReplaceAll(status.message(), {{field, place}}));
  } catch (const json::exception& exception) {
    return Error(YAML::Mark::null_mark(), exception.what());
  }
}

}  // namespace isoshape

#include "cli/flags/campaign_file.h"

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/console/command.h"
#include "cli/flags/campaign_shorthand.h"
#include "cli/flags/input_file.h"
#include "common/status_macros.h"
#include "messages/proto_json.h"
#include "messages/resource_name.h"

namespace isoshape {
namespace {

using nlohmann::json;

// Aliases can make a small file a huge tree; no campaign is near these.
constexpr int kMaxDepth = 32;
constexpr int kMaxNodes = 100000;

// Turns the YAML tree into JSON and finds places in it again.
class Converter {
 public:
  explicit Converter(std::string path) : path_(std::move(path)) {}

  absl::StatusOr<json> Convert(const YAML::Node& node, int depth = 0) {
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
      case YAML::NodeType::Map: {
        json object = json::object();
        for (const auto& item : node) {
          if (!item.first.IsScalar()) {
            return Error(item.first.Mark(),
                         "a field's name must be plain text");
          }
          const std::string key = item.first.Scalar();
          if (object.contains(key)) {
            return Error(item.first.Mark(),
                         absl::StrCat("field ", key,
                                      " is given twice; remove one of them"));
          }
          ISOSHAPE_ASSIGN_OR_RETURN(object[key],
                                    Convert(item.second, depth + 1));
        }
        return object;
      }
      default:
        return json(nullptr);
    }
  }

  // The place of the field `recipe.beta1` or `budgets.2`: of its name if
  // `of_name`, else of its value.
  YAML::Mark Find(const YAML::Node& root, const std::string& field,
                  bool of_name) const {
    YAML::Mark mark = root.Mark();
    YAML::Node node;
    node.reset(root);
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
      if (!found) break;
    }
    return mark;
  }

  absl::Status Error(const YAML::Mark& mark, absl::string_view what) const {
    return UsageError(mark.is_null()
                          ? absl::StrCat(path_, ": ", what)
                          : absl::StrCat(path_, ":", mark.line + 1, ":",
                                         mark.column + 1, ": ", what));
  }

 private:
  static json Scalar(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    // `!` marks a scalar in quotes, which is always text.
    if (node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str") {
      return text;
    }
    if (text == "true" || text == "false") return text == "true";
    int64_t integer = 0;
    if (absl::SimpleAtoi(text, &integer)) return integer;
    double number = 0;
    const bool numeric =
        text.find_first_not_of("+-.0123456789eE") == std::string::npos;
    if (numeric && absl::SimpleAtod(text, &number)) return number;
    return text;
  }

  const std::string path_;
  int nodes_ = 0;
};

// What the planner chooses for each trial, and what bounds it.
absl::Status CheckBase(const Converter& converter, const YAML::Node& root,
                       const v1::Shape& base) {
  const auto refused = [&](const char* field, const char* remedy) {
    return converter.Error(
        converter.Find(root, absl::StrCat("space.base.", field), true),
        absl::StrCat("field space.base.", field,
                     ": it is chosen for each trial; ", remedy));
  };
  if (base.depth() != 0) {
    return refused("depth", "use space.min_depth and space.max_depth");
  }
  if (base.width() != 0) {
    return refused("width", "use space.min_width and space.max_width");
  }
  if (base.heads() != 0) return refused("heads", "use space.base.head_dim");
  if (base.ffn_width() != 0) return refused("ffn_width", "use space.ffn_ratio");
  return absl::OkStatus();
}

// The keys of a map in their order; none of what is no map.
std::vector<std::string> KeysOf(const YAML::Node& node) {
  std::vector<std::string> keys;
  if (!node.IsMap()) return keys;
  for (const auto& item : node) keys.push_back(item.first.Scalar());
  return keys;
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

absl::StatusOr<CampaignFile> ParseCampaignFile(const std::string& path,
                                               const std::string& text) {
  Converter converter(path);
  YAML::Node root;
  json object;
  // yaml-cpp reports by exceptions; they end here.
  try {
    root = YAML::Load(text);
    if (!root.IsMap()) {
      return converter.Error(
          root.Mark(),
          "a campaign is a list of fields such as 'budgets: [2.5e11]'; see "
          "docs/campaign-file.md");
    }
    ISOSHAPE_ASSIGN_OR_RETURN(object, converter.Convert(root));
    CampaignFile file;
    if (const auto id = object.find("id"); id != object.end()) {
      if (!id->is_string() || !CheckId("id", id->get<std::string>()).ok()) {
        return converter.Error(
            converter.Find(root, "id", false),
            absl::StrCat("field id: ", id->dump(),
                         " is not an id; use 1 to 63 letters, digits, '_', "
                         "'-' or '.'"));
      }
      file.id = id->get<std::string>();
      object.erase(id);
    }
    std::string field;
    CampaignShorthand shorthand(KeysOf(root["variants"]));
    if (const absl::Status status = shorthand.WriteOut(&object, &field);
        !status.ok()) {
      return converter.Error(converter.Find(root, field, false),
                             status.message());
    }
    const absl::Status status =
        FromJson(object, &file.campaign, /*ignore_unknown=*/false, &field);
    if (!status.ok()) {
      // An unknown field is no error if unknown fields are passed over.
      v1::Campaign scratch;
      std::string known_field;
      const bool unknown =
          FromJson(object, &scratch, /*ignore_unknown=*/true, &known_field)
              .ok() ||
          known_field != field;
      return converter.Error(
          converter.Find(root, shorthand.PlaceOf(field), unknown),
          status.message());
    }
    ISOSHAPE_RETURN_IF_ERROR(
        CheckBase(converter, root, file.campaign.space().base()));
    return file;
  } catch (const YAML::Exception& exception) {
    if (const int line = TabbedLine(text); line > 0) {
      return UsageError(
          absl::StrCat(path, ":", line,
                       ": a tab is in front of a field; YAML takes spaces"));
    }
    return converter.Error(
        exception.mark,
        absl::StrCat("this is neither YAML nor JSON: ", exception.msg));
  } catch (const json::exception& exception) {
    return converter.Error(YAML::Mark::null_mark(), exception.what());
  }
}

absl::StatusOr<CampaignFile> ReadCampaignFile(const std::string& path) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string text,
                            ReadInput(path, "campaign file"));
  return ParseCampaignFile(path, text);
}

}  // namespace isoshape

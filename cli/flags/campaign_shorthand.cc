#include "cli/flags/campaign_shorthand.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "cli/console/command.h"
#include "cli/flags/message_file.h"
#include "cli/flags/shape_flags.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "messages/json/echoed_json.h"
#include "messages/json/proto_json.h"

namespace isoshape {
namespace {

using nlohmann::json;

constexpr char kListed[] = "algorithm.listed.";
// Fields of ListedAlgorithm that may stand at the top of a file.
constexpr std::array<const char*, 3> kAtTop = {"shapes", "depths", "equal"};

// `residual: false` for `residual: none`.
void WriteOutResidual(json& shape) {
  if (!shape.is_object()) return;
  const auto residual = shape.find("residual");
  if (residual == shape.end() || !residual->is_boolean()) return;
  *residual = residual->get<bool>() ? "add" : "none";
}

// `4x128` for `{depth: 4, width: 128}`.
absl::Status WriteOutShape(json& shape) {
  if (!shape.is_string()) return absl::OkStatus();
  ISOSHAPE_ASSIGN_OR_RETURN(const DepthAndWidth size,
                            ParseDepthAndWidth(shape.get<std::string>()));
  shape = {{"depth", size.depth}, {"width", size.width}};
  return absl::OkStatus();
}

}  // namespace

absl::Status CampaignShorthand::WriteOutVariants(json* campaign,
                                                 std::string* field) {
  const auto variants = campaign->find("variants");
  if (variants == campaign->end()) return absl::OkStatus();
  if (variants->is_object()) {
    json list = json::array();
    for (const std::string& name : variants_) {
      json& variant = (*variants)[name];
      if (variant.is_null()) variant = json::object();
      if (!variant.is_object()) {
        *field = absl::StrCat("variants.", name);
        return absl::InvalidArgumentError(absl::StrCat(
            "field ", *field, ": ", EchoedJson(variant),
            " is not a variant; give what it changes, such as {recipe: "
            "{warmup_fraction: 0}}"));
      }
      variant["name"] = name;
      list.push_back(std::move(variant));
    }
    *variants = std::move(list);
  }
  if (!variants->is_array()) return absl::OkStatus();
  for (json& variant : *variants) {
    if (variant.is_object() && variant.contains("shape")) {
      WriteOutResidual(variant["shape"]);
    }
  }
  return absl::OkStatus();
}

absl::Status CampaignShorthand::WriteOutShapes(json* campaign,
                                               std::string* field) {
  for (const char* name : kAtTop) {
    const auto given = campaign->find(name);
    if (given == campaign->end()) continue;
    json& algorithm = (*campaign)["algorithm"];
    if (algorithm.is_null()) algorithm = json::object();
    json& listed = algorithm.is_object() ? algorithm["listed"] : algorithm;
    if (listed.is_null()) listed = json::object();
    if (!listed.is_object() || listed.contains(name)) {
      *field = name;
      return absl::InvalidArgumentError(absl::StrCat(
          "field ", name, ": it stands for algorithm.listed.", name,
          ", which the file says as well; leave one of them out"));
    }
    list_at_top_ = true;
    listed[name] = std::move(*given);
    campaign->erase(name);
  }
  const auto algorithm = campaign->find("algorithm");
  if (algorithm == campaign->end() || !algorithm->is_object() ||
      !algorithm->contains("listed")) {
    return absl::OkStatus();
  }
  json& listed = (*algorithm)["listed"];
  if (!listed.is_object() || !listed.contains("shapes") ||
      !listed["shapes"].is_array()) {
    return absl::OkStatus();
  }
  for (size_t i = 0; i < listed["shapes"].size(); ++i) {
    const absl::Status status = WriteOutShape(listed["shapes"][i]);
    if (status.ok()) continue;
    *field = PlaceOf(absl::StrCat(kListed, "shapes.", i));
    return absl::InvalidArgumentError(
        absl::StrCat("field ", *field, ": ", status.message()));
  }
  return absl::OkStatus();
}

absl::Status CampaignShorthand::WriteOut(json* campaign, std::string* field) {
  ISOSHAPE_RETURN_IF_ERROR(WriteOutVariants(campaign, field));
  const auto space = campaign->find("space");
  if (space != campaign->end() && space->is_object() &&
      space->contains("base")) {
    WriteOutResidual((*space)["base"]);
  }
  return WriteOutShapes(campaign, field);
}

std::string CampaignShorthand::PlaceOf(const std::string& field) const {
  absl::string_view rest = field;
  if (list_at_top_ && absl::ConsumePrefix(&rest, kListed)) {
    return std::string(rest);
  }
  if (variants_.empty() || !absl::ConsumePrefix(&rest, "variants.")) {
    return field;
  }
  const absl::string_view index = rest.substr(0, rest.find('.'));
  size_t number = 0;
  if (!absl::SimpleAtoi(index, &number) || number >= variants_.size()) {
    return field;
  }
  return absl::StrCat("variants.", variants_[number],
                      rest.substr(index.size()));
}

absl::StatusOr<v1::Variant> ParseVariant(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits(':', 1));
  json variant = {{"name", std::string(parts.first)}};
  // A text without a colon has one field too, which is empty: StrSplit makes
  // nothing of a view of nothing.
  const std::string fields(parts.second);
  for (const absl::string_view one : absl::StrSplit(fields, ',')) {
    const std::pair<absl::string_view, absl::string_view> set =
        absl::StrSplit(one, absl::MaxSplits('=', 1));
    const std::string path(absl::StripAsciiWhitespace(set.first));
    const bool known = absl::StartsWith(path, "recipe.") ||
                       absl::StartsWith(path, "shape.") || path == "dataset";
    if (!known || set.second.empty()) {
      return UsageError(absl::StrCat(
          "--variant '", OneLine(text, 200), "': '", OneLine(one, 100),
          "' is not recipe.FIELD=VALUE, shape.FIELD=VALUE or dataset=NAME, "
          "such as no-residual:shape.residual=none"));
    }
    // A dataset may look like a number.
    variant[json::json_pointer(
        absl::StrCat("/", absl::StrReplaceAll(path, {{".", "/"}})))] =
        path == "dataset"
            ? json(std::string(set.second))
            : PlainScalar(std::string(absl::StripAsciiWhitespace(set.second)));
  }
  if (variant.contains("shape")) WriteOutResidual(variant["shape"]);
  v1::Variant parsed;
  const absl::Status status = FromJson(variant, &parsed);
  if (status.ok()) return parsed;
  return UsageError(
      absl::StrCat("--variant '", OneLine(text, 200), "': ", status.message()));
}

}  // namespace isoshape

#include "cli/flags/campaign_file.h"

#include <cstddef>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "cli/flags/campaign_shorthand.h"
#include "cli/flags/input_file.h"
#include "cli/flags/message_file.h"
#include "common/status/status_macros.h"
#include "messages/json/echoed_json.h"
#include "messages/names/resource_name.h"

namespace isoshape {
namespace {

// No campaign is near it.
constexpr size_t kMaxBytes = 4 << 20;

// What the planner chooses for each trial, and what bounds it.
absl::Status CheckBase(const MessageFile& file, const v1::Shape& base) {
  const auto refused = [&](const char* field, const char* remedy) {
    return file.ErrorAt(
        absl::StrCat("space.base.", field), true,
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

}  // namespace

absl::StatusOr<CampaignFile> ParseCampaignFile(const std::string& path,
                                               const std::string& text) {
  ISOSHAPE_ASSIGN_OR_RETURN(
      MessageFile yaml,
      MessageFile::Parse(
          path, text,
          "a campaign is a list of fields such as 'budgets: [2.5e11]'; see "
          "docs/campaign-file.md"));
  CampaignFile file;
  nlohmann::json& fields = yaml.fields();
  if (const auto id = fields.find("id"); id != fields.end()) {
    if (!id->is_string() || !CheckId("id", id->get<std::string>()).ok()) {
      return yaml.ErrorAt(
          "id", false,
          absl::StrCat("field id: ", EchoedJson(*id),
                       " is not an id; use 1 to 63 letters, digits, '_', "
                       "'-' or '.'"));
    }
    file.id = id->get<std::string>();
    fields.erase(id);
  }
  // As a message it would be the same as no word of it, which stands for 1.
  if (const auto seeds = fields.find("seeds");
      seeds != fields.end() && seeds->is_number() && *seeds == 0) {
    return yaml.ErrorAt("seeds", false,
                        "field seeds: 0 trains nothing; give 1 to 100");
  }
  CampaignShorthand shorthand(yaml.KeysOf("variants"));
  std::string field;
  if (const absl::Status status = shorthand.WriteOut(&fields, &field);
      !status.ok()) {
    return yaml.ErrorAt(field, false, status.message());
  }
  ISOSHAPE_RETURN_IF_ERROR(
      yaml.Fill(&file.campaign, [&shorthand](const std::string& of_message) {
        return shorthand.PlaceOf(of_message);
      }));
  ISOSHAPE_RETURN_IF_ERROR(CheckBase(yaml, file.campaign.space().base()));
  return file;
}

absl::StatusOr<CampaignFile> ReadCampaignFile(const std::string& path) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string text,
                            ReadInput(path, "campaign file", kMaxBytes));
  return ParseCampaignFile(path, text);
}

}  // namespace isoshape

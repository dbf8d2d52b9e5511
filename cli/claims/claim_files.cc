#include "cli/claims/claim_files.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "claims/check_claim.h"
#include "claims/statements.h"
#include "cli/console/command.h"
#include "cli/flags/campaign_shorthand.h"
#include "cli/flags/input_file.h"
#include "cli/flags/message_file.h"
#include "common/status/status_macros.h"
#include "common/text/nearest_name.h"

namespace isoshape {
namespace {

namespace fs = std::filesystem;

// The files that a path stands for, by name.
absl::StatusOr<std::vector<std::string>> FilesAt(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(path, error)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  if (files.empty()) {
    return UsageError(
        absl::StrCat("--claims ", path, " has no claims: no file *.yaml"));
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The campaigns within the file of a claim, which may be as short as in a file
// of their own.
class CampaignsOfClaim {
 public:
  absl::Status WriteOut(MessageFile& yaml) {
    nlohmann::json& fields = yaml.fields();
    const auto designs = fields.find("designs");
    if (designs == fields.end() || !designs->is_array()) {
      return absl::OkStatus();
    }
    for (size_t i = 0; i < designs->size(); ++i) {
      nlohmann::json& design = (*designs)[i];
      if (!design.is_object()) continue;
      const std::string place = absl::StrCat("designs.", i, ".");
      ISOSHAPE_RETURN_IF_ERROR(
          WriteOutOne(yaml, design, "common", place + "common"));
      const auto list = design.find("campaigns");
      if (list == design.end() || !list->is_array()) continue;
      for (size_t j = 0; j < list->size(); ++j) {
        ISOSHAPE_RETURN_IF_ERROR(
            WriteOutOne(yaml, (*list)[j], "campaign",
                        absl::StrCat(place, "campaigns.", j, ".campaign")));
      }
    }
    return absl::OkStatus();
  }

  // Where in the file a field of the claim is.
  std::string PlaceOf(const std::string& field) const {
    for (const auto& [place, shorthand] : shorthands_) {
      if (field.starts_with(place + ".")) {
        return absl::StrCat(place, ".",
                            shorthand.PlaceOf(field.substr(place.size() + 1)));
      }
    }
    return field;
  }

 private:
  absl::Status WriteOutOne(const MessageFile& yaml, nlohmann::json& parent,
                           const char* name, const std::string& place) {
    if (!parent.is_object()) return absl::OkStatus();
    const auto campaign = parent.find(name);
    if (campaign == parent.end() || !campaign->is_object()) {
      return absl::OkStatus();
    }
    CampaignShorthand shorthand(yaml.KeysOf(place + ".variants"));
    std::string field;
    const absl::Status status = shorthand.WriteOut(&*campaign, &field);
    shorthands_.emplace(place, std::move(shorthand));
    if (status.ok()) return absl::OkStatus();
    return yaml.ErrorAt(absl::StrCat(place, ".", field), false,
                        status.message());
  }

  std::map<std::string, CampaignShorthand> shorthands_;
};

}  // namespace

absl::StatusOr<v1::Claim> ParseClaimFile(const std::string& path,
                                         const std::string& text) {
  ISOSHAPE_ASSIGN_OR_RETURN(
      MessageFile yaml,
      MessageFile::Parse(path, text,
                         "a claim is a list of fields such as 'statement: …'; "
                         "see docs/claims-files.md"));
  CampaignsOfClaim campaigns;
  ISOSHAPE_RETURN_IF_ERROR(campaigns.WriteOut(yaml));
  v1::Claim claim;
  ISOSHAPE_RETURN_IF_ERROR(
      yaml.Fill(&claim, [&campaigns](const std::string& field) {
        return campaigns.PlaceOf(field);
      }));
  if (claim.id().empty()) claim.set_id(fs::path(path).stem().string());
  if (const absl::Status status = CheckClaim(claim); !status.ok()) {
    return UsageError(absl::StrCat(path, ": ", status.message()));
  }
  return claim;
}

absl::StatusOr<std::vector<v1::Claim>> LoadClaims(
    const std::vector<std::string>& paths,
    const std::vector<std::string>& only) {
  std::vector<v1::Claim> claims;
  const auto add = [&claims](v1::Claim claim) {
    const auto same = std::find_if(
        claims.begin(), claims.end(),
        [&](const v1::Claim& other) { return other.id() == claim.id(); });
    if (same != claims.end()) {
      *same = std::move(claim);
    } else {
      claims.push_back(std::move(claim));
    }
  };
  for (const Statement& statement : Statements()) {
    ISOSHAPE_ASSIGN_OR_RETURN(v1::Claim claim,
                              ParseClaimFile(statement.name, statement.text));
    add(std::move(claim));
  }
  for (const std::string& path : paths) {
    ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<std::string> files,
                              FilesAt(path));
    for (const std::string& file : files) {
      ISOSHAPE_ASSIGN_OR_RETURN(const std::string text,
                                ReadInput(file, "claim"));
      ISOSHAPE_ASSIGN_OR_RETURN(v1::Claim claim, ParseClaimFile(file, text));
      add(std::move(claim));
    }
  }
  // Groups in the order in which they first occur.
  std::map<std::string, size_t> groups;
  for (const v1::Claim& claim : claims) {
    groups.emplace(claim.group(), groups.size());
  }
  std::stable_sort(claims.begin(), claims.end(),
                   [&](const v1::Claim& a, const v1::Claim& b) {
                     return groups[a.group()] < groups[b.group()];
                   });
  if (only.empty()) return claims;
  std::vector<v1::Claim> chosen;
  for (const std::string& id : only) {
    const auto found =
        std::find_if(claims.begin(), claims.end(),
                     [&](const v1::Claim& claim) { return claim.id() == id; });
    if (found == claims.end()) {
      std::vector<std::string> ids;
      for (const v1::Claim& claim : claims) ids.push_back(claim.id());
      return UsageError(absl::StrCat("there is no claim '", id, "'",
                                     DidYouMean(id, ids),
                                     "; isoshape claims list names all"));
    }
    chosen.push_back(*found);
  }
  return chosen;
}

}  // namespace isoshape

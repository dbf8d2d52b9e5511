#include "messages/names/resource_name.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/status/status_macros.h"
#include "common/text/id_text.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

// Bytes of a name that an error shows.
constexpr size_t kShown = 200;

absl::Status Malformed(absl::string_view name, absl::string_view form) {
  return absl::InvalidArgumentError(absl::StrCat(
      "name '", OneLine(name, kShown), "' is not of the form ", form));
}

}  // namespace

std::string MakeCampaignName(absl::string_view id) {
  return absl::StrCat("campaigns/", id);
}

std::string MakeTrialName(absl::string_view campaign, int64_t number) {
  return absl::StrCat(campaign, "/trials/", number);
}

absl::Status CheckId(absl::string_view what, absl::string_view id) {
  if (id == "." || id == "..") {
    return absl::InvalidArgumentError(
        absl::StrCat(what, " '", id,
                     "' is not an id: in an address it means a folder; use "
                     "letters, digits, '_' or '-' too"));
  }
  if (IsId(id)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, " '", OneLine(id, kShown),
                   "' is not an id; use 1 to 63 letters, digits, '_', '-' or "
                   "'.'"));
}

absl::Status CheckCampaignName(absl::string_view name) {
  absl::string_view id = name;
  if (absl::ConsumePrefix(&id, "campaigns/") && IsId(id)) {
    return absl::OkStatus();
  }
  return Malformed(name, "campaigns/ID, for example campaigns/c1");
}

absl::Status CheckWorkerName(absl::string_view name) {
  absl::string_view id = name;
  if (absl::ConsumePrefix(&id, "workers/") && IsId(id)) {
    return absl::OkStatus();
  }
  return Malformed(name, "workers/ID, for example workers/w1");
}

absl::StatusOr<TrialName> ParseTrialName(absl::string_view name) {
  TrialName parsed;
  const size_t split = name.rfind("/trials/");
  if (split == absl::string_view::npos ||
      !CheckCampaignName(name.substr(0, split)).ok()) {
    return Malformed(
        name, "campaigns/ID/trials/N, for example campaigns/c1/trials/7");
  }
  parsed.campaign = std::string(name.substr(0, split));
  const absl::string_view digits = name.substr(split + 8);
  if (!absl::SimpleAtoi(digits, &parsed.number) || parsed.number < 1 ||
      absl::StrCat(parsed.number) != digits) {
    return Malformed(
        name, "campaigns/ID/trials/N, for example campaigns/c1/trials/7");
  }
  return parsed;
}

}  // namespace isoshape

#include "messages/names/name_parts.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace isoshape {

std::string ShortName(absl::string_view name) {
  absl::ConsumePrefix(&name, "campaigns/");
  absl::ConsumePrefix(&name, "workers/");
  return absl::StrReplaceAll(name, {{"/trials/", "/"}});
}

int64_t TrialNumber(absl::string_view name) {
  int64_t number = 0;
  return absl::SimpleAtoi(name.substr(name.rfind('/') + 1), &number) ? number
                                                                     : 0;
}

absl::string_view CampaignOfTrial(absl::string_view name) {
  return name.substr(0, name.rfind("/trials/"));
}

}  // namespace isoshape

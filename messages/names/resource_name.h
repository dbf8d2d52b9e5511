#ifndef ISOSHAPE_MESSAGES_NAMES_RESOURCE_NAME_H_
#define ISOSHAPE_MESSAGES_NAMES_RESOURCE_NAME_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// Resource names as in AIP-122: `campaigns/c1`, `campaigns/c1/trials/7`,
// `workers/w1`. An id is 1..63 letters, digits, `_`, `-` or `.`.

struct TrialName {
  std::string campaign;  // `campaigns/c1`
  int64_t number = 0;    // >= 1
};

// `campaigns/ID`.
std::string MakeCampaignName(absl::string_view id);
std::string MakeTrialName(absl::string_view campaign, int64_t number);

// INVALID_ARGUMENT with the name and the form it should have.
absl::Status CheckId(absl::string_view what, absl::string_view id);
absl::Status CheckCampaignName(absl::string_view name);
absl::Status CheckWorkerName(absl::string_view name);
absl::StatusOr<TrialName> ParseTrialName(absl::string_view name);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_NAMES_RESOURCE_NAME_H_

#ifndef ISOSHAPE_MESSAGES_NAMES_NAME_PARTS_H_
#define ISOSHAPE_MESSAGES_NAMES_NAME_PARTS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace isoshape {

// What a resource name (messages/names/resource_name.h) is called among people:
// `campaigns/c1/trials/7` -> `c1/7`, `campaigns/c1` -> `c1`, `workers/w1` ->
// `w1`.
std::string ShortName(absl::string_view name);

// The number of a stored trial: 7 of `campaigns/c1/trials/7`; 0 of what is no
// trial's name. For what reads many names and checks none: ParseTrialName is
// for those that come from users.
int64_t TrialNumber(absl::string_view name);

// The campaign of a stored trial: `campaigns/c1` of `campaigns/c1/trials/7`. As
// TrialNumber, for what checks no name.
absl::string_view CampaignOfTrial(absl::string_view name);

// With this begin the ids of workers that are a run of `isoshape train
// --verify`, which trains one trial.
inline constexpr char kVerifierPrefix[] = "train-";

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_NAMES_NAME_PARTS_H_

#ifndef ISOSHAPE_COORDINATOR_PLANNING_PRIOR_RUNS_H_
#define ISOSHAPE_COORDINATOR_PLANNING_PRIOR_RUNS_H_

#include <google/protobuf/repeated_field.h>

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"
#include "search/interface.h"

namespace isoshape {

// The campaigns whose results a campaign's search begins from.
const google::protobuf::RepeatedPtrField<std::string>& PriorsOf(
    const v1::Campaign& campaign);

// Adds what a trial measured, if it is a result of a search or was imported, of
// the variant `base`, and had ended by `until`; as a run of the campaign of
// that number among the priors. What is known when a campaign is created is
// known by that time for good, but for what is excluded later: a result stays
// as it is, so that the same runs follow from the store after any restart.
void AddPriorRuns(int campaign, const v1::Trial& trial, absl::Time until,
                  std::vector<PriorRun>& runs);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_PLANNING_PRIOR_RUNS_H_

#ifndef ISOSHAPE_COORDINATOR_PLANNING_IMPORTED_RUN_H_
#define ISOSHAPE_COORDINATOR_PLANNING_IMPORTED_RUN_H_

#include <string>

#include "absl/status/statusor.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// The trial that a run which was trained elsewhere becomes: SUCCEEDED,
// IMPORTED, with its figures and the loss, without a name and times. Of
// parameters, tokens and FLOPs what is missing is taken from C = 6 N D (Kaplan
// et al. 2020), or from the FLOPs per token of its shape, which `reason` says;
// a shape is filled from the campaign's space, and need not be feasible there.
// If all three are known and disagree, FLOPs per token are those of FLOPs and
// tokens, but for a run with a shape, whose own they are.
//
// INVALID_ARGUMENT if a field is missing or out of range, or what follows from
// them is; `path`, such as `runs[3]`, begins the message.
absl::StatusOr<v1::Trial> PrepareImportedRun(const v1::Campaign& campaign,
                                             const v1::ImportedRun& run,
                                             const std::string& path);

// What two imported trials of one source differ in, such as `validation_loss
// 3.1 and 3.2`; empty if they agree.
std::string ImportDifference(const v1::Trial& there, const v1::Trial& given);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_PLANNING_IMPORTED_RUN_H_

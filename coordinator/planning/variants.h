#ifndef ISOSHAPE_COORDINATOR_PLANNING_VARIANTS_H_
#define ISOSHAPE_COORDINATOR_PLANNING_VARIANTS_H_

#include <cstddef>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// The variants of a campaign (messages/campaign/campaign_variants.h) when it is
// made and when it is planned.

// Fills in what a variant leaves open and what would follow from its own
// fields: init_std from its base_width, tokens_per_step from its context, vocab
// from its dataset and objective. `asked` is the campaign before its defaults
// were filled in, `filled` after it.
void FillVariants(const v1::Campaign& asked, v1::Campaign* filled);

// INVALID_ARGUMENT if a variant has no name of its own, sets what is the
// shape's, changes nothing, changes what another does, or if `check` refuses
// the campaign that it would be alone.
absl::Status CheckVariants(
    const v1::Campaign& campaign,
    const std::function<absl::Status(const v1::Campaign&)>& check);

// The trials of `base`, with their figures, crossed with the campaign's
// variants: each is followed by one of the same shape, budget and seed for each
// variant. If the campaign shares trunks, the trials of one shape and seed that
// are one trial are joined, in each variant for itself. Without variants that
// is all. Errors of FillTrialFigures.
absl::StatusOr<std::vector<v1::Trial>> CrossWithVariants(
    const v1::Campaign& campaign, std::vector<v1::Trial> base);

// Whether a trial that CrossWithVariants put after `before` begins another
// group: the trials of a group are compared, and are added together or not at
// all, so that none lacks its partner.
bool BeginsGroup(const v1::Trial& before, const v1::Trial& trial);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_PLANNING_VARIANTS_H_

#ifndef ISOSHAPE_CLAIMS_PIPELINE_H_
#define ISOSHAPE_CLAIMS_PIPELINE_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "claims/cells.h"
#include "isoshape/v1/claim.pb.h"

namespace isoshape {

// What the figure of a part is made of: its pipeline, and that of what it is
// divided by if it is.
std::vector<const v1::ClaimPipeline*> PipelinesOf(const v1::ClaimPart& part);

// Along what a step orders its dimension: what it says, else what the dimension
// implies; empty if nothing does.
std::string AlongOf(const v1::ClaimStep& step);

// The cells that the first `steps` steps leave. Errors of RunPipeline.
absl::StatusOr<std::vector<ClaimCell>> CellsAfter(
    const v1::ClaimPipeline& pipeline, int steps,
    const std::vector<ClaimRuns>& runs);

// One number a seed, by seed, as the steps make it of the runs. A seed that
// lacks a run that another has, or that needs one that failed, is left out, so
// that seeds compare; the map is empty if no run is there. INVALID_ARGUMENT in
// one line that names the step if the pipeline names what does not exist.
absl::StatusOr<std::map<std::string, double>> RunPipeline(
    const v1::ClaimPipeline& pipeline, const std::vector<ClaimRuns>& runs);

// By what factor the model of a `model` step is larger than the largest that
// was trained, by the size that the step goes along; none if there is no such
// step, or no run. Errors of RunPipeline.
absl::StatusOr<std::optional<double>> ExtrapolationOf(
    const v1::ClaimPipeline& pipeline, const std::vector<ClaimRuns>& runs);

}  // namespace isoshape

#endif  // ISOSHAPE_CLAIMS_PIPELINE_H_

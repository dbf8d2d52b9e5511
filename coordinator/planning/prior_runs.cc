#include "coordinator/planning/prior_runs.h"

#include "messages/campaign/campaign_variants.h"
#include "messages/json/proto_time.h"
#include "messages/trial/measured_points.h"

namespace isoshape {

const google::protobuf::RepeatedPtrField<std::string>& PriorsOf(
    const v1::Campaign& campaign) {
  return campaign.algorithm().optimum().priors();
}

void AddPriorRuns(int campaign, const v1::Trial& trial, absl::Time until,
                  std::vector<PriorRun>& runs) {
  if (trial.purpose() == v1::Trial::VERIFICATION || !IsBase(trial) ||
      !trial.has_end_time() || FromProto(trial.end_time()) > until) {
    return;
  }
  for (const MeasuredPoint& point : MeasuredPoints(trial)) {
    PriorRun& run = runs.emplace_back();
    run.campaign = campaign;
    run.flops = point.flops;
    run.size = TrialSize(trial);
    // Of an imported run the shape may not be known.
    const v1::Shape& shape = trial.shape();
    if (shape.depth() > 0 && shape.width() > 0) {
      run.aspect_ratio = static_cast<double>(shape.width()) /
                         static_cast<double>(shape.depth());
    }
    run.validation_loss = point.loss;
    if (!(run.flops > 0 && run.size > 0)) runs.pop_back();
  }
}

}  // namespace isoshape

#ifndef ISOSHAPE_CLI_CLAIMS_CLAIMS_TIME_H_
#define ISOSHAPE_CLI_CLAIMS_CLAIMS_TIME_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/claims/claims_plan.h"
#include "shape/shape.h"

namespace isoshape {

// How long claims take on this machine, by a few steps of some of their shapes.
//
//   auto time = ClaimsTime::Measure(plan);
//   if (time.ok()) out << time->Of(campaign);
class ClaimsTime {
 public:
  // Trains at most kMaxSamples shapes for a moment each, by the trainer beside
  // this program, one after another: some ten seconds. UNAVAILABLE if it cannot
  // be used, or if no step of these shapes is over in about a second here.
  static absl::StatusOr<ClaimsTime> Measure(
      const std::vector<PlannedClaim>& plan);
  static constexpr size_t kMaxSamples = 6;

  // Wall time of the campaign's runs, with what a run takes beside its
  // training: the evaluation and the measuring of costs. Side by side, as many
  // as there are processors, if they are not measured alone. The rate is that
  // of the measured shape that is nearest in depth and width.
  absl::Duration Of(const PlannedClaimCampaign& campaign) const;

  // `AMD EPYC, 2 runs at a time`.
  const std::string& basis() const { return basis_; }

 private:
  struct Sample {
    Shape shape;
    double flops_per_second = 0;
  };
  double RateOf(const Shape& shape) const;

  std::vector<Sample> samples_;
  // By what factor a run takes longer that the trainer's fast engine cannot
  // train: one without residuals or norms, or on a task of answers.
  double slower_ = 1;
  int at_once_ = 1;
  std::string basis_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CLAIMS_CLAIMS_TIME_H_

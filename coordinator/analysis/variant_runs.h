#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_VARIANT_RUNS_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_VARIANT_RUNS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// A trial of a campaign with variants, or a branch of one, as far as it is
// compared with its partner in another variant.
struct VariantRun {
  std::string variant;
  v1::Shape shape;  // as `base` trains it, the same for both
  double budget_flops = 0;
  int64_t seed = 0;
  std::string trial;
  // Without a loss it diverged, or came to nothing.
  std::optional<double> loss;
  bool diverged = false;
  double tokens = 0;
  double flops = 0;
  double parameters = 0;
  std::optional<double> peak_memory_bytes;
  std::optional<double> step_seconds;
  std::string engine;
};

// Appends the runs of a trial that has ended and is of the search.
void AddVariantRuns(const v1::Campaign& campaign, const v1::Trial& trial,
                    std::vector<VariantRun>* runs);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_VARIANT_RUNS_H_

#ifndef ISOSHAPE_CLAIMS_CELLS_H_
#define ISOSHAPE_CLAIMS_CELLS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/claim.pb.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// The results of one campaign of a claim.
struct ClaimRuns {
  std::string label;   // ClaimCampaign.label
  double setting = 0;  // ClaimCampaign.setting
  v1::Campaign campaign;
  std::vector<v1::Trial> trials;
};

// One number and where it belongs: a run's measure at first, what the steps of
// a pipeline made of several later.
struct ClaimCell {
  // The dimensions that no step has taken away, by name: some of `campaign`,
  // `variant`, `shape`, `budget` and `seed`.
  std::map<std::string, std::string> place;
  // Numbers that are known along these: `depth`, `aspect`, `flops`, `setting`,
  // …
  std::map<std::string, double> along;
  double value = 0;
};

// The runs that ended and count: succeeded or diverged, not excluded, each with
// its `measure` (ClaimPipeline.measure); runs without it are left out.
// INVALID_ARGUMENT if there is no such measure, with the nearest.
absl::StatusOr<std::vector<ClaimCell>> CellsOf(
    const std::vector<ClaimRuns>& runs, const std::string& measure);

}  // namespace isoshape

#endif  // ISOSHAPE_CLAIMS_CELLS_H_

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
  // Not a number if it rests on a run that tells nothing of it.
  double value = 0;
  // Of how many least values along a scale it is made (`minimum`,
  // `least_at_most`), and how many of these lie at an end of what was tried, so
  // that the least may lie beyond.
  int minima = 0;
  int at_ends = 0;
};

// The runs that ended and were not excluded, each with its `measure`
// (ClaimPipeline.measure). A run that failed, or does not tell its measure, is
// not left out but has no number: a figure that needs it is not known, and must
// not become that of the runs beside it, such as of the next depth.
// INVALID_ARGUMENT if there is no such measure, with the nearest.
absl::StatusOr<std::vector<ClaimCell>> CellsOf(
    const std::vector<ClaimRuns>& runs, const std::string& measure);

}  // namespace isoshape

#endif  // ISOSHAPE_CLAIMS_CELLS_H_

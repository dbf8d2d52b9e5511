#ifndef ISOSHAPE_SEARCH_REGISTRY_H_
#define ISOSHAPE_SEARCH_REGISTRY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "isoshape/v1/campaign.pb.h"
#include "search/interface.h"
#include "search/max_trials.h"
#include "search/outlook.h"

namespace isoshape {

// The parts of a search algorithm that the coordinator needs beside the search
// itself. A new algorithm is a folder here, an arm of `Algorithm.kind` in
// campaign.proto and a line in registry.cc.
struct AlgorithmEntry {
  v1::Algorithm::KindCase kind;  // its arm, whose field name is its name
  // Fills in every field of the arm that is not set; campaign.proto says the
  // defaults. The campaign's other fields are filled in.
  void (*fill_defaults)(const v1::Campaign& campaign, v1::Algorithm* algorithm);
  // INVALID_ARGUMENT if a field of the arm is out of range or contradicts the
  // campaign: name, value and remedy in one line.
  absl::Status (*check)(const v1::Campaign& campaign);
  // Makes the search from an arm that is filled in and checked.
  std::unique_ptr<SearchAlgorithm> (*make)(const v1::Algorithm& algorithm);
  // The budgets that the arm stands for, if it has a way of its own to say
  // them; nullptr if it has none.
  std::vector<double> (*budgets)(const v1::Algorithm& algorithm);
  // Shapes at each budget that the arm asks for; nullptr if it proposes a few
  // at a time.
  int64_t (*shapes)(const v1::Algorithm& algorithm);
  // What it would train in all; nullptr if it proposes all of it at once.
  // Errors of what draws shapes.
  absl::StatusOr<Outlook> (*expect)(const v1::Algorithm& algorithm,
                                    const SearchProblem& problem);
  // Takes what the arm has by default for the budgets that the campaign had to
  // those that it has now, and returns the path of the field, or empty if there
  // is none. INVALID_ARGUMENT if an added budget would get no trial; nullptr if
  // each gets some.
  absl::StatusOr<std::string> (*extend)(const v1::Campaign& was,
                                        v1::Campaign* campaign);
};

// Fills in the budgets of a campaign that has none, if its algorithm says them.
void FillAlgorithmBudgets(v1::Campaign* campaign);

// Chooses grid if no arm is set, and fills in what the arm leaves unset.
void FillAlgorithmDefaults(v1::Campaign* campaign);

// INVALID_ARGUMENT if no arm is set, the arm's check fails or more than
// kMaxTrialsAsked are asked for.
absl::Status CheckAlgorithm(const v1::Campaign& campaign);

// What the campaign whose algorithm this is would train in all, if it proposes
// `first` at first (OutlookOfFirst). Errors of AlgorithmEntry.expect.
absl::StatusOr<Outlook> ExpectOfAlgorithm(const v1::Algorithm& algorithm,
                                          const SearchProblem& problem,
                                          Outlook first);

// After budgets were added: as AlgorithmEntry.extend.
absl::StatusOr<std::string> ExtendAlgorithm(const v1::Campaign& was,
                                            v1::Campaign* campaign);

// Makes the search of a campaign whose algorithm is filled in and checked.
std::unique_ptr<SearchAlgorithm> MakeAlgorithm(const v1::Algorithm& algorithm);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_REGISTRY_H_

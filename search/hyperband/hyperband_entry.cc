#include "search/hyperband/hyperband_entry.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_format.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "search/hyperband/hyperband.h"
#include "search/max_trials.h"
#include "search/rungs/rungs_entry.h"

namespace isoshape {
namespace {

// Counts what is drawn before anything is: it grows as eta^budgets, and all
// brackets are proposed at once.
absl::Status CheckDraws(const v1::Campaign& campaign) {
  const v1::HyperbandAlgorithm& hyperband = campaign.algorithm().hyperband();
  const int budgets = campaign.budgets_size();
  int64_t shapes = 0;
  for (int later = 0; later < budgets && shapes <= kMaxTrialsPerBudget;
       ++later) {
    shapes +=
        hyperband.rounds() * BracketShapes(budgets, later, hyperband.eta());
  }
  if (shapes > kMaxTrialsPerBudget) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "the algorithm hyperband with eta %g, %d budgets and %d rounds draws "
        "more than %d shapes; give fewer budgets, a smaller eta, or fewer "
        "rounds",
        hyperband.eta(), budgets, hyperband.rounds(), kMaxTrialsPerBudget));
  }
  const int64_t ways = 1 + campaign.variants_size();
  const int64_t trials = shapes * campaign.seeds() * ways;
  if (trials <= kMaxTrialsAsked) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrFormat(
      "the algorithm hyperband draws %d shapes from %d budgets in %d rounds, "
      "with %d seeds%s %d trials at once, and may ask for %d; give fewer of "
      "them",
      shapes, budgets, hyperband.rounds(), campaign.seeds(),
      ways > 1 ? absl::StrFormat(" in %d variants", ways) : "", trials,
      kMaxTrialsAsked));
}

HyperbandOptions OptionsOf(const v1::HyperbandAlgorithm& hyperband) {
  return {.draw = SpreadOf(hyperband, 0),
          .eta = hyperband.eta(),
          .rounds = hyperband.rounds()};
}

}  // namespace

void FillHyperbandDefaults(const v1::Campaign& campaign,
                           v1::Algorithm* algorithm) {
  v1::HyperbandAlgorithm filled;
  SetRungDefaults(campaign, &filled);
  filled.set_rounds(HyperbandOptions().rounds);
  filled.MergeFrom(algorithm->hyperband());
  *algorithm->mutable_hyperband() = std::move(filled);
}

absl::Status CheckHyperband(const v1::Campaign& campaign) {
  const v1::HyperbandAlgorithm& hyperband = campaign.algorithm().hyperband();
  ISOSHAPE_RETURN_IF_ERROR(
      CheckInteger("algorithm.hyperband.rounds", hyperband.rounds(), 1, 100));
  ISOSHAPE_RETURN_IF_ERROR(CheckRungs(campaign, "hyperband", hyperband));
  return CheckDraws(campaign);
}

std::unique_ptr<SearchAlgorithm> MakeHyperband(const v1::Algorithm& algorithm) {
  return std::make_unique<HyperbandSearch>(OptionsOf(algorithm.hyperband()));
}

absl::StatusOr<Outlook> ExpectOfHyperband(const v1::Algorithm& algorithm,
                                          const SearchProblem& problem) {
  return HyperbandSearch(OptionsOf(algorithm.hyperband())).Expect(problem);
}

}  // namespace isoshape

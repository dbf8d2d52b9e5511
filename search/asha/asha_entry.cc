#include "search/asha/asha_entry.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_format.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "search/asha/asha.h"
#include "search/rungs/rungs_entry.h"

namespace isoshape {
namespace {

AshaOptions OptionsOf(const v1::AshaAlgorithm& asha) {
  return {.draw = SpreadOf(asha, asha.shapes()),
          .eta = asha.eta(),
          .in_flight = asha.in_flight()};
}

}  // namespace

void FillAshaDefaults(const v1::Campaign& campaign, v1::Algorithm* algorithm) {
  v1::AshaAlgorithm filled;
  SetRungDefaults(campaign, &filled);
  filled.set_in_flight(AshaOptions().in_flight);
  filled.MergeFrom(algorithm->asha());
  if (filled.shapes() == 0) {
    filled.set_shapes(DefaultAshaShapes(filled.eta(), campaign.budgets_size()));
  }
  *algorithm->mutable_asha() = std::move(filled);
}

absl::Status CheckAsha(const v1::Campaign& campaign) {
  const v1::AshaAlgorithm& asha = campaign.algorithm().asha();
  ISOSHAPE_RETURN_IF_ERROR(CheckInteger("algorithm.asha.shapes", asha.shapes(),
                                        2, kMaxTrialsPerBudget));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckInteger("algorithm.asha.in_flight", asha.in_flight(), 1, 1000));
  return CheckRungs(campaign, "asha", asha);
}

std::unique_ptr<SearchAlgorithm> MakeAsha(const v1::Algorithm& algorithm) {
  return std::make_unique<AshaSearch>(OptionsOf(algorithm.asha()));
}

absl::StatusOr<Outlook> ExpectOfAsha(const v1::Algorithm& algorithm,
                                     const SearchProblem& problem) {
  return AshaSearch(OptionsOf(algorithm.asha())).Expect(problem);
}

absl::StatusOr<std::string> ExtendAsha(const v1::Campaign& was,
                                       v1::Campaign* campaign) {
  constexpr char kField[] = "algorithm.asha.shapes";
  v1::AshaAlgorithm& asha = *campaign->mutable_algorithm()->mutable_asha();
  const int before = was.algorithm().asha().shapes();
  const int asked = asha.shapes();
  const double eta = asha.eta();
  const int rungs = campaign->budgets_size();
  const bool by_default =
      asked == before && before == DefaultAshaShapes(eta, was.budgets_size());
  if (by_default) {
    asha.set_shapes(std::max(before, DefaultAshaShapes(eta, rungs)));
  }
  // One that was out of reach before was accepted so, and says so in its note.
  if (ReachingLast(asha.shapes(), eta, rungs) > 0 ||
      ReachingLast(before, eta, was.budgets_size()) == 0) {
    return by_default && asha.shapes() > before ? kField : "";
  }
  const int64_t needed = LeastToReach(eta, rungs, kMaxTrialsPerBudget);
  return absl::InvalidArgumentError(absl::StrFormat(
      "budgets: with %d of them no shape is sure to reach the largest, %g, as "
      "one of %g shapes goes on from each to the next and %s is %d; %s",
      rungs, campaign->budgets(rungs - 1), eta, kField, asked,
      needed > kMaxTrialsPerBudget
          ? "add fewer budgets"
          : absl::StrFormat("give %s %d or more as well", kField, needed)));
}

}  // namespace isoshape

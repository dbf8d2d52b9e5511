#include "search/asha/asha_entry.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_format.h"
#include "common/field_checks.h"
#include "common/status_macros.h"
#include "search/asha/asha.h"
#include "search/rungs/rungs_entry.h"

namespace isoshape {

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

namespace {

AshaOptions OptionsOf(const v1::AshaAlgorithm& asha) {
  return {.draw = SpreadOf(asha, asha.shapes()),
          .eta = asha.eta(),
          .in_flight = asha.in_flight()};
}

}  // namespace

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
  const int rungs = campaign->budgets_size();
  const bool by_default =
      asha.shapes() == before &&
      before == DefaultAshaShapes(asha.eta(), was.budgets_size());
  if (by_default) {
    asha.set_shapes(std::max(before, DefaultAshaShapes(asha.eta(), rungs)));
  }
  int64_t reach = asha.shapes();
  int64_t needed = 1;
  for (int b = 1; b < rungs; ++b) {
    reach = WinnersOf(reach, asha.eta());
    needed = LeastWithWinners(needed, asha.eta());
  }
  if (reach > 0) return by_default && asha.shapes() > before ? kField : "";
  return absl::InvalidArgumentError(absl::StrFormat(
      "budgets %g would get no trial, as one of %g shapes goes on from each "
      "budget to the next and %s is %d; give %s %d or more as well",
      campaign->budgets(rungs - 1), asha.eta(), kField, asha.shapes(), kField,
      needed));
}

}  // namespace isoshape

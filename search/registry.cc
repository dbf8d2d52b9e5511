#include "search/registry.h"

#include <algorithm>
#include <iterator>

#include "search/grid/grid_entry.h"
#include "search/optimum/optimum_entry.h"
#include "search/sobol/sobol_entry.h"

namespace isoshape {
namespace {

constexpr AlgorithmEntry kEntries[] = {
    {v1::Algorithm::kGrid, FillGridDefaults, CheckGrid, MakeGrid, nullptr},
    {v1::Algorithm::kSobol, FillSobolDefaults, CheckSobol, MakeSobol, nullptr},
    {v1::Algorithm::kOptimum, FillOptimumDefaults, CheckOptimum, MakeOptimum,
     OptimumBudgets},
};

// nullptr if there is none of that kind.
const AlgorithmEntry* Find(v1::Algorithm::KindCase kind) {
  const auto* found =
      std::find_if(std::begin(kEntries), std::end(kEntries),
                   [&](const AlgorithmEntry& e) { return e.kind == kind; });
  return found == std::end(kEntries) ? nullptr : found;
}

}  // namespace

void FillAlgorithmBudgets(v1::Campaign* campaign) {
  const AlgorithmEntry* entry = Find(campaign->algorithm().kind_case());
  if (entry == nullptr || entry->budgets == nullptr ||
      campaign->budgets_size() > 0) {
    return;
  }
  for (const double budget : entry->budgets(campaign->algorithm())) {
    campaign->add_budgets(budget);
  }
}

void FillAlgorithmDefaults(v1::Campaign* campaign) {
  v1::Algorithm* algorithm = campaign->mutable_algorithm();
  if (algorithm->kind_case() == v1::Algorithm::KIND_NOT_SET) {
    algorithm->mutable_grid();
  }
  const AlgorithmEntry* entry = Find(algorithm->kind_case());
  if (entry != nullptr) entry->fill_defaults(*campaign, algorithm);
}

absl::Status CheckAlgorithm(const v1::Campaign& campaign) {
  const AlgorithmEntry* entry = Find(campaign.algorithm().kind_case());
  if (entry != nullptr) return entry->check(campaign);
  return absl::InvalidArgumentError(
      "algorithm has none of the server's algorithms; give grid, sobol or "
      "optimum, or "
      "use a client of this version");
}

std::unique_ptr<SearchAlgorithm> MakeAlgorithm(const v1::Algorithm& algorithm) {
  return Find(algorithm.kind_case())->make(algorithm);
}

}  // namespace isoshape

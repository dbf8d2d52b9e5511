#include "search/registry.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/status/status_macros.h"
#include "search/asha/asha_entry.h"
#include "search/external/external_entry.h"
#include "search/gp/gp_entry.h"
#include "search/grid/grid_entry.h"
#include "search/hyperband/hyperband_entry.h"
#include "search/listed/listed_entry.h"
#include "search/optimum/optimum_entry.h"
#include "search/random/random_entry.h"
#include "search/sobol/sobol_entry.h"

namespace isoshape {
namespace {

// Of a search whose runs alone tell how many it takes.
absl::StatusOr<Outlook> ExpectNothing(const v1::Algorithm& /*algorithm*/,
                                      const SearchProblem& /*problem*/) {
  return Outlook();
}

constexpr AlgorithmEntry kEntries[] = {
    {v1::Algorithm::kGrid, FillGridDefaults, CheckGrid, MakeGrid, nullptr,
     GridShapes, ExpectOfGrid, nullptr},
    {v1::Algorithm::kSobol, FillSobolDefaults, CheckSobol, MakeSobol, nullptr,
     SobolShapes, nullptr, nullptr},
    {v1::Algorithm::kOptimum, FillOptimumDefaults, CheckOptimum, MakeOptimum,
     OptimumBudgets, nullptr, ExpectNothing, nullptr},
    {v1::Algorithm::kListed, FillListedDefaults, CheckListed, MakeListed,
     nullptr, ListedShapes, nullptr, nullptr},
    {v1::Algorithm::kRandom, FillRandomDefaults, CheckRandom, MakeRandom,
     nullptr, RandomShapes, nullptr, nullptr},
    {v1::Algorithm::kGp, FillGpDefaults, CheckGp, MakeGp, nullptr, nullptr,
     ExpectOfGp, nullptr},
    {v1::Algorithm::kAsha, FillAshaDefaults, CheckAsha, MakeAsha, nullptr,
     nullptr, ExpectOfAsha, ExtendAsha},
    {v1::Algorithm::kHyperband, FillHyperbandDefaults, CheckHyperband,
     MakeHyperband, nullptr, nullptr, ExpectOfHyperband, nullptr},
    {v1::Algorithm::kExternal, FillExternalDefaults, CheckExternal,
     MakeExternal, nullptr, nullptr, ExpectNothing, nullptr},
};

// nullptr if there is none of that kind.
const AlgorithmEntry* Find(v1::Algorithm::KindCase kind) {
  const auto* found =
      std::find_if(std::begin(kEntries), std::end(kEntries),
                   [&](const AlgorithmEntry& e) { return e.kind == kind; });
  return found == std::end(kEntries) ? nullptr : found;
}

// `grid, sobol or optimum`.
std::string Names() {
  std::vector<std::string> names;
  for (const AlgorithmEntry& entry : kEntries) {
    names.push_back(
        v1::Algorithm::descriptor()->FindFieldByNumber(entry.kind)->name());
  }
  const std::string last = names.back();
  names.pop_back();
  return absl::StrCat(absl::StrJoin(names, ", "), " or ", last);
}

// Counts what is asked for before anything is made of it.
absl::Status CheckCount(const v1::Campaign& campaign,
                        const AlgorithmEntry& entry) {
  if (entry.shapes == nullptr) return absl::OkStatus();
  const int64_t shapes = entry.shapes(campaign.algorithm());
  const int64_t budgets = campaign.budgets_size();
  const int64_t seeds = campaign.seeds();
  const int64_t ways = 1 + campaign.variants_size();
  const int64_t trials = shapes * budgets * seeds * ways;
  if (trials <= kMaxTrialsAsked) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrFormat(
      "the campaign asks for %d trials, %d shapes at each of %d budgets with "
      "%d seeds%s, and may ask for %d; give fewer of them",
      trials, shapes, budgets, seeds,
      ways > 1 ? absl::StrFormat(" in %d variants", ways) : "",
      kMaxTrialsAsked));
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
  if (entry == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("algorithm has none of the server's algorithms; give ",
                     Names(), ", or use a client of this version"));
  }
  ISOSHAPE_RETURN_IF_ERROR(entry->check(campaign));
  return CheckCount(campaign, *entry);
}

absl::StatusOr<Outlook> ExpectOfAlgorithm(const v1::Algorithm& algorithm,
                                          const SearchProblem& problem,
                                          Outlook first) {
  const AlgorithmEntry* entry = Find(algorithm.kind_case());
  if (entry == nullptr) return Outlook();
  if (entry->expect != nullptr) return entry->expect(algorithm, problem);
  return first;
}

absl::StatusOr<std::string> ExtendAlgorithm(const v1::Campaign& was,
                                            v1::Campaign* campaign) {
  const AlgorithmEntry* entry = Find(campaign->algorithm().kind_case());
  if (entry == nullptr || entry->extend == nullptr) return std::string();
  return entry->extend(was, campaign);
}

std::unique_ptr<SearchAlgorithm> MakeAlgorithm(const v1::Algorithm& algorithm) {
  return Find(algorithm.kind_case())->make(algorithm);
}

}  // namespace isoshape

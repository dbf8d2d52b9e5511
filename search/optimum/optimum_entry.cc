#include "search/optimum/optimum_entry.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "scaling/laws/weak_prior.h"
#include "search/costs/cost_entry.h"
#include "search/optimum/optimum.h"
#include "search/tolerance.h"

namespace isoshape {
namespace {

constexpr double kBudgetsPerDecade = 4;
// The smallest and the largest budget are at least this factor apart: from less
// nothing can be said of what comes beyond.
constexpr double kMinRange = 4;
constexpr double kRounding = 1e-9;

bool Above(double a, double b) { return a > b * (1 + kRounding); }

absl::Status CheckRange(const v1::Campaign& campaign) {
  const v1::OptimumAlgorithm& optimum = campaign.algorithm().optimum();
  const double low = optimum.min_budget();
  const double high = optimum.max_budget();
  const double first = campaign.budgets(0);
  const double last = campaign.budgets(campaign.budgets_size() - 1);
  if ((low == 0) != (high == 0)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "algorithm.optimum.min_budget %g and max_budget %g: one is missing; "
        "give both, or neither and budgets",
        low, high));
  }
  if (low != 0) {
    ISOSHAPE_RETURN_IF_ERROR(
        CheckPositive("algorithm.optimum.min_budget", low));
    ISOSHAPE_RETURN_IF_ERROR(
        CheckPositive("algorithm.optimum.max_budget", high));
    if (low >= high) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "algorithm.optimum.min_budget %g is not below the largest, %g; give "
          "the smaller first, a factor of %g or more below, better 100",
          low, high, kMinRange));
    }
    // Larger budgets may have been added since.
    if (Above(first, low) || Above(low, first) || Above(high, last)) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "budgets go from %g to %g and the range of "
          "algorithm.optimum.min_budget from %g to %g; leave one of the two "
          "out",
          first, last, low, high));
    }
  }
  if (last >= kMinRange * first * (1 - kRounding)) return absl::OkStatus();
  if (low != 0) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "algorithm.optimum.min_budget %g is too close to the largest, %g, to "
        "tell anything of %g; give a range of a factor of %g or more, better "
        "100",
        low, high, campaign.target_flops(), kMinRange));
  }
  return absl::InvalidArgumentError(absl::StrFormat(
      "budgets from %g to %g FLOPs are too close together to tell anything of "
      "%g; give a range of a factor of %g or more, better 100",
      first, last, campaign.target_flops(), kMinRange));
}

// Their names; whether they are there is for who has them to say.
absl::Status CheckPriors(const v1::OptimumAlgorithm& optimum) {
  constexpr double kMaxInflation = 10000;
  if (optimum.priors_size() > kMaxPriors) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "algorithm.optimum.priors has %d campaigns; give at most %d",
        optimum.priors_size(), kMaxPriors));
  }
  std::set<std::string> names;
  for (const std::string& name : optimum.priors()) {
    if (names.insert(name).second) continue;
    return absl::InvalidArgumentError(absl::StrFormat(
        "algorithm.optimum.priors names '%s' twice; give it once",
        OneLine(name, 200)));
  }
  const double inflation = optimum.prior_inflation();
  // Of a campaign that was stored before there were priors.
  if (optimum.priors().empty() && inflation == 0) return absl::OkStatus();
  if (inflation >= 1 && inflation <= kMaxInflation) return absl::OkStatus();
  return OutOfRange("algorithm.optimum.prior_inflation", inflation,
                    "1 to 10000, 16 for runs that count a sixteenth");
}

}  // namespace

std::vector<double> OptimumBudgets(const v1::Algorithm& algorithm) {
  const double low = algorithm.optimum().min_budget();
  const double high = algorithm.optimum().max_budget();
  if (!(low > 0 && high > 0 && std::isfinite(low) && std::isfinite(high))) {
    return {};
  }
  // CheckOptimum refuses it, and not that there are no budgets.
  if (high <= low) return {low};
  const double decades = std::log10(high / low);
  constexpr double kMaxBudgets = 99;
  const auto steps = static_cast<int>(
      std::clamp(std::round(kBudgetsPerDecade * decades), 1.0, kMaxBudgets));
  std::vector<double> budgets;
  for (int k = 0; k < steps; ++k) {
    budgets.push_back(low *
                      std::pow(high / low, k / static_cast<double>(steps)));
  }
  budgets.push_back(high);
  return budgets;
}

void FillOptimumDefaults(const v1::Campaign& campaign,
                         v1::Algorithm* algorithm) {
  const OptimumOptions defaults;
  v1::OptimumAlgorithm filled;
  filled.set_tolerance(defaults.tolerance);
  filled.set_in_flight(defaults.in_flight);
  filled.set_cost(v1::SEARCH_COST_FLOPS);
  filled.set_prior_inflation(defaults.prior_inflation);
  filled.set_center_aspect_ratio(kPriorAspectRatio);
  if (campaign.budgets_size() > 0 && campaign.budgets(0) > 0) {
    filled.set_center_size(PriorSize(campaign.budgets(0)));
  }
  filled.MergeFrom(algorithm->optimum());
  *algorithm->mutable_optimum() = std::move(filled);
}

absl::Status CheckOptimum(const v1::Campaign& campaign) {
  const v1::OptimumAlgorithm& optimum = campaign.algorithm().optimum();
  ISOSHAPE_RETURN_IF_ERROR(
      CheckTolerance("algorithm.optimum.tolerance", optimum.tolerance()));
  ISOSHAPE_RETURN_IF_ERROR(CheckInteger("algorithm.optimum.in_flight",
                                        optimum.in_flight(), 1, 1000));
  ISOSHAPE_RETURN_IF_ERROR(CheckPositive(
      "algorithm.optimum.center_aspect_ratio", optimum.center_aspect_ratio()));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckPositive("algorithm.optimum.center_size", optimum.center_size()));
  ISOSHAPE_RETURN_IF_ERROR(CheckCost("algorithm.optimum.cost", optimum.cost()));
  ISOSHAPE_RETURN_IF_ERROR(CheckPriors(optimum));
  ISOSHAPE_RETURN_IF_ERROR(CheckRange(campaign));
  if (campaign.seeds() > 1) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "seeds %d has no meaning to the algorithm optimum, which trains a "
        "shape again where that tells most; leave it out",
        campaign.seeds()));
  }
  const double largest = campaign.budgets(campaign.budgets_size() - 1);
  if (Above(largest, campaign.target_flops())) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "target_flops %g is within the budgets, of which the largest is %g; "
        "give a target of that or more, or lower the largest budget",
        campaign.target_flops(), largest));
  }
  return absl::OkStatus();
}

std::unique_ptr<SearchAlgorithm> MakeOptimum(const v1::Algorithm& algorithm) {
  const v1::OptimumAlgorithm& optimum = algorithm.optimum();
  return std::make_unique<OptimumSearch>(
      OptimumOptions{.tolerance = optimum.tolerance(),
                     .in_flight = optimum.in_flight(),
                     .center_aspect_ratio = optimum.center_aspect_ratio(),
                     .center_size = optimum.center_size(),
                     .cost = CostUnitOf(optimum.cost()),
                     .prior_inflation = optimum.prior_inflation()});
}

}  // namespace isoshape

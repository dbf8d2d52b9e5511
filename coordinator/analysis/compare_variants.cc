#include "coordinator/analysis/compare_variants.h"

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "messages/analysis/estimate_proto.h"
#include "messages/campaign/campaign_variants.h"
#include "scaling/runs/budget_levels.h"
#include "scaling/statistics/paired.h"

namespace isoshape {
namespace {

constexpr double kDefaultLevel = 0.95;

// By budget, depth, width, then what else tells shapes apart, and seed.
using PairKey = std::tuple<double, int64_t, int64_t, std::string, int64_t>;

PairKey KeyOf(const VariantRun& run) {
  return {run.budget_flops, run.shape.depth(), run.shape.width(),
          run.shape.SerializeAsString(), run.seed};
}

using RunsByKey = std::map<PairKey, const VariantRun*>;

// A run and its partner in the reference.
struct Pair {
  const VariantRun* run;
  const VariantRun* reference;

  double difference() const { return *run->loss - *reference->loss; }
};

RunsByKey RunsOf(const CampaignResults& results, const std::string& variant,
                 double budget_flops) {
  RunsByKey runs;
  for (const VariantRun& run : results.variant_runs) {
    if (run.variant != variant) continue;
    if (budget_flops > 0 && !SameBudget(run.budget_flops, budget_flops)) {
      continue;
    }
    const VariantRun*& slot = runs[KeyOf(run)];
    if (slot == nullptr || (!slot->loss && run.loss)) slot = &run;
  }
  return runs;
}

// Means of one side of some pairs; `other` has its partner.
v1::VariantMeans MeansOf(const std::vector<Pair>& pairs,
                         const VariantRun* Pair::*side,
                         const VariantRun* Pair::*other) {
  v1::VariantMeans means;
  const auto count = static_cast<double>(pairs.size());
  double loss = 0, tokens = 0, flops = 0, parameters = 0;
  double memory = 0, step = 0;
  int with_memory = 0, with_step = 0;
  for (const Pair& pair : pairs) {
    const VariantRun& run = *(pair.*side);
    const VariantRun& partner = *(pair.*other);
    loss += *run.loss / count;
    tokens += run.tokens / count;
    flops += run.flops / count;
    parameters += run.parameters / count;
    if (run.peak_memory_bytes && partner.peak_memory_bytes) {
      memory += *run.peak_memory_bytes;
      ++with_memory;
    }
    if (run.step_seconds && partner.step_seconds) {
      step += *run.step_seconds;
      ++with_step;
    }
  }
  means.set_validation_loss(loss);
  means.set_tokens(tokens);
  means.set_flops(flops);
  means.set_parameters(parameters);
  if (with_memory > 0) means.set_peak_memory_bytes(memory / with_memory);
  if (with_step > 0) means.set_step_seconds(step / with_step);
  return means;
}

void SetDifference(const std::vector<Pair>& pairs, double level,
                   v1::PairedDifference* difference) {
  std::vector<double> differences;
  std::set<double> budgets;
  std::set<std::string> shapes;
  for (const Pair& pair : pairs) {
    differences.push_back(pair.difference());
    budgets.insert(pair.run->budget_flops);
    shapes.insert(pair.run->shape.SerializeAsString());
  }
  difference->set_pairs(static_cast<int>(pairs.size()));
  if (pairs.empty()) return;
  if (shapes.size() == 1) *difference->mutable_shape() = pairs[0].run->shape;
  if (budgets.size() == 1) difference->set_budget_flops(*budgets.begin());
  const PairedMean mean = MeanOfDifferences(differences, level);
  SetEstimate(mean.mean, level,
              absl::StrFormat("Student's t over %s",
                              Counted(std::ssize(pairs), "paired difference")),
              difference->mutable_difference());
  if (mean.deviation) difference->set_deviation(*mean.deviation);
  *difference->mutable_reference() =
      MeansOf(pairs, &Pair::reference, &Pair::run);
  *difference->mutable_variant() = MeansOf(pairs, &Pair::run, &Pair::reference);
}

void AddPair(const Pair& pair, v1::VariantComparison* comparison) {
  v1::VariantPair* const added = comparison->add_pairs();
  *added->mutable_shape() = pair.run->shape;
  added->set_budget_flops(pair.run->budget_flops);
  added->set_seed(pair.run->seed);
  added->set_trial(pair.run->trial);
  added->set_reference_trial(pair.reference->trial);
  added->set_difference(pair.difference());
}

v1::VariantComparison Compare(const std::string& variant, const RunsByKey& runs,
                              const RunsByKey& references, double level) {
  v1::VariantComparison comparison;
  comparison.set_variant(variant);
  std::vector<Pair> all;
  // The pairs of one shape and budget are together, as seeds follow each other.
  std::vector<std::vector<Pair>> by_shape;
  int diverged = 0, reference_diverged = 0, incomplete = 0;
  for (const auto& [key, run] : runs) {
    const auto found = references.find(key);
    const VariantRun* const reference =
        found == references.end() ? nullptr : found->second;
    if (run->loss && reference != nullptr && reference->loss) {
      const Pair pair = {run, reference};
      const bool same_shape =
          !all.empty() && all.back().run->budget_flops == run->budget_flops &&
          std::get<3>(KeyOf(*all.back().run)) == std::get<3>(key);
      if (!same_shape) by_shape.emplace_back();
      by_shape.back().push_back(pair);
      all.push_back(pair);
      AddPair(pair, &comparison);
    } else if (reference != nullptr && reference->loss && run->diverged) {
      ++diverged;
    } else if (run->loss && reference != nullptr && reference->diverged) {
      ++reference_diverged;
    } else if (run->loss || (reference != nullptr && reference->loss)) {
      ++incomplete;
    }
  }
  for (const auto& [key, reference] : references) {
    if (reference->loss && !runs.contains(key)) ++incomplete;
  }
  comparison.set_diverged(diverged);
  comparison.set_reference_diverged(reference_diverged);
  comparison.set_incomplete(incomplete);
  SetDifference(all, level, comparison.mutable_overall());
  for (const std::vector<Pair>& pairs : by_shape) {
    SetDifference(pairs, level, comparison.add_shapes());
  }
  return comparison;
}

// What a reader of differences of loss, memory and times must know.
void Warn(const v1::Campaign& campaign, const RunsByKey& references,
          const RunsByKey& runs, const v1::VariantComparison& comparison,
          v1::CompareVariantsResponse* response) {
  const std::string& name = comparison.variant();
  const v1::Campaign a = AsVariant(campaign, response->reference());
  const v1::Campaign b = AsVariant(campaign, name);
  std::vector<std::string> differing;
  if (a.dataset() != b.dataset()) differing.emplace_back("data");
  const v1::Shape& shape_a = a.space().base();
  const v1::Shape& shape_b = b.space().base();
  if (shape_a.objective() != shape_b.objective()) {
    differing.emplace_back("objective");
  }
  if (shape_a.vocab() != shape_b.vocab()) differing.emplace_back("vocabulary");
  if (shape_a.context() != shape_b.context()) differing.emplace_back("context");
  if (!differing.empty()) {
    response->add_warnings(absl::StrFormat(
        "%s and %s differ in %s: their losses are of different tasks, and the "
        "difference says nothing of the shapes",
        name, response->reference(), absl::StrJoin(differing, ", ")));
  }
  if (comparison.diverged() + comparison.reference_diverged() > 0) {
    response->add_warnings(absl::StrFormat(
        "%s of %s and %d of %s diverged while their partner did not; no "
        "difference shows these",
        Counted(comparison.diverged(), "trial"), name,
        comparison.reference_diverged(), response->reference()));
  }
  std::set<std::string> engines;
  for (const RunsByKey* side : {&references, &runs}) {
    for (const auto& [key, run] : *side) {
      if (run->loss && !run->engine.empty()) engines.insert(run->engine);
    }
  }
  if (engines.size() > 1) {
    response->add_warnings(absl::StrFormat(
        "memory and times of %s do not compare with those of %s, as the trials "
        "ran on engines %s; losses do",
        name, response->reference(), absl::StrJoin(engines, ", ")));
  }
}

absl::Status CheckRequest(const v1::CompareVariantsRequest& request) {
  if (request.level() != 0) {
    ISOSHAPE_RETURN_IF_ERROR(CheckLevel(request.level()));
  }
  if (!(std::isfinite(request.budget_flops()) && request.budget_flops() >= 0)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("budget_flops %g is not a finite number >= 0; 0 stands "
                        "for all budgets",
                        request.budget_flops()));
  }
  return absl::OkStatus();
}

// The variants that are asked for, beside the reference.
absl::StatusOr<std::vector<std::string>> VariantsOf(
    const v1::Campaign& campaign, const std::string& reference,
    const v1::CompareVariantsRequest& request) {
  std::vector<std::string> variants;
  for (const std::string& asked : request.variants()) {
    ISOSHAPE_ASSIGN_OR_RETURN(const std::string variant,
                              FindVariant(campaign, asked));
    if (variant == reference) {
      return absl::InvalidArgumentError(absl::StrCat(
          "variants names ", variant,
          ", which the others are compared with; leave it out, or give another "
          "reference"));
    }
    variants.push_back(variant);
  }
  if (variants.empty()) {
    variants = VariantNames(campaign);
    std::erase(variants, reference);
  }
  return variants;
}

}  // namespace

absl::StatusOr<v1::CompareVariantsResponse> CompareVariantsOfResults(
    const CampaignResults& results, const v1::CompareVariantsRequest& request) {
  const v1::Campaign& campaign = results.campaign;
  if (campaign.variants().empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        campaign.name(), " has no variants to compare; create a campaign with ",
        "variants (docs/campaign-file.md)"));
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckRequest(request));
  const double level = request.level() == 0 ? kDefaultLevel : request.level();
  v1::CompareVariantsResponse response;
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string reference,
                            FindVariant(campaign, request.reference()));
  response.set_reference(reference);
  ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<std::string> variants,
                            VariantsOf(campaign, reference, request));
  const RunsByKey references =
      RunsOf(results, reference, request.budget_flops());
  bool any = false;
  for (const std::string& variant : variants) {
    const RunsByKey runs = RunsOf(results, variant, request.budget_flops());
    v1::VariantComparison* const comparison = response.add_comparisons();
    *comparison = Compare(variant, runs, references, level);
    any = any || comparison->overall().pairs() > 0 ||
          comparison->diverged() + comparison->reference_diverged() > 0;
    Warn(campaign, references, runs, *comparison, &response);
  }
  if (any) return response;
  return absl::FailedPreconditionError(absl::StrCat(
      "of no shape, budget and seed of ", campaign.name(), " both ", reference,
      " and another variant have ended; wait for trials to end"));
}

}  // namespace isoshape

#include "coordinator/analysis/campaign_results.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "coordinator/analysis/shape_summary.h"
#include "messages/campaign_recipe.h"
#include "messages/measured_points.h"
#include "messages/resource_name.h"

namespace isoshape {

namespace {

// Why there is nothing to analyse: trials are to be waited for, or what went
// wrong with the first.
absl::Status NoResult(Store& store, const v1::Campaign& campaign) {
  const v1::TrialCounts& counts = campaign.trial_counts();
  const std::string what = absl::StrFormat(
      "%s has no result yet: no search trial has succeeded (%d pending, %d "
      "running, %d failed, %d diverged)",
      campaign.name(), counts.pending(), counts.leased(), counts.failed(),
      counts.diverged());
  if (counts.pending() + counts.leased() > 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(what, "; wait for trials to end"));
  }
  for (const v1::Trial::State state :
       {v1::Trial::FAILED, v1::Trial::DIVERGED}) {
    const auto trials =
        store.ListTrials(campaign.name(), state, {.after = {}, .limit = 1});
    if (!trials.ok() || trials->empty()) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        what, "; ", trials->front().name(), ": ", trials->front().error()));
  }
  return absl::FailedPreconditionError(what);
}

}  // namespace

absl::StatusOr<CampaignResults> ReadCampaignResults(Store& store,
                                                    const std::string& name) {
  ISOSHAPE_RETURN_IF_ERROR(CheckCampaignName(name));
  CampaignResults results;
  ISOSHAPE_ASSIGN_OR_RETURN(results.campaign, store.GetCampaign(name));
  std::vector<v1::Trial> used;
  int not_finite = 0;
  int excluded = 0;
  double max_epochs = 0;
  // A trial that diverged has points if trunks are shared.
  std::vector<v1::Trial::State> states = {v1::Trial::SUCCEEDED};
  if (SharesTrunks(results.campaign)) {
    states.push_back(v1::Trial::DIVERGED);
  }
  for (const v1::Trial::State state : states) {
    Page<int64_t> page;
    while (true) {
      ISOSHAPE_ASSIGN_OR_RETURN(std::vector<v1::Trial> trials,
                                store.ListTrials(name, state, page));
      if (trials.empty()) break;
      ISOSHAPE_ASSIGN_OR_RETURN(const TrialName last,
                                ParseTrialName(trials.back().name()));
      page.after = last.number;
      for (v1::Trial& trial : trials) {
        if (trial.purpose() == v1::Trial::VERIFICATION) continue;
        if (trial.excluded()) {
          ++excluded;
          continue;
        }
        if (MeasuredPoints(trial).empty()) {
          if (state == v1::Trial::SUCCEEDED) ++not_finite;
          continue;
        }
        max_epochs = std::max(max_epochs, trial.shape_card().epochs());
        used.push_back(std::move(trial));
      }
    }
  }
  if (used.empty()) {
    return NoResult(store, results.campaign);
  }
  results.trials = static_cast<int>(used.size());
  results.runs = ToRuns(used);
  results.shapes = SummarizeShapes(used);
  if (excluded > 0) {
    results.warnings.push_back(
        absl::StrCat(excluded, excluded == 1 ? " trial is" : " trials are",
                     " excluded and left out"));
  }
  if (not_finite > 0) {
    results.warnings.push_back(absl::StrCat(
        not_finite, " trials with a loss that is not above zero are left out"));
  }
  if (max_epochs > 4) {
    results.warnings.push_back(absl::StrFormat(
        "data was repeated up to %.1f times; beyond about four passes repeated "
        "tokens are worth less than new ones, which bends every trend",
        max_epochs));
  }
  return results;
}

Runs ToRuns(const std::vector<v1::Trial>& trials) {
  Runs runs;
  runs.measure = SizeMeasure::kFlopsPerToken;
  bool several = false;  // points of a trial
  for (const v1::Trial& trial : trials) {
    const std::vector<MeasuredPoint> points = MeasuredPoints(trial);
    several = several || points.size() > 1;
    for (const MeasuredPoint& point : points) {
      runs.size.push_back(trial.flops_per_token() / 6);
      runs.tokens.push_back(static_cast<double>(point.tokens));
      runs.loss.push_back(point.loss);
      runs.loss_stderr.push_back(point.loss_stderr);
      runs.params.push_back(static_cast<double>(trial.parameters()));
      runs.flops.push_back(point.flops);
      runs.width.push_back(static_cast<double>(trial.shape().width()));
      runs.depth.push_back(static_cast<double>(trial.shape().depth()));
      runs.budget.push_back(point.budget_flops);
      runs.seed.push_back(absl::StrCat(trial.seed()));
      runs.run.push_back(trial.name());
    }
  }
  if (!several) runs.run.clear();
  return runs;
}

}  // namespace isoshape

#include "coordinator/analysis/campaign_figure.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/status/status_macros.h"
#include "common/text/sorted_unique.h"
#include "coordinator/analysis/campaign_predict.h"
#include "coordinator/planning/planner.h"
#include "figures/build_figure.h"
#include "messages/analysis/law_proto.h"
#include "messages/campaign/campaign_space.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/campaign/tokens_per_step.h"
#include "messages/json/proto_time.h"
#include "messages/trial/lifecycle.h"

namespace isoshape {
namespace {

// The campaign's budgets and those of trials that users added, ascending.
std::vector<double> BudgetsOf(const v1::Campaign& campaign,
                              const std::vector<double>& of_runs) {
  std::vector<double> budgets(campaign.budgets().begin(),
                              campaign.budgets().end());
  budgets.insert(budgets.end(), of_runs.begin(), of_runs.end());
  return SortedUnique(std::move(budgets));
}

// What PredictShape says, by the figure's options.
absl::StatusOr<Prediction> PredictBy(const CampaignResults& results,
                                     const v1::GetFigureRequest& figure,
                                     double flops, std::optional<Law> law,
                                     int resamples) {
  v1::PredictShapeRequest request;
  request.set_campaign(results.campaign.name());
  request.set_target_flops(flops);
  if (law) request.set_law(ToProto(*law));
  request.set_resamples(resamples);
  request.set_seed(figure.seed());
  request.set_level(figure.level());
  return PredictionOfResults(results, request);
}

}  // namespace

absl::StatusOr<v1::Figure> FigureOfResults(
    const CampaignResults& results, const v1::GetFigureRequest& request) {
  const v1::Campaign& campaign = results.campaign;
  const bool base = results.variant.empty() || results.variant == kBaseVariant;
  return BuildFigure(
      {.name =
           base ? campaign.name()
                : absl::StrCat(campaign.name(), ", variant ", results.variant),
       .runs = &results.runs,
       .memo = results.memo,
       .numbers = results.numbers,
       .first_imported =
           results.runs.rows() - static_cast<size_t>(results.imported),
       .budgets = BudgetsOf(campaign, results.runs.budget),
       .target_flops = campaign.target_flops(),
       .side = results.side,
       .shapes = results.shapes,
       .space = BudgetSpace{.space = SpaceOfCampaign(campaign),
                            .tokens_per_step =
                                [&](double budget) {
                                  return TokensPerStepAt(campaign, budget);
                                }},
       .predict =
           [&](double flops, std::optional<Law> law, const LawOptions& fit) {
             return PredictBy(results, request, flops, law, fit.resamples);
           },
       .warnings = results.warnings},
      request);
}

absl::StatusOr<v1::Figure> ProgressOfTrials(
    const v1::Campaign& campaign, const std::vector<v1::Trial>& trials,
    absl::Time now, const v1::GetFigureRequest& request) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  std::vector<TrialSpan> spans;
  double planned = 0;
  for (const v1::Trial& trial : trials) {
    if (!IsTrainedHere(trial)) continue;
    TrialSpan& span = spans.emplace_back();
    span.state = trial.state();
    span.flops = PlannedFlops(trial);
    span.start =
        trial.has_start_time() ? UnixSeconds(trial.start_time()) : kNaN;
    span.end = trial.has_end_time() ? UnixSeconds(trial.end_time()) : kNaN;
    span.lost_leases = trial.lost_leases();
    if (trial.state() == v1::Trial::SUCCEEDED) continue;
    const double spent = trial.last_measurement().flops();
    if (trial.state() == v1::Trial::PENDING ||
        trial.state() == v1::Trial::LEASED) {
      planned += std::max(0.0, span.flops - spent);
    }
    span.flops = std::min(span.flops, spent);
  }
  const Runs none;
  return BuildFigure({.name = campaign.name(),
                      .runs = &none,
                      .budgets = BudgetsOf(campaign, {}),
                      .spans = spans,
                      .planned_flops = planned,
                      .now = absl::ToDoubleSeconds(now - absl::UnixEpoch())},
                     request);
}

absl::StatusOr<v1::Figure> FigureOfCurves(const v1::Campaign& campaign,
                                          const v1::ListCurvesResponse& curves,
                                          const v1::GetFigureRequest& request) {
  const Runs none;
  const std::vector<v1::Curve> given(curves.curves().begin(),
                                     curves.curves().end());
  return BuildFigure({.name = campaign.name(),
                      .runs = &none,
                      .budgets = BudgetsOf(campaign, {}),
                      .curves = given,
                      .matching_curves = curves.matching()},
                     request);
}

}  // namespace isoshape

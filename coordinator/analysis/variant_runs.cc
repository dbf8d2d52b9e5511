#include "coordinator/analysis/variant_runs.h"

#include <utility>

#include "messages/campaign/campaign_variants.h"
#include "messages/trial/lifecycle.h"
#include "messages/trial/measured_points.h"

namespace isoshape {

void AddVariantRuns(const v1::Campaign& campaign, const v1::Trial& trial,
                    std::vector<VariantRun>* runs) {
  if (!IsOfSearch(trial)) return;
  const v1::ShapeCard& card = trial.shape_card();
  VariantRun run;
  run.variant = VariantOf(trial);
  run.shape = ShapeInBase(campaign, trial);
  run.budget_flops = trial.budget_flops();
  run.seed = trial.seed();
  run.trial = trial.name();
  run.parameters = static_cast<double>(trial.parameters());
  run.engine = card.engine();
  if (card.has_peak_memory_bytes()) {
    run.peak_memory_bytes = static_cast<double>(card.peak_memory_bytes());
  }
  if (card.has_step_seconds()) run.step_seconds = card.step_seconds();
  bool whole = false;  // whether the trial's own end was measured
  for (const MeasuredPoint& point : MeasuredPoints(trial)) {
    VariantRun measured = run;
    measured.budget_flops = point.budget_flops;
    measured.loss = point.loss;
    measured.tokens = static_cast<double>(point.tokens);
    measured.flops = point.flops;
    whole = whole || point.budget_flops == trial.budget_flops();
    runs->push_back(std::move(measured));
  }
  if (whole || trial.excluded()) return;
  run.diverged = trial.state() == v1::Trial::DIVERGED;
  runs->push_back(std::move(run));
}

}  // namespace isoshape

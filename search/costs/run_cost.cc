#include "search/costs/run_cost.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_format.h"
#include "search/candidates.h"
#include "search/problem.h"

namespace isoshape {
namespace {

LogLinear::Figures FiguresOf(const SurfacePoint& place) {
  return {place.ln_flops, place.ln_size, place.ln_ratio.value_or(0)};
}

}  // namespace

RunCost::RunCost(CostUnit unit, const SearchSpace& space,
                 const std::vector<PastTrial>& history)
    : unit_(unit) {
  if (unit == CostUnit::kFlops) return;
  std::vector<LogLinear::Row> rows;
  for (const PastTrial& trial : history) {
    const double seconds = trial.seconds.value_or(0);
    if (!(std::isfinite(seconds) && seconds > 0)) continue;
    if (!HasOptionsOf(space, trial.shape)) continue;
    rows.push_back({.x = FiguresOf(PlaceOf(trial.shape, trial.budget_flops)),
                    .ln_y = std::log(seconds)});
  }
  timed_ = static_cast<int>(rows.size());
  if (timed_ < kMinTimed) return;
  seconds_.emplace(
      std::move(rows),
      LogLinear::Prior{
          .mean = {1, 0, 0}, .deviation = {0.2, 0.3, 0.3}, .noise = 0.1});
}

double RunCost::LnCost(const SurfacePoint& place) const {
  return seconds_ ? seconds_->At(FiguresOf(place)).mean : place.ln_flops;
}

std::string RunCost::SecondsText(const SurfacePoint& place) const {
  if (!seconds_) return "";
  return absl::StrFormat("about %.2g s", std::exp(LnCost(place)));
}

std::string RunCost::Note() const {
  if (unit_ == CostUnit::kFlops) return "";
  if (!seconds_) {
    return absl::StrFormat(
        "; costs are FLOPs until %d trials have their seconds, %d so far",
        kMinTimed, timed_);
  }
  return absl::StrFormat("; costs are seconds, by %d trials within %.2g %%",
                         timed_, 100 * seconds_->noise());
}

}  // namespace isoshape

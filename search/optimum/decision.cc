#include "search/optimum/decision.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "search/near_failure.h"
#include "search/optimum/history.h"
#include "search/optimum/repeats.h"

namespace isoshape {
namespace {

using State = PastTrial::State;

// The gain of a run counts for its cost to this power if neighbours share
// their errors: per FLOP alone the smallest would always be best, and be done
// by the hundred. Where they do not share any it is the power 1 that is right:
// what runs tell then adds up by their FLOPs.
constexpr double kCostPower = 0.5;
// Less than this of the score that a run would have if nothing were in flight
// is not worth to be spent at once: better to wait for what is.
constexpr double kWorthNow = 0.5;
// Of the start: sizes and aspect ratios this factor off the centre, and the
// second budget.
constexpr double kStartFactor = 4;
constexpr int kStartRuns = 7;
constexpr double kStartBudget = 3.2;

double RatioOf(const SurfacePoint& point) { return point.ln_ratio.value_or(0); }

double Square(double x) { return x * x; }

std::vector<SurfacePoint> PlacesOf(const std::vector<OptimumRun>& runs) {
  std::vector<SurfacePoint> places;
  for (const OptimumRun& run : runs) {
    if (run.state == State::kSucceeded) places.push_back(run.point);
  }
  return places;
}

std::vector<SurfacePoint> PointsOf(const OptimumQuestion& question) {
  std::vector<SurfacePoint> points;
  for (const OptimumCandidate& one : question.candidates) {
    points.push_back(one.point);
  }
  return points;
}

// The regret before the last run with a loss ended.
double RegretBefore(const OptimumQuestion& question,
                    std::vector<OptimumRun> runs) {
  DropLastLoss(runs);
  return ExpectedRegret(FitHistory(question, runs), question.ln_target,
                        question.with_ratios);
}

// Losses of its own without which nothing is certain: what earlier campaigns
// tell may be of other data, and the runs of the start show whether it holds.
int LeastLosses(const OptimumQuestion& question) {
  return question.evidence ? kStartRuns : 1;
}

// Adds the runs of the start that were never tried.
void AddStart(const OptimumQuestion& question,
              const std::vector<OptimumRun>& runs, OptimumDecision& decision) {
  for (const size_t place : StartPlaces(question)) {
    const SurfacePoint& point = question.candidates[place].point;
    const bool tried = std::any_of(
        runs.begin(), runs.end(),
        [&](const OptimumRun& run) { return SamePlace(run.point, point); });
    if (!tried) {
      decision.choices.push_back({.candidate = place, .start = true});
    }
  }
}

void AddDesigned(const OptimumQuestion& question,
                 const std::vector<OptimumRun>& runs,
                 OptimumDecision& decision) {
  OptimumChooser chooser(question, runs, decision.fit);
  int waiting = 0;
  for (const OptimumRun& run : runs) {
    if (!run.waits()) continue;
    chooser.Add(run.point);
    ++waiting;
  }
  const double least = std::exp(question.ln_low);
  const double most = MostInFlight(question, decision.spent);
  double left = most - decision.in_flight;
  Repeats repeats = RepeatsWanted(question, runs, decision);
  while (waiting < question.in_flight) {
    const double allowed = kFlopsSlack * std::max(least, left);
    auto best = repeats.wanted > 0
                    ? chooser.BestOf(repeats.candidates,
                                     std::min(allowed, repeats.max_flops))
                    : std::nullopt;
    const bool repeat = best.has_value();
    if (repeat) {
      repeats.Take(*best);
    } else {
      best = chooser.Best(allowed);
      if (!best) return;
    }
    if (waiting > 0 && !repeat) {
      const auto wanted = chooser.Best(kFlopsSlack * most);
      if (chooser.Score(*best) < kWorthNow * chooser.Score(*wanted)) return;
    }
    OptimumChoice& choice = decision.choices.emplace_back();
    choice.candidate = *best;
    choice.tells = repeat ? OptimumFigure::kScatter : chooser.Tells(*best);
    choice.before = chooser.regret();
    chooser.Take(*best);
    choice.after = chooser.regret();
    left -= std::exp(question.candidates[*best].point.ln_flops);
    ++waiting;
  }
}

}  // namespace

OptimumChooser::OptimumChooser(const OptimumQuestion& question,
                               const std::vector<OptimumRun>& runs,
                               const SurfaceFit& fit)
    : question_(question),
      surface_(fit.surface),
      design_(
          fit, PlacesOf(runs), PointsOf(question), question.ln_high,
          AimAtRegret(fit.surface, question.ln_target, question.with_ratios)),
      min_cost_(std::numeric_limits<double>::infinity()) {
  const SurfaceOptions options;
  cost_power_ = 1 - (1 - kCostPower) * fit.crowding / options.crowding;
  std::vector<SurfacePoint> failures;
  for (const OptimumRun& run : runs) {
    if (!run.waits() && run.state != State::kSucceeded && !run.blameless) {
      failures.push_back(run.point);
    }
  }
  for (const OptimumCandidate& one : question.candidates) {
    bool open = !NearFailure(one.point, failures);
    if (open && !question.repeats) {
      open = std::none_of(runs.begin(), runs.end(), [&](const auto& run) {
        return SamePlace(run.point, one.point);
      });
    }
    const double best = fit.surface.LnBestSize(one.point.ln_flops);
    const double v = one.point.ln_size - best;
    const double u = question.with_ratios
                         ? RatioOf(one.point) - fit.surface.LnBestRatio(best)
                         : 0;
    open_.push_back(open);
    window_.push_back(std::abs(v) <= std::log(options.size_window) &&
                      std::abs(u) <= std::log(options.ratio_window));
    off_.push_back(4 * v * v + u * u);
    min_cost_ = std::min(min_cost_, one.cost);
  }
}

double OptimumChooser::Flops(size_t candidate) const {
  return std::exp(question_.candidates[candidate].point.ln_flops);
}

double OptimumChooser::Score(size_t candidate) const {
  return design_.Gain(candidate) /
         std::pow(question_.candidates[candidate].cost / min_cost_,
                  cost_power_);
}

std::optional<size_t> OptimumChooser::Best(double max_flops) const {
  std::optional<size_t> best;
  std::optional<size_t> nearest;
  double most = -1;
  for (size_t i = 0; i < open_.size(); ++i) {
    if (!open_[i] || Flops(i) > max_flops) continue;
    if (!nearest || off_[i] < off_[*nearest]) nearest = i;
    if (!window_[i]) continue;
    const double score = Score(i);
    if (score <= most) continue;
    most = score;
    best = i;
  }
  return best ? best : nearest;
}

std::optional<size_t> OptimumChooser::BestOf(
    const std::vector<size_t>& candidates, double max_flops) const {
  std::optional<size_t> best;
  for (const size_t i : candidates) {
    if (!open_[i] || Flops(i) > max_flops) continue;
    if (!best || Score(i) > Score(*best)) best = i;
  }
  return best;
}

OptimumFigure OptimumChooser::Tells(size_t candidate) const {
  const double middle = (question_.ln_low + question_.ln_high) / 2;
  const auto told = [&](const Surface::Vector& gradient) {
    return design_.ShareTold(candidate, gradient);
  };
  const Surface::Vector slope = Surface::Vector::Unit(Surface::kSizeExponent);
  const Surface::Vector ratio = Surface::Vector::Unit(Surface::kRatio);
  const Surface::Vector drift = Surface::Vector::Unit(Surface::kRatioDrift);
  if (design_.RatioGain(candidate) > design_.Gain(candidate) / 2) {
    return told(ratio) > told(drift) ? OptimumFigure::kRatio
                                     : OptimumFigure::kRatioDrift;
  }
  return told(surface_.GradientOfLnBestSize(middle)) > told(slope)
             ? OptimumFigure::kSize
             : OptimumFigure::kSizeSlope;
}

void OptimumChooser::Take(size_t candidate) {
  design_.Add(question_.candidates[candidate].point);
  if (!question_.repeats) open_[candidate] = false;
}

double MostInFlight(const OptimumQuestion& question, double spent) {
  constexpr double kShare = 0.5;
  return std::max(std::exp(question.ln_low), kShare * spent);
}

std::vector<size_t> StartPlaces(const OptimumQuestion& question) {
  const double step = std::log(kStartFactor);
  const double second = question.ln_low + std::log(kStartBudget);
  const SurfaceFrame frame = question.Frame();
  double ratio = *frame.ln_best_ratio;
  double size = *frame.ln_best_size - (question.ln_high - question.ln_low) / 4;
  double size_there = size + std::log(kStartBudget) / 2;
  if (question.evidence) {
    const Surface known = FitHistory(question, {}).surface;
    size = known.LnBestSize(question.ln_low);
    size_there = known.LnBestSize(second);
    ratio = known.LnBestRatio(size);
  }
  const SurfacePoint wanted[] = {{question.ln_low, size, ratio},
                                 {question.ln_low, size - step, ratio},
                                 {question.ln_low, size + step, ratio},
                                 {question.ln_low, size, ratio + step},
                                 {question.ln_low, size, ratio - step},
                                 {second, size_there - step, ratio},
                                 {second, size_there + step, ratio}};
  std::vector<size_t> places;
  for (const SurfacePoint& want : wanted) {
    double least = std::numeric_limits<double>::infinity();
    size_t nearest = 0;
    for (size_t i = 0; i < question.candidates.size(); ++i) {
      const SurfacePoint& point = question.candidates[i].point;
      double off = 4 * Square(point.ln_size - want.ln_size) +
                   6 * Square(point.ln_flops - want.ln_flops);
      if (question.with_ratios) {
        off += Square(RatioOf(point) - RatioOf(want));
      }
      if (off >= least) continue;
      least = off;
      nearest = i;
    }
    if (least < std::numeric_limits<double>::infinity() &&
        std::find(places.begin(), places.end(), nearest) == places.end()) {
      places.push_back(nearest);
    }
  }
  return places;
}

OptimumDecision Decide(const OptimumQuestion& question,
                       std::vector<OptimumRun> runs) {
  SortHistory(runs);
  OptimumDecision decision;
  for (const OptimumRun& run : runs) {
    const double flops = std::exp(run.point.ln_flops);
    if (run.waits()) decision.in_flight += flops;
    if (run.state == State::kSucceeded || run.state == State::kDiverged) {
      decision.spent += flops;
    }
    decision.losses += run.state == State::kSucceeded ? 1 : 0;
    const bool failed =
        !run.waits() && run.state != State::kSucceeded && !run.blameless;
    decision.failures += failed ? 1 : 0;
  }
  decision.hopeless = IsHopeless(decision.losses, decision.failures);
  decision.fit = FitHistory(question, runs);
  const DesignAim aim = AimAtRegret(decision.fit.surface, question.ln_target,
                                    question.with_ratios);
  decision.ratio_part = aim.ratio.dot(decision.fit.covariance * aim.ratio);
  decision.regret =
      ExpectedRegret(decision.fit, question.ln_target, question.with_ratios);
  decision.certain = decision.losses >= LeastLosses(question) &&
                     decision.bound() <= question.tolerance &&
                     OptimumDecision::kBound * RegretBefore(question, runs) <=
                         question.tolerance;
  if (decision.certain || decision.hopeless) return decision;
  AddStart(question, runs, decision);
  if (decision.choices.empty()) AddDesigned(question, runs, decision);
  return decision;
}

}  // namespace isoshape

#include "search/optimum/optimum.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "scaling/runs/budget_levels.h"
#include "scaling/statistics/intervals.h"
#include "search/candidates.h"
#include "search/optimum/decision.h"
#include "search/optimum/earlier_runs.h"
#include "search/optimum/forecast.h"
#include "search/optimum/words.h"
#include "search/problem.h"
#include "shape/accounting.h"

namespace isoshape {
namespace {

OptimumQuestion QuestionOf(const OptimumOptions& options,
                           const SearchProblem& problem,
                           const std::vector<ShapeCandidate>& candidates,
                           const RunCost& cost) {
  OptimumQuestion question;
  question.ln_low = std::log(problem.budgets.front());
  question.ln_high = std::log(problem.budgets.back());
  question.ln_target = std::log(problem.target_flops);
  question.tolerance = options.tolerance;
  question.in_flight = options.in_flight;
  question.with_ratios = RatiosDiffer(candidates);
  if (options.center_size > 0) {
    question.ln_center_size = std::log(options.center_size);
  }
  if (options.center_aspect_ratio > 0) {
    question.ln_center_ratio = std::log(options.center_aspect_ratio);
  }
  question.evidence =
      EvidenceOfEarlier(question.Frame(), problem.priors,
                        options.prior_inflation, question.with_ratios);
  for (const ShapeCandidate& one : candidates) {
    OptimumCandidate& candidate = question.candidates.emplace_back();
    candidate.point = one.point;
    if (!question.with_ratios) candidate.point.ln_ratio.reset();
    candidate.cost = problem.budgets[one.budget];
    if (cost.in_seconds()) {
      candidate.seconds = std::exp(cost.LnCost(one.point));
      candidate.cost = candidate.seconds;
    }
  }
  return question;
}

// The weight of a loss beside others whose standard error is `usual`: only what
// is more than that counts, as that is in the scatter of all.
double WeightOf(const PastTrial& trial, double usual) {
  if (!trial.loss_stderr) return 1;
  const double noise = SurfaceOptions().noise_prior;
  const double error = *trial.loss_stderr / trial.validation_loss;
  return noise * noise /
         (noise * noise + std::max(0.0, error * error - usual * usual));
}

std::vector<OptimumRun> RunsOf(const OptimumQuestion& question,
                               const SearchSpace& space,
                               const std::vector<PastTrial>& history) {
  std::vector<double> errors;
  for (const PastTrial& trial : history) {
    if (trial.loss_stderr && HasOptionsOf(space, trial.shape)) {
      errors.push_back(*trial.loss_stderr / trial.validation_loss);
    }
  }
  const double usual = errors.empty() ? 0 : Median(std::move(errors));
  std::vector<OptimumRun> runs;
  for (const PastTrial& trial : history) {
    if (!HasOptionsOf(space, trial.shape)) continue;
    OptimumRun& run = runs.emplace_back();
    run.point = PlaceOf(trial.shape, trial.budget_flops);
    if (!question.with_ratios) run.point.ln_ratio.reset();
    run.state = trial.state;
    run.ended = trial.ended;
    run.blameless = trial.state == PastTrial::State::kFailed &&
                    !trial.speaks_against_shape();
    if (trial.state != PastTrial::State::kSucceeded) continue;
    if (!(std::isfinite(trial.validation_loss) && trial.validation_loss > 0)) {
      run.state = PastTrial::State::kFailed;
      continue;
    }
    run.ln_loss = std::log(trial.validation_loss);
    run.weight = WeightOf(trial, usual);
  }
  return runs;
}

// Which seeds of each shape and budget are in the history, by the largest.
class Seeds {
 public:
  explicit Seeds(const std::vector<PastTrial>& history) {
    for (const PastTrial& trial : history) {
      int64_t& next = Next(trial.shape, trial.budget_flops);
      next = std::max(next, trial.seed + 1);
    }
  }
  int64_t Take(const Shape& shape, double budget) {
    return Next(shape, budget)++;
  }

 private:
  using Key = std::tuple<int64_t, int64_t, int64_t>;
  int64_t& Next(const Shape& shape, double budget) {
    auto& budgets = next_[{shape.depth, shape.width, shape.ffn_width}];
    for (auto& [one, next] : budgets) {
      if (SameBudget(one, budget)) return next;
    }
    return budgets.emplace_back(budget, 0).second;
  }
  // The budgets at which a shape was trained, each with its next seed.
  std::map<Key, std::vector<std::pair<double, int64_t>>> next_;
};

absl::Status CheckTarget(const SearchProblem& problem) {
  if (std::isfinite(problem.target_flops) && problem.target_flops > 0) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrFormat(
      "target_flops %g is not above 0; give the compute whose best shape is "
      "asked for",
      problem.target_flops));
}

// Enough different shapes to compare.
absl::Status CheckShapes(const SearchProblem& problem,
                         const std::vector<ShapeCandidate>& candidates) {
  constexpr size_t kMinShapes = 7;
  std::set<std::pair<int64_t, int64_t>> shapes;
  for (const ShapeCandidate& one : candidates) {
    shapes.insert({one.shape.depth, one.shape.width});
  }
  if (shapes.size() >= kMinShapes) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrFormat(
      "the space has %d different shapes that are feasible from %s to %s FLOPs "
      "and the algorithm optimum compares %d or more; widen the bounds of "
      "depth and width, or raise the largest budget",
      shapes.size(), FormatFlops(problem.budgets.front()),
      FormatFlops(problem.budgets.back()), kMinShapes));
}

// Until the tolerance is reached, as far as it looks.
OptimumForecast WholeForecast(const OptimumQuestion& question,
                              const std::vector<OptimumRun>& runs,
                              const OptimumDecision& decision) {
  return Forecast(question, runs, decision, kUnlimited,
                  decision.losses == 0 ? kForecastRuns : kLaterForecastRuns);
}

// FLOPs of the trials after those that are proposed now; none if the tolerance
// is not reached.
std::optional<double> LaterFlops(const OptimumDecision& decision,
                                 const OptimumForecast& all, bool gives_up,
                                 const Proposals& proposals) {
  if (proposals.done || gives_up) return 0;
  if (!all.enough) return std::nullopt;
  double known = decision.in_flight;
  for (const Proposal& one : proposals.trials) known += one.budget_flops;
  return std::max(0.0, all.flops - known);
}

// Whether the FLOPs allowed reach the tolerance, as far as can be said before
// any run.
absl::Status CheckReach(const SearchProblem& problem,
                        const OptimumQuestion& question,
                        const OptimumDecision& decision) {
  if (problem.total_flops <= 0) return absl::OkStatus();
  const OptimumForecast needed =
      Forecast(question, {}, decision, kUnlimited, kForecastRuns);
  if (needed.flops <= problem.total_flops) return absl::OkStatus();
  const OptimumForecast there =
      Forecast(question, {}, decision, problem.total_flops, kForecastRuns);
  return absl::InvalidArgumentError(absl::StrFormat(
      "tolerance %g at %s FLOPs would take %s %s FLOPs and total_flops is "
      "%s, enough for about %.2g; raise total_flops, allow that tolerance, or "
      "choose a target nearer to the largest budget, %s",
      question.tolerance, FormatFlops(problem.target_flops),
      needed.enough ? "about" : "more than", FormatFlops(needed.flops),
      FormatFlops(problem.total_flops), OptimumDecision::kBound * there.regret,
      FormatFlops(problem.budgets.back())));
}

}  // namespace

absl::StatusOr<Proposals> OptimumSearch::Propose(
    const SearchProblem& problem, const std::vector<PastTrial>& history) const {
  ISOSHAPE_RETURN_IF_ERROR(CheckProblem(problem, history.empty()));
  ISOSHAPE_RETURN_IF_ERROR(CheckTarget(problem));
  const std::vector<ShapeCandidate> candidates = CandidatesOf(problem);
  const RunCost cost(options_.cost, problem.space, history);
  const OptimumQuestion question =
      QuestionOf(options_, problem, candidates, cost);
  const std::vector<OptimumRun> runs = RunsOf(question, problem.space, history);
  const OptimumDecision decision = Decide(question, runs);
  if (history.empty()) {
    ISOSHAPE_RETURN_IF_ERROR(CheckShapes(problem, candidates));
    ISOSHAPE_RETURN_IF_ERROR(CheckReach(problem, question, decision));
  }
  const OptimumForecast all = WholeForecast(question, runs, decision);
  // Who gave a limit has agreed to spend that.
  const bool gives_up =
      problem.total_flops <= 0 && TooDear(question, runs, decision, all);
  Proposals proposals;
  Seeds seeds(history);
  for (const OptimumChoice& choice : decision.choices) {
    if (gives_up) break;
    const ShapeCandidate& chosen = candidates[choice.candidate];
    Proposal& proposal = proposals.trials.emplace_back();
    proposal.shape = chosen.shape;
    proposal.budget_flops = problem.budgets[chosen.budget];
    proposal.seed = seeds.Take(chosen.shape, proposal.budget_flops);
    proposal.reason = ReasonFor(question, decision, choice);
  }
  proposals.done =
      decision.certain || (proposals.trials.empty() && decision.in_flight == 0);
  proposals.note = NoteOn(question, runs, decision, all, gives_up);
  if (proposals.done && gives_up) {
    proposals.note =
        absl::StrCat("done, as the tolerance takes too much: ", proposals.note);
  }
  if (!proposals.done) absl::StrAppend(&proposals.note, cost.Note());
  absl::StrAppend(&proposals.note,
                  EarlierText(problem.priors, options_.prior_inflation));
  proposals.later_flops = LaterFlops(decision, all, gives_up, proposals);
  return proposals;
}

}  // namespace isoshape

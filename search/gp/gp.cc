#include "search/gp/gp.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "search/candidates.h"
#include "search/gp/improvement.h"
#include "search/gp/past_shapes.h"
#include "search/gp/process.h"
#include "search/gp/range.h"
#include "search/in_flight.h"
#include "search/near_failure.h"
#include "search/problem.h"
#include "search/spread/sobol_points.h"

namespace isoshape {
namespace {

// So many shapes of the start are replaced at each budget if they fail.
constexpr int kMaxReplaced = 10;
// Budgets that the start draws at: two, so that the slope in compute is known.
constexpr size_t kStartBudgets = 2;

using ShapeKey = std::tuple<size_t, int64_t, int64_t, int64_t>;
ShapeKey KeyOf(size_t budget, const Shape& shape) {
  return {budget, shape.depth, shape.width, shape.ffn_width};
}

GpFrame FrameOf(const GpOptions& options, const SearchProblem& problem) {
  GpFrame frame;
  for (size_t b = 0; b < problem.budgets.size(); ++b) {
    frame.ln_budgets.push_back(std::log(problem.budgets[b]));
    frame.ln_centers.push_back(
        std::log(SpreadCenter(options.draw, problem, b)));
  }
  return frame;
}

// One answer of the search.
class Round {
 public:
  Round(const GpOptions& options, const SearchProblem& problem,
        const std::vector<PastTrial>& history)
      : options_(options),
        problem_(problem),
        index_(problem, history),
        frame_(FrameOf(options, problem)),
        past_(PastShapes(problem, history, index_)),
        in_flight_(history, options.in_flight),
        used_(problem.budgets.size(), 0),
        alive_(problem.budgets.size(), 0),
        open_improvement_(problem.budgets.size()) {
    for (const PastShape& one : past_) {
      tried_.insert(KeyOf(one.budget, one.shape));
      ++used_[one.budget];
      losses_ += one.has_loss() ? 1 : 0;
      if (one.waits() || one.has_loss()) {
        ++alive_[one.budget];
        continue;
      }
      // Those that a user left out tell nothing of what is near them.
      if (one.excluded()) continue;
      failures_.push_back(one.point);
    }
  }

  Proposals Answer() {
    AddMissingSeeds();
    const bool hopeless =
        IsHopeless(losses_, static_cast<int>(failures_.size()));
    if (!hopeless && !Start()) Design();
    answer_.done = in_flight_.count() == 0;
    WriteNote(hopeless);
    return std::move(answer_);
  }

 private:
  bool HasRoom() const { return in_flight_.HasRoom(problem_.seeds); }

  bool HasTrialsLeft(size_t budget) const {
    return used_[budget] < options_.draw.trials_per_budget;
  }

  void Append(size_t budget, const Shape& shape, const std::string& reason) {
    const size_t before = answer_.trials.size();
    index_.AppendMissing(budget, shape, reason, &answer_.trials);
    in_flight_.Add(static_cast<int64_t>(answer_.trials.size() - before));
  }

  // Of shapes that are there, as more seeds were asked for or a user added one
  // alone: means are to be of as many runs. Where they have no room, whole
  // shapes have none either.
  void AddMissingSeeds() {
    for (const PastShape& one : past_) {
      if (one.outcome.missing == 0) continue;
      if (!in_flight_.HasRoom(one.outcome.missing)) return;
      Append(one.budget, one.shape,
             "Gaussian process: another seed of a shape that is there");
    }
  }

  void Propose(size_t budget, const Shape& shape, const std::string& reason) {
    Append(budget, shape, reason);
    tried_.insert(KeyOf(budget, shape));
    ++used_[budget];
    ++alive_[budget];
  }

  // Proposes Sobol points at the budgets of the start as long as those have too
  // few shapes with a loss or to come, be they of the start or not. True if any
  // was wanted.
  bool Start() {
    bool some = false;
    const int wanted =
        std::min(options_.start_trials, options_.draw.trials_per_budget);
    for (size_t b = 0; b < std::min(kStartBudgets, problem_.budgets.size());
         ++b) {
      const auto is_wanted = [&] {
        return alive_[b] < wanted && HasTrialsLeft(b);
      };
      if (!is_wanted()) continue;
      SpreadOptions draw = options_.draw;
      draw.trials_per_budget = wanted + kMaxReplaced;
      const auto shapes =
          DrawShapes(draw, problem_, b, std::exp(frame_.ln_centers[b]), b,
                     ScrambledSobolPoint);
      if (!shapes.ok()) continue;
      for (size_t i = 0; i < shapes->size() && is_wanted(); ++i) {
        const Shape& shape = (*shapes)[i];
        if (tried_.count(KeyOf(b, shape)) > 0 ||
            NearFailure(PlaceOf(shape, problem_.budgets[b]), failures_)) {
          continue;
        }
        some = true;
        if (!HasRoom()) return true;
        Propose(b, shape,
                absl::StrFormat("Gaussian process: Sobol point %d at %g FLOPs, "
                                "of which the start has %d there",
                                i + 1, problem_.budgets[b], wanted));
      }
    }
    return some;
  }

  // Proposes by expected improvement, as long as there is room.
  void Design() {
    const std::vector<GpRow> rows = RowsOf(past_, frame_);
    if (rows.size() < GaussianProcess::MinRows(rows)) return;
    process_ = std::make_unique<GaussianProcess>(rows);
    CollectCandidates();
    std::vector<GpPlace> places;
    for (const ShapeCandidate& one : candidates_) {
      places.push_back(frame_.PlaceOf(one.budget, one.point));
    }
    const size_t first_past = places.size();
    for (const PastShape& one : past_) {
      if (one.has_loss() || one.waits()) {
        places.push_back(frame_.PlaceOf(one.budget, one.point));
        place_budgets_.push_back(one.budget);
      }
    }
    forecast_ = std::make_unique<GpForecast>(*process_, std::move(places));
    SetIncumbents(first_past);
    size_t place = first_past;
    for (const PastShape& one : past_) {
      if (!one.has_loss() && !one.waits()) continue;
      if (one.waits()) forecast_->Add(place, problem_.seeds);
      ++place;
    }
    while (const std::optional<size_t> best = Best()) {
      if (!HasRoom()) return;
      Take(*best);
    }
  }

  // The shapes in range that were not tried at a budget and are not near a
  // failure.
  void CollectCandidates() {
    for (const ShapeCandidate& one :
         CandidatesInRange(options_.draw, problem_, frame_)) {
      if (tried_.count(KeyOf(one.budget, one.shape)) == 0 &&
          !NearFailure(one.point, failures_)) {
        candidates_.push_back(one);
      }
    }
  }

  // The least loss that is expected of what was tried at each budget; of one at
  // which nothing was, of its candidates.
  void SetIncumbents(size_t first_past) {
    const double none = std::numeric_limits<double>::infinity();
    incumbent_.assign(problem_.budgets.size(), none);
    for (size_t i = 0; i < place_budgets_.size(); ++i) {
      double& best = incumbent_[place_budgets_[i]];
      best = std::min(best, forecast_->mean(first_past + i));
    }
    const std::vector<double> of_past = incumbent_;
    for (size_t i = 0; i < candidates_.size(); ++i) {
      const size_t b = candidates_[i].budget;
      if (of_past[b] < none) continue;
      incumbent_[b] = std::min(incumbent_[b], forecast_->mean(i));
    }
  }

  double LogImprovement(size_t candidate) const {
    return LogExpectedImprovement(forecast_->mean(candidate),
                                  forecast_->deviation(candidate),
                                  incumbent_[candidates_[candidate].budget]);
  }

  // The candidate of most expected improvement for its FLOPs, where that is the
  // tolerance or more and the budget has trials left, or else the first of a
  // budget; and notes how much is left at each.
  std::optional<size_t> Best() {
    std::fill(open_improvement_.begin(), open_improvement_.end(), std::nullopt);
    std::optional<size_t> best;
    double most = -std::numeric_limits<double>::infinity();
    for (size_t i = 0; i < candidates_.size(); ++i) {
      const ShapeCandidate& one = candidates_[i];
      if (tried_.count(KeyOf(one.budget, one.shape)) > 0) continue;
      const double improvement = LogImprovement(i);
      std::optional<double>& open = open_improvement_[one.budget];
      open = std::max(open.value_or(0), std::exp(improvement));
      if (improvement < std::log(options_.tolerance) ||
          !HasTrialsLeft(one.budget)) {
        continue;
      }
      const double score = improvement - frame_.ln_budgets[one.budget];
      if (score <= most) continue;
      most = score;
      best = i;
    }
    return best ? best : FirstOfABudget();
  }

  // Of the smallest budget with trials left at which nothing has a loss or is
  // to come the candidate of least expected loss: however sure it is, a loss
  // that nobody has measured is no answer.
  std::optional<size_t> FirstOfABudget() const {
    std::optional<size_t> best;
    for (size_t i = 0; i < candidates_.size(); ++i) {
      const size_t b = candidates_[i].budget;
      if (alive_[b] > 0 || !HasTrialsLeft(b)) continue;
      if (best && candidates_[*best].budget < b) break;
      if (!best || forecast_->mean(i) < forecast_->mean(*best)) best = i;
    }
    return best;
  }

  std::string ReasonFor(size_t candidate) const {
    const size_t b = candidates_[candidate].budget;
    const std::string loss =
        absl::StrFormat("loss %.4g within %.2g %% is expected",
                        std::exp(forecast_->mean(candidate)),
                        100 * forecast_->deviation(candidate));
    if (alive_[b] == 0) {
      return absl::StrFormat(
          "the first at %g FLOPs%s: %s", problem_.budgets[b],
          used_[b] > 0
              ? absl::StrCat(" after ", used_[b], " that ended without a loss")
              : "",
          loss);
    }
    return absl::StrFormat(
        "expected to improve the best loss at %g FLOPs by %.2g %%, most for "
        "its cost: %s, and of the best there %.4g",
        problem_.budgets[b], 100 * std::exp(LogImprovement(candidate)), loss,
        std::exp(incumbent_[b]));
  }

  void Take(size_t candidate) {
    const ShapeCandidate& one = candidates_[candidate];
    Propose(one.budget, one.shape, ReasonFor(candidate));
    forecast_->Add(candidate, problem_.seeds);
    double& best = incumbent_[one.budget];
    best = std::min(best, forecast_->mean(candidate));
  }

  std::string BestText() const {
    const PastShape* best = nullptr;
    for (const PastShape& one : past_) {
      if (!one.has_loss()) continue;
      if (best == nullptr || one.budget > best->budget ||
          (one.budget == best->budget &&
           *one.outcome.loss < *best->outcome.loss)) {
        best = &one;
      }
    }
    if (best == nullptr) return "";
    return absl::StrFormat("; best %s at %g FLOPs, loss %.4g",
                           ShapeLabel(best->shape),
                           problem_.budgets[best->budget], *best->outcome.loss);
  }

  // How a budget stands, once there is a process.
  std::string BudgetText(size_t budget) const {
    const std::optional<double>& open = open_improvement_[budget];
    return absl::StrFormat(
        "%g: %s, %d of %d trials", problem_.budgets[budget],
        open ? absl::StrFormat("%.2g %%", 100 * *open) : "no shape left",
        used_[budget], options_.draw.trials_per_budget);
  }

  void WriteNote(bool hopeless) {
    std::string& note = answer_.note;
    note =
        absl::StrFormat("Gaussian process of %d shapes with a loss", losses_);
    if (!failures_.empty()) {
      absl::StrAppend(&note, ", ", failures_.size(), " failed or diverged");
    }
    if (hopeless) {
      absl::StrAppend(&note, ": ", kHopelessText);
    } else if (process_ != nullptr) {
      absl::StrAppend(&note, "; improvement that is still expected at ");
      for (size_t b = 0; b < problem_.budgets.size(); ++b) {
        absl::StrAppend(&note, b > 0 ? "; " : "", BudgetText(b));
      }
    } else if (answer_.done) {
      absl::StrAppend(&note,
                      ", too few for a model; widen the bounds of depth and "
                      "width, or see why the others failed");
    }
    absl::StrAppend(&note, BestText());
    if (in_flight_.count() > 0) {
      absl::StrAppend(&note, "; ", WaitingText(in_flight_.count()));
    } else if (process_ != nullptr) {
      absl::StrAppendFormat(&note,
                            "; done: no budget with trials left is expected to "
                            "improve by %g %%",
                            100 * options_.tolerance);
    }
  }

  const GpOptions& options_;
  const SearchProblem& problem_;
  const TrialIndex index_;
  const GpFrame frame_;
  const std::vector<PastShape> past_;
  InFlight in_flight_;
  int losses_ = 0;
  std::set<ShapeKey> tried_;
  // Shapes tried at each budget, and those with a loss or to come.
  std::vector<int> used_, alive_;
  std::vector<SurfacePoint> failures_;
  Proposals answer_;
  std::unique_ptr<GaussianProcess> process_;
  std::vector<ShapeCandidate> candidates_;
  std::vector<size_t> place_budgets_;     // of the past shapes of forecast_
  std::unique_ptr<GpForecast> forecast_;  // candidates, then past shapes
  std::vector<double> incumbent_;         // ln loss, by budget
  // The most that is expected at each budget; none if no shape is left.
  std::vector<std::optional<double>> open_improvement_;
};

}  // namespace

absl::StatusOr<Proposals> GpSearch::Propose(
    const SearchProblem& problem, const std::vector<PastTrial>& history) const {
  ISOSHAPE_RETURN_IF_ERROR(CheckProblem(problem, history.empty()));
  return Round(options_, problem, history).Answer();
}

}  // namespace isoshape

#include "search/kriging/round.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "common/threads/cancellation.h"
#include "search/kriging/range.h"
#include "search/near_failure.h"
#include "search/spread/sobol_points.h"

namespace isoshape {
namespace {

// So many shapes of the start are replaced at each budget if they fail.
constexpr int kMaxReplaced = 10;

GpFrame FrameOf(const SpreadOptions& draw, const SearchProblem& problem) {
  GpFrame frame;
  for (size_t b = 0; b < problem.budgets.size(); ++b) {
    frame.ln_budgets.push_back(std::log(problem.budgets[b]));
    frame.ln_centers.push_back(std::log(SpreadCenter(draw, problem, b)));
  }
  return frame;
}

}  // namespace

KrigingRound::KrigingRound(KrigingOptions options, KrigingWords words,
                           const SearchProblem& problem,
                           const std::vector<PastTrial>& history)
    : options_(options),
      words_(std::move(words)),
      problem_(problem),
      index_(problem, history),
      frame_(FrameOf(options_.draw, problem)),
      past_(PastShapes(problem, history, index_)),
      in_flight_(history, options_.in_flight),
      used_(problem.budgets.size(), 0),
      alive_(problem.budgets.size(), 0),
      open_promise_(problem.budgets.size()) {
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

Proposals KrigingRound::Answer() {
  // What may not be tried is nothing that a budget could begin from.
  for (const PastShape& one : past_) {
    if ((one.waits() || one.has_loss()) && !MayTry(one.budget, one.shape)) {
      --alive_[one.budget];
      ++above_;
    }
  }
  AddMissingSeeds();
  const bool hopeless = IsHopeless(losses_, static_cast<int>(failures_.size()));
  if (!hopeless && !Start()) Design();
  answer_.done = in_flight_.count() == 0;
  WriteNote(hopeless);
  return std::move(answer_);
}

bool KrigingRound::MayStillTry(size_t budget, const Shape& shape,
                               const SurfacePoint& point) const {
  return tried_.count(KeyOf(budget, shape)) == 0 &&
         !NearFailure(point, failures_) && MayTry(budget, shape);
}

void KrigingRound::Append(size_t budget, const Shape& shape,
                          const std::string& reason) {
  const size_t before = answer_.trials.size();
  index_.AppendMissing(budget, shape, reason, &answer_.trials);
  in_flight_.Add(static_cast<int64_t>(answer_.trials.size() - before));
}

// Of shapes that are there, as more seeds were asked for or a user added one
// alone: means are to be of as many runs. Where they have no room, whole shapes
// have none either.
void KrigingRound::AddMissingSeeds() {
  for (const PastShape& one : past_) {
    if (one.outcome.missing == 0) continue;
    if (!in_flight_.HasRoom(one.outcome.missing)) return;
    Append(
        one.budget, one.shape,
        absl::StrCat(words_.name, ": another seed of a shape that is there"));
  }
}

void KrigingRound::Propose(size_t budget, const Shape& shape,
                           const std::string& reason) {
  Append(budget, shape, reason);
  tried_.insert(KeyOf(budget, shape));
  ++used_[budget];
  ++alive_[budget];
}

// Proposes Sobol points at the budgets of the start as long as those have too
// few shapes with a loss or to come, be they of the start or not. True if any
// was wanted.
bool KrigingRound::Start() {
  bool some = false;
  const int wanted =
      std::min(options_.start_trials, options_.draw.trials_per_budget);
  for (size_t b = 0;
       b < std::min(options_.start_budgets, problem_.budgets.size()); ++b) {
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
      if (!MayStillTry(b, shape, PlaceOf(shape, problem_.budgets[b]))) continue;
      some = true;
      if (!HasRoom()) return true;
      Propose(b, shape,
              absl::StrFormat("%s: Sobol point %d at %s FLOPs, of which the "
                              "start has %d there",
                              words_.name, i + 1,
                              FormatFlops(problem_.budgets[b]), wanted));
    }
  }
  return some;
}

// Proposes by what candidates promise, as long as there is room.
void KrigingRound::Design() {
  for (const ShapeCandidate& one :
       CandidatesInRange(options_.draw, problem_, frame_)) {
    if (MayStillTry(one.budget, one.shape, one.point)) {
      candidates_.push_back(one);
    }
  }
  const std::vector<GpRow> rows = RowsOf(past_, frame_);
  if (rows.size() < GaussianProcess::MinRows(rows)) {
    ProposeWithoutModel();
    return;
  }
  process_ = std::make_unique<GaussianProcess>(rows);
  std::vector<GpPlace> places;
  for (const ShapeCandidate& one : candidates_) {
    places.push_back(frame_.PlaceOf(one.budget, one.point));
  }
  past_places_.resize(past_.size());
  for (size_t i = 0; i < past_.size(); ++i) {
    if (!past_[i].has_loss() && !past_[i].waits()) continue;
    past_places_[i] = places.size();
    places.push_back(frame_.PlaceOf(past_[i].budget, past_[i].point));
  }
  forecast_ = std::make_unique<GpForecast>(*process_, std::move(places));
  Begin();
  for (size_t i = 0; i < past_.size(); ++i) {
    if (past_[i].waits()) forecast_->Add(*past_places_[i], problem_.seeds);
  }
  while (const std::optional<size_t> best = Best()) {
    if (!HasRoom() || Cancelled()) return;
    const ShapeCandidate& one = candidates_[*best];
    Propose(one.budget, one.shape, ReasonFor(*best));
    forecast_->Add(*best, problem_.seeds);
    Took(*best);
  }
}

// No point of the start may be tried, as those that were lie above a limit, and
// they are too few for a model: of the candidates the one whose size is nearest
// to what would be the middle, one at a time. Where trials failed without any
// limit, nothing says that another shape would not.
void KrigingRound::ProposeWithoutModel() {
  if (above_ == 0) return;
  if (in_flight_.count() > 0) return;
  const ShapeCandidate* nearest = nullptr;
  const auto off = [&](const ShapeCandidate& one) {
    return std::abs(one.point.ln_size - frame_.ln_centers[one.budget]);
  };
  for (const ShapeCandidate& one : candidates_) {
    if (!HasTrialsLeft(one.budget)) continue;
    if (nearest != nullptr && one.budget > nearest->budget) break;
    if (nearest == nullptr || off(one) < off(*nearest)) nearest = &one;
  }
  if (nearest == nullptr) return;
  Propose(nearest->budget, nearest->shape,
          absl::StrFormat("%s: of the shapes at %s FLOPs that may keep the "
                          "limits the one nearest to the middle of the sizes, "
                          "as too few points of the start do for a model",
                          words_.name,
                          FormatFlops(problem_.budgets[nearest->budget])));
}

// The candidate that promises most for its cost, where that is the tolerance or
// more and the budget has trials left, or else the first of a budget; and notes
// how much is left at each.
std::optional<size_t> KrigingRound::Best() {
  std::fill(open_promise_.begin(), open_promise_.end(), std::nullopt);
  std::optional<size_t> best;
  double most = -std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < candidates_.size(); ++i) {
    const ShapeCandidate& one = candidates_[i];
    if (tried_.count(KeyOf(one.budget, one.shape)) > 0) continue;
    const double promise = LogPromise(i);
    std::optional<double>& open = open_promise_[one.budget];
    open = std::max(open.value_or(0), std::exp(promise));
    if (promise < std::log(options_.tolerance) || !HasTrialsLeft(one.budget)) {
      continue;
    }
    const double score = promise - LnCost(i);
    if (score <= most) continue;
    most = score;
    best = i;
  }
  return best ? best : FirstOfABudget();
}

// Of the smallest budget with trials left at which nothing has a loss or is to
// come the candidate of least expected loss: however sure it is, a loss that
// nobody has measured is no answer.
std::optional<size_t> KrigingRound::FirstOfABudget() const {
  std::optional<size_t> best;
  for (size_t i = 0; i < candidates_.size(); ++i) {
    const size_t b = candidates_[i].budget;
    if (alive_[b] > 0 || !HasTrialsLeft(b)) continue;
    if (best && candidates_[*best].budget < b) break;
    if (!best || forecast_->mean(i) < forecast_->mean(*best)) best = i;
  }
  return best;
}

std::string KrigingRound::ExpectedLossText(size_t candidate) const {
  return absl::StrFormat("loss %.4g within %.2g %% is expected",
                         std::exp(forecast_->mean(candidate)),
                         100 * forecast_->deviation(candidate));
}

std::string KrigingRound::ReasonFor(size_t candidate) const {
  const size_t b = candidates_[candidate].budget;
  if (alive_[b] > 0) return PromiseText(candidate);
  return absl::StrFormat(
      "the first at %s FLOPs%s: %s", FormatFlops(problem_.budgets[b]),
      used_[b] > 0
          ? absl::StrCat(" after ", used_[b],
                         " that ended without a loss or lie above a limit")
          : "",
      ExpectedLossText(candidate));
}

// How a budget stands, once there is a process.
std::string KrigingRound::BudgetText(size_t budget) const {
  const std::optional<double>& open = open_promise_[budget];
  return absl::StrFormat(
      "%s: %s, %d of %d trials", FormatFlops(problem_.budgets[budget]),
      open ? absl::StrFormat("%.2g %%", 100 * *open) : "no shape left",
      used_[budget], options_.draw.trials_per_budget);
}

void KrigingRound::WriteNote(bool hopeless) {
  std::string& note = answer_.note;
  note = absl::StrFormat("%s of %s with a loss", words_.model,
                         Counted(losses_, "shape"));
  if (!failures_.empty()) {
    absl::StrAppend(&note, ", ", failures_.size(), " failed or diverged");
  }
  if (hopeless) {
    absl::StrAppend(&note, ": ", kHopelessText);
  } else if (process_ != nullptr) {
    absl::StrAppend(&note, "; ", words_.promised, " at ");
    for (size_t b = 0; b < problem_.budgets.size(); ++b) {
      absl::StrAppend(&note, b > 0 ? "; " : "", BudgetText(b));
    }
  } else if (answer_.done) {
    absl::StrAppend(&note,
                    ", too few for a model; widen the bounds of depth "
                    "and width, or ",
                    above_ > 0 ? "raise the limits, which no other shape keeps"
                               : "see why the others failed");
  }
  absl::StrAppend(&note, StandText());
  if (in_flight_.count() > 0) {
    absl::StrAppend(&note, "; ", WaitingText(in_flight_.count()));
  } else if (process_ != nullptr) {
    absl::StrAppend(&note, "; done: ", words_.done);
  }
}

}  // namespace isoshape

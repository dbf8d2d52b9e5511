#ifndef ISOSHAPE_SEARCH_KRIGING_ROUND_H_
#define ISOSHAPE_SEARCH_KRIGING_ROUND_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "search/candidates.h"
#include "search/in_flight.h"
#include "search/interface.h"
#include "search/kriging/past_shapes.h"
#include "search/kriging/process.h"
#include "search/spread/draw.h"
#include "search/trial_index.h"

namespace isoshape {

// Options that searches by a Gaussian process share.
struct KrigingOptions {
  SpreadOptions draw = {};  // trials_per_budget: at most so many
  int in_flight = 4;
  // A budget is closed when no candidate promises so much.
  double tolerance = 0.002;
  int start_trials = 5;
  // The smallest budgets, of which the start draws at each.
  size_t start_budgets = 2;
};

// How a search is called in what people read.
struct KrigingWords {
  std::string name;      // `Gaussian process`
  std::string model;     // `Gaussian process of %d shapes with a loss`
  std::string promised;  // `improvement that is still expected`
  std::string done;      // `no budget … is expected to improve by 0.2 %`
};

// One answer of a search that goes by a Gaussian process over ln loss: what
// those searches share. First Sobol points at the smallest budgets; then, of
// the shapes in range that were not tried, the one that promises most for its
// cost among those that promise the tolerance or more, trials that wait
// counting as done with the loss that is expected of them (GpForecast). A
// budget at which nothing is alive gets a first shape all the same. Shapes that
// failed or diverged are never a loss: they and what is like them and larger
// are left out. What a candidate promises is for the search to say. Refers to
// its arguments, which must outlive it. Not thread-safe.
class KrigingRound {
 public:
  KrigingRound(KrigingOptions options, KrigingWords words,
               const SearchProblem& problem,
               const std::vector<PastTrial>& history);
  virtual ~KrigingRound() = default;
  KrigingRound(const KrigingRound&) = delete;
  KrigingRound& operator=(const KrigingRound&) = delete;

  Proposals Answer();

 protected:
  // Whether a shape may be tried at a budget at all.
  virtual bool MayTry(size_t /*budget*/, const Shape& /*shape*/) const {
    return true;
  }
  // Called once, when there are enough losses: forecast() and candidates()
  // stand from then on.
  virtual void Begin() = 0;
  // ln of what a candidate promises, in the unit of the tolerance.
  virtual double LogPromise(size_t candidate) const = 0;
  virtual double LnCost(size_t candidate) const = 0;
  // Why it is taken, where something is alive at its budget.
  virtual std::string PromiseText(size_t candidate) const = 0;
  // It counts as tried from now on.
  virtual void Took(size_t candidate) = 0;
  // How the answer stands, `; best …`, and what else the note has.
  virtual std::string StandText() const = 0;

  const SearchProblem& problem() const { return problem_; }
  const GpFrame& frame() const { return frame_; }
  const std::vector<PastShape>& past() const { return past_; }
  const std::vector<ShapeCandidate>& candidates() const { return candidates_; }
  // Of the candidates, and of past shapes that have a loss or are to come, by
  // their place in past().
  const GpForecast& forecast() const { return *forecast_; }
  std::optional<size_t> PlaceOfPast(size_t past) const {
    return past_places_[past];
  }
  // `loss 1.77 within 0.3 % is expected`.
  std::string ExpectedLossText(size_t candidate) const;

 private:
  using ShapeKey = std::tuple<size_t, int64_t, int64_t, int64_t>;
  static ShapeKey KeyOf(size_t budget, const Shape& shape) {
    return {budget, shape.depth, shape.width, shape.ffn_width};
  }

  bool HasRoom() const { return in_flight_.HasRoom(problem_.seeds); }
  bool HasTrialsLeft(size_t budget) const {
    return used_[budget] < options_.draw.trials_per_budget;
  }
  bool MayStillTry(size_t budget, const Shape& shape,
                   const SurfacePoint& point) const;
  void Append(size_t budget, const Shape& shape, const std::string& reason);
  void Propose(size_t budget, const Shape& shape, const std::string& reason);
  void AddMissingSeeds();
  bool Start();
  void Design();
  void ProposeWithoutModel();
  std::optional<size_t> Best();
  std::optional<size_t> FirstOfABudget() const;
  std::string ReasonFor(size_t candidate) const;
  std::string BudgetText(size_t budget) const;
  void WriteNote(bool hopeless);

  const KrigingOptions options_;
  const KrigingWords words_;
  const SearchProblem& problem_;
  const TrialIndex index_;
  const GpFrame frame_;
  const std::vector<PastShape> past_;
  InFlight in_flight_;
  int losses_ = 0;
  std::set<ShapeKey> tried_;
  // Shapes tried at each budget, and those with a loss or to come that may be
  // tried; and how many of all budgets may not.
  std::vector<int> used_, alive_;
  int above_ = 0;
  std::vector<SurfacePoint> failures_;
  Proposals answer_;
  std::unique_ptr<GaussianProcess> process_;
  std::vector<ShapeCandidate> candidates_;
  std::vector<std::optional<size_t>> past_places_;
  std::unique_ptr<GpForecast> forecast_;  // candidates, then past shapes
  // The most that is promised at each budget; none if no shape is left.
  std::vector<std::optional<double>> open_promise_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_KRIGING_ROUND_H_

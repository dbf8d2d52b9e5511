#include "search/pareto/pareto.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "search/kriging/round.h"
#include "search/pareto/dominated_volume.h"
#include "search/problem.h"

namespace isoshape {
namespace {

constexpr double kNone = std::numeric_limits<double>::infinity();
// The reference lies beyond the worst by this share of what lies between the
// worst and the best, so that the ends of a front count for something
// (Ishibuchi et al. 2018, section 4), and by this at least, in logarithms.
constexpr double kBeyond = 0.1;
constexpr double kLeastBeyond = 0.01;

KrigingWords WordsOf(const ParetoOptions& options) {
  return {.name = "Pareto",
          .model = "Pareto search by a Gaussian process",
          .promised = "growth of the dominated volume that is still expected",
          .done = absl::StrFormat(
              "no budget with trials left is expected to add %g %% of the "
              "volume that is dominated there",
              100 * options.tolerance)};
}

// The cost of a shape, and the most that it may be.
struct Limit {
  ShapeCosts costs;
  double ln_most;

  // As long as no shape that was trained keeps it, others have the benefit of
  // their error: few rows, all of them far above, tell little of those below.
  double benefit = 0;  // in deviations

  // Nothing is held against one whose level nobody knows.
  bool IsAbove(const Shape& shape, size_t budget) const {
    if (!costs.has_level()) return false;
    const ShapeCosts::Estimate cost = costs.At(shape, budget);
    return cost.mean - benefit * cost.deviation > ln_most;
  }
};
constexpr double kBenefit = 1.645;  // the 5 % point of a normal figure

// The least and the largest of some figure.
struct Span {
  double least = kNone, most = -kNone;
  void Take(double value) {
    least = std::min(least, value);
    most = std::max(most, value);
  }
  double Reference() const {
    return most + std::max(kLeastBeyond, kBeyond * (most - least));
  }
};

class Round final : public KrigingRound {
 public:
  Round(const ParetoOptions& options, const SearchProblem& problem,
        const std::vector<PastTrial>& history)
      : KrigingRound({.draw = options.draw,
                      .in_flight = options.in_flight,
                      .tolerance = options.tolerance,
                      .start_trials = options.start_trials,
                      .start_budgets = problem.budgets.size()},
                     WordsOf(options), problem, history) {
    for (const CostOfShape cost : options.objectives) {
      objectives_.emplace_back(cost, problem, history);
    }
    const auto limit = [&](CostOfShape cost, double most) {
      if (most <= 0) return;
      Limit& made = limits_.emplace_back(
          Limit{ShapeCosts(cost, problem, history), std::log(most)});
      const bool kept =
          std::any_of(past().begin(), past().end(), [&](const PastShape& one) {
            return one.has_loss() && !made.IsAbove(one.shape, one.budget);
          });
      if (!kept) made.benefit = kBenefit;
    };
    limit(CostOfShape::kParameters,
          static_cast<double>(options.max_parameters));
    limit(CostOfShape::kPeakMemoryBytes, options.max_peak_memory_bytes);
    limit(CostOfShape::kDecodeSeconds, options.max_decode_seconds);
  }

 private:
  bool MayTry(size_t budget, const Shape& shape) const override {
    return std::none_of(limits_.begin(), limits_.end(), [&](const Limit& one) {
      return one.IsAbove(shape, budget);
    });
  }

  std::vector<NormalFigure> CostsOf(const Shape& shape, size_t budget) const {
    std::vector<NormalFigure> costs;
    for (const ShapeCosts& one : objectives_) {
      const ShapeCosts::Estimate estimate = one.At(shape, budget);
      costs.push_back({estimate.mean, estimate.deviation});
    }
    return costs;
  }

  void Begin() override {
    const size_t budgets = problem().budgets.size();
    points_.resize(budgets);
    std::vector<std::vector<Span>> spans(
        budgets, std::vector<Span>(1 + objectives_.size()));
    for (const ShapeCandidate& one : candidates()) {
      candidate_costs_.push_back(CostsOf(one.shape, one.budget));
      TakeCosts(candidate_costs_.back(), spans[one.budget]);
    }
    for (size_t i = 0; i < past().size(); ++i) {
      const PastShape& one = past()[i];
      if (!PlaceOfPast(i) || !MayTry(one.budget, one.shape)) continue;
      const std::vector<NormalFigure> costs = CostsOf(one.shape, one.budget);
      TakeCosts(costs, spans[one.budget]);
      const double ln_loss = forecast().mean(*PlaceOfPast(i));
      spans[one.budget][0].Take(ln_loss);
      points_[one.budget].push_back(PointOf(ln_loss, costs));
    }
    for (const std::vector<Span>& one : spans) {
      std::vector<double>& reference = references_.emplace_back();
      for (const Span& span : one) reference.push_back(span.Reference());
      ClipAtLimits(reference);
    }
    for (size_t b = 0; b < budgets; ++b) {
      volumes_.emplace_back(points_[b], references_[b]);
    }
  }

  static void TakeCosts(const std::vector<NormalFigure>& costs,
                        std::vector<Span>& spans) {
    for (size_t k = 0; k < costs.size(); ++k) spans[k + 1].Take(costs[k].mean);
  }

  static std::vector<double> PointOf(double ln_loss,
                                     const std::vector<NormalFigure>& costs) {
    std::vector<double> point = {ln_loss};
    for (const NormalFigure& one : costs) point.push_back(one.mean);
    return point;
  }

  // What is dominated above a limit is worth nothing.
  void ClipAtLimits(std::vector<double>& reference) const {
    for (const Limit& limit : limits_) {
      for (size_t k = 0; k < objectives_.size(); ++k) {
        if (objectives_[k].cost() != limit.costs.cost() ||
            !objectives_[k].has_level()) {
          continue;
        }
        reference[k + 1] = std::min(reference[k + 1], limit.ln_most);
      }
    }
  }

  // The share that a candidate is expected to add to what is dominated at its
  // budget; nothing where no point dominates anything yet.
  double LogPromise(size_t candidate) const override {
    const DominatedVolume& volume = volumes_[candidates()[candidate].budget];
    if (!(volume.volume() > 0)) return -kNone;
    std::vector<NormalFigure> figures = {
        {forecast().mean(candidate), forecast().deviation(candidate)}};
    const std::vector<NormalFigure>& costs = candidate_costs_[candidate];
    figures.insert(figures.end(), costs.begin(), costs.end());
    return std::log(volume.ExpectedGrowth(figures) / volume.volume());
  }

  double LnCost(size_t candidate) const override {
    return frame().ln_budgets[candidates()[candidate].budget];
  }

  std::string PromiseText(size_t candidate) const override {
    const ShapeCandidate& one = candidates()[candidate];
    std::vector<std::string> costs;
    for (size_t k = 0; k < objectives_.size(); ++k) {
      if (!objectives_[k].has_level()) continue;
      costs.push_back(
          absl::StrFormat(", %s %.3g", NameOf(objectives_[k].cost()),
                          std::exp(candidate_costs_[candidate][k].mean)));
    }
    return absl::StrFormat(
        "expected to add %.2g %% to the volume that is dominated at %s FLOPs, "
        "most for its cost: %s%s",
        100 * std::exp(LogPromise(candidate)),
        FormatFlops(problem().budgets[one.budget]), ExpectedLossText(candidate),
        absl::StrJoin(costs, ""));
  }

  void Took(size_t candidate) override {
    const size_t b = candidates()[candidate].budget;
    points_[b].push_back(
        PointOf(forecast().mean(candidate), candidate_costs_[candidate]));
    volumes_[b] = DominatedVolume(points_[b], references_[b]);
  }

  std::string StandText() const override {
    std::string text;
    if (!volumes_.empty()) {
      std::vector<std::string> fronts;
      for (size_t b = 0; b < volumes_.size(); ++b) {
        fronts.push_back(absl::StrFormat("%d at %s FLOPs", volumes_[b].front(),
                                         FormatFlops(problem().budgets[b])));
      }
      absl::StrAppend(&text, "; on the front ", absl::StrJoin(fronts, ", "));
    }
    for (const ShapeCosts& one : objectives_) {
      if (one.has_level()) continue;
      absl::StrAppendFormat(
          &text,
          "; no shape card has %s yet, so that shapes are weighed by how they "
          "are expected to grow",
          NameOf(one.cost()));
    }
    if (candidates().empty() && !past().empty() &&
        std::none_of(past().begin(), past().end(), [&](const PastShape& one) {
          return MayTry(one.budget, one.shape);
        })) {
      absl::StrAppend(&text, "; no shape in range keeps the limits");
    }
    for (const Limit& one : limits_) {
      if (one.costs.has_level()) continue;
      absl::StrAppendFormat(
          &text, "; no shape card has %s yet, so that its limit excludes none",
          NameOf(one.costs.cost()));
    }
    return text;
  }

  std::vector<ShapeCosts> objectives_;
  std::vector<Limit> limits_;
  std::vector<std::vector<NormalFigure>> candidate_costs_;
  // By budget: ln loss and ln costs of what was tried, and the reference.
  std::vector<std::vector<std::vector<double>>> points_;
  std::vector<std::vector<double>> references_;
  std::vector<DominatedVolume> volumes_;
};

}  // namespace

absl::StatusOr<Proposals> ParetoSearch::Propose(
    const SearchProblem& problem, const std::vector<PastTrial>& history) const {
  SearchProblem within = problem;
  // Parameters are known of every shape, so that those above the limit are none
  // of the space.
  int64_t& most = within.space.max_parameters;
  if (options_.max_parameters > 0) {
    most = most > 0 ? std::min(most, options_.max_parameters)
                    : options_.max_parameters;
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckProblem(within, history.empty()));
  return Round(options_, within, history).Answer();
}

}  // namespace isoshape

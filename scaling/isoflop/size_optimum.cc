#include "scaling/isoflop/size_optimum.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "scaling/isoflop/optimum_problem.h"
#include "scaling/statistics/akima.h"
#include "scaling/statistics/draws.h"
#include "scaling/statistics/normal.h"

namespace isoshape {

std::vector<double> CurveWeights(const CurveColumns& curve,
                                 const OptimumRule& rule) {
  const size_t sizes = curve.loss.size();
  switch (rule.method) {
    case OptimumMethod::kNearMinimum: {
      std::vector<double> weights =
          WindowWeights(curve.ln_size, curve.loss, std::log(rule.window_factor),
                        rule.min_sizes);
      for (size_t i = 0; i < sizes; ++i) weights[i] *= curve.runs[i];
      return weights;
    }
    case OptimumMethod::kFullRange:
    case OptimumMethod::kAkima:
      break;
  }
  return std::vector<double>(sizes, 1);
}

namespace {

// The y that is fitted over ln size: loss or ln loss.
std::vector<double> Ordinates(const CurveColumns& curve,
                              const OptimumRule& rule) {
  std::vector<double> y = curve.loss;
  if (rule.log_loss) {
    for (double& value : y) value = std::log(value);
  }
  return y;
}

double ToLoss(double ordinate, const OptimumRule& rule) {
  return rule.log_loss ? std::exp(ordinate) : ordinate;
}

// An optimum whose problem is not in words yet.
struct Found {
  SizeOptimum optimum;
  OptimumProblem problem;
};

void SetEdge(const CurveColumns& curve, bool smallest, Found& found) {
  found.optimum.on_edge = true;
  found.problem.what =
      absl::StrFormat("the least loss is at the %s size tried, %s",
                      smallest ? "smallest" : "largest",
                      FormatCount(std::exp(smallest ? curve.ln_size.front()
                                                    : curve.ln_size.back())));
  found.problem.remedy = smallest ? SizeRemedy::kSmaller : SizeRemedy::kLarger;
}

void FindByAkima(const CurveColumns& curve, const OptimumRule& rule,
                 Found& found) {
  SizeOptimum& optimum = found.optimum;
  const Akima::Minimum minimum =
      Akima(curve.ln_size, Ordinates(curve, rule)).FindMinimum();
  optimum.ln_size = minimum.x;
  optimum.loss = ToLoss(minimum.y, rule);
  if (!minimum.at_first && !minimum.at_last) return;
  SetEdge(curve, minimum.at_first, found);
}

// If the parabola has no minimum, the optimum is the least loss measured.
void FindByParabola(const CurveColumns& curve, const OptimumRule& rule,
                    Found& found) {
  SizeOptimum& optimum = found.optimum;
  OptimumProblem& problem = found.problem;
  const double low = curve.ln_size.front();
  const double high = curve.ln_size.back();
  const std::vector<double>& loss = curve.loss;
  const size_t best = std::min_element(loss.begin(), loss.end()) - loss.begin();
  optimum.parabola = FitParabola(curve.ln_size, Ordinates(curve, rule),
                                 CurveWeights(curve, rule));
  const Parabola& parabola = optimum.parabola;
  optimum.ln_size = parabola.minimum ? parabola.vertex_x : curve.ln_size[best];
  optimum.loss =
      parabola.minimum ? ToLoss(parabola.vertex_y, rule) : loss[best];
  const bool outside = optimum.ln_size <= low || optimum.ln_size >= high;
  const bool bracketing = !rule.accept_outside;
  if (parabola.minimum && outside && bracketing) {
    optimum.ln_size = std::clamp(optimum.ln_size, low, high);
    optimum.loss = ToLoss(parabola.At(optimum.ln_size), rule);
  }

  const bool at_end = best == 0 || best == loss.size() - 1;
  if (bracketing && at_end && rule.method != OptimumMethod::kFullRange) {
    SetEdge(curve, best == 0, found);
  } else if (!parabola.minimum) {
    problem.what =
        "the loss does not bend upwards about its least value: noise hides "
        "the optimum";
    problem.remedy = SizeRemedy::kMoreOrSeeds;
  } else if (outside && bracketing) {
    optimum.on_edge = true;
    problem.what = absl::StrFormat(
        "the parabola's minimum, %s, lies outside the sizes tried, %s to %s",
        FormatCount(std::exp(parabola.vertex_x)), FormatCount(std::exp(low)),
        FormatCount(std::exp(high)));
    problem.remedy =
        parabola.vertex_x <= low ? SizeRemedy::kSmaller : SizeRemedy::kLarger;
  } else if (optimum.loss <= 0) {
    problem.what = absl::StrFormat(
        "the parabola's least loss, %g, is not positive: the sizes are too far "
        "apart",
        optimum.loss);
    problem.remedy = SizeRemedy::kNearer;
  }
}

Found Find(const CurveColumns& curve, const OptimumRule& rule) {
  Found found;
  const std::vector<double>& loss = curve.loss;
  if (loss.size() < 3) {
    found.optimum.ln_size = found.optimum.loss =
        std::numeric_limits<double>::quiet_NaN();
    found.problem = {
        .what = absl::StrCat(Counted(static_cast<int64_t>(loss.size()), "size"),
                             loss.size() == 1 ? " was" : " were",
                             " measured and an optimum needs 3"),
        .remedy = SizeRemedy::kMore};
    return found;
  }
  if (rule.method == OptimumMethod::kAkima) {
    FindByAkima(curve, rule, found);
  } else {
    FindByParabola(curve, rule, found);
  }
  const auto [min, max] = std::minmax_element(loss.begin(), loss.end());
  if (*min == *max) {
    found.optimum.on_edge = false;
    found.problem = {.what = absl::StrFormat(
                         "all %d losses are equal, %g: nothing to choose by",
                         loss.size(), *min)};
  }
  return found;
}

// On which side to run more sizes; else kNone.
SizeRemedy OffCentreSide(double size, double min_size, double max_size,
                         OptimumMethod method) {
  const double place =
      std::log(size / min_size) / std::log(max_size / min_size);
  const double margin = method == OptimumMethod::kFullRange ? 0.35 : 0.25;
  if (place > margin && place < 1 - margin) return SizeRemedy::kNone;
  return place <= margin ? SizeRemedy::kSmaller : SizeRemedy::kLarger;
}

OptimumProblem OffCentreProblem(double size, double min_size, double max_size,
                                OptimumMethod method) {
  const SizeRemedy side = OffCentreSide(size, min_size, max_size, method);
  if (side == SizeRemedy::kNone) return {};
  return {.what = absl::StrFormat(
              "the optimal size, %s, is off the centre of the sizes tried, %s "
              "to %s, which biases a parabola",
              FormatCount(size), FormatCount(min_size), FormatCount(max_size)),
          .remedy = side};
}

// As it reads if runs can be of any size.
std::string PlainText(const OptimumProblem& problem) {
  return WithRemedy(problem.what, RemedyText(problem.remedy));
}

}  // namespace

CurveColumns Columns(const SizeCurve& curve) {
  CurveColumns columns;
  for (const SizePoint& point : curve.points) {
    columns.ln_size.push_back(std::log(point.best.size));
    columns.ln_tokens.push_back(std::log(point.best.tokens));
    columns.loss.push_back(point.best.loss);
    columns.runs.push_back(point.best.weight);
  }
  return columns;
}

double LogTokensAt(const CurveColumns& curve, double ln_size) {
  const std::vector<double>& sizes = curve.ln_size;
  size_t i = 1;
  while (i + 1 < sizes.size() && sizes[i] < ln_size) ++i;
  const double tokens = curve.ln_tokens[i - 1];
  return tokens + (ln_size - sizes[i - 1]) / (sizes[i] - sizes[i - 1]) *
                      (curve.ln_tokens[i] - tokens);
}

SizeOptimum FindSizeOptimum(const CurveColumns& curve,
                            const OptimumRule& rule) {
  Found found = Find(curve, rule);
  found.optimum.problem = PlainText(found.problem);
  return std::move(found.optimum);
}

OptimumProblem ProblemOf(const SizeCurve& curve, const OptimumRule& rule) {
  return Find(Columns(curve), rule).problem;
}

OptimumProblem OffCentreOf(double size, const SizeCurve& curve,
                           OptimumMethod method) {
  return OffCentreProblem(size, curve.min_size(), curve.max_size(), method);
}

std::array<double, 3> CoefficientsOf(const SizeOptimum& optimum) {
  if (optimum.parabola.points >= 3) return optimum.parabola.coefficients;
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  return {kNaN, kNaN, kNaN};
}

std::string OffCentre(double size, double min_size, double max_size,
                      OptimumMethod method) {
  return PlainText(OffCentreProblem(size, min_size, max_size, method));
}

SizesTried TriedOf(const SizeCurve& curve, SizeMeasure measure) {
  return {.flops = curve.budget,
          .smallest = curve.min_size(),
          .largest = curve.max_size(),
          .measure = measure};
}

std::string ProblemText(const OptimumProblem& problem, const SizeCurve& curve,
                        SizeMeasure measure) {
  return WithRemedy(problem.what,
                    RemedyText(problem.remedy, TriedOf(curve, measure)));
}

OptimumDraws DrawOptima(const CurveColumns& curve, const OptimumRule& rule,
                        const std::vector<double>& loss_sd, int count,
                        uint64_t seed) {
  Normal normal(seed);
  const size_t sizes = curve.loss.size();
  std::vector<double> centre = curve.loss;
  std::vector<double> window(sizes, 1);
  if (rule.method != OptimumMethod::kAkima) {
    window = CurveWeights(curve, rule);
    const Parabola parabola =
        FitParabola(curve.ln_size, Ordinates(curve, rule), window);
    for (size_t i = 0; i < sizes; ++i) {
      if (window[i] > 0) {
        centre[i] = ToLoss(parabola.At(curve.ln_size[i]), rule);
      }
    }
  }
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  OptimumDraws draws;
  draws.ln_loss.assign(static_cast<size_t>(count), kNaN);
  draws.parabola.assign(static_cast<size_t>(count), {kNaN, kNaN, kNaN});
  CurveColumns drawn = curve;
  draws.ln_size = OfEachDraw(static_cast<size_t>(count), [&](size_t r) {
    for (size_t i = 0; i < sizes; ++i) {
      const double deviate = normal();
      if (window[i] <= 0) continue;
      // A loss stays above 0, whatever the noise.
      drawn.loss[i] =
          std::max(centre[i] + loss_sd[i] * deviate, 1e-3 * centre[i]);
    }
    const SizeOptimum optimum = FindSizeOptimum(drawn, rule);
    draws.ln_loss[r] = std::log(std::max(optimum.loss, 1e-12));
    draws.parabola[r] = CoefficientsOf(optimum);
    return optimum.ln_size;
  });
  return draws;
}

std::string RuleText(const OptimumRule& rule) {
  const char* ordinate = rule.log_loss ? "ln loss" : "loss";
  switch (rule.method) {
    case OptimumMethod::kNearMinimum:
      return absl::StrFormat(
          "parabola of %s over ln size with tricube weights about the least "
          "loss (factor %g, at least %d sizes)",
          ordinate, rule.window_factor, rule.min_sizes);
    case OptimumMethod::kAkima:
      return absl::StrFormat(
          "least value of the Akima interpolant of %s over ln size", ordinate);
    case OptimumMethod::kFullRange:
      return absl::StrFormat(
          "parabola of %s over ln size through all sizes, equal weights "
          "(biased if the sizes reach far or are off centre)",
          ordinate);
  }
  return "";
}

}  // namespace isoshape

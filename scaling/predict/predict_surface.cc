#include "scaling/predict/predict_surface.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "scaling/allocation/surface_allocation.h"
#include "scaling/laws/law_check.h"
#include "scaling/laws/shape_test.h"
#include "scaling/reports/report_parts.h"
#include "scaling/reports/surface_figures.h"
#include "scaling/runs/geometry.h"
#include "scaling/surface/curvature_test.h"
#include "scaling/surface/surface_fit.h"

namespace isoshape {
namespace {

// What the runs of most compute lose by the surface of the others: those whose
// size is near the best that it names for them.
LawCheck CheckSurface(const Runs& runs, const ComputeRule& rule,
                      bool with_shapes) {
  std::vector<bool> keep = WellBelowLargest(runs);
  LawCheck check = BeginCheck(runs, keep);
  const double one_compute = std::log(kOneBudget);
  // Two computes at least must be left, or nothing is known of a trend.
  if (!(check.span > one_compute)) {
    keep = SmallerRuns(runs);
    check = BeginCheck(runs, keep);
  }
  if (!(check.span > one_compute)) return {};
  const auto fit = FitSurface(SelectRows(runs, keep), rule, with_shapes);
  if (!fit.ok()) return {};
  const double window = std::log(SurfaceOptions().size_window);
  std::vector<double> misses;
  Surface::Vector gradient = Surface::Vector::Zero();  // of their sum
  for (size_t i = 0; i < keep.size(); ++i) {
    const SurfacePoint point = PointOf(runs, rule, with_shapes, i);
    const double off = point.ln_size - fit->surface.LnBestSize(point.ln_flops);
    if (keep[i] || std::abs(off) > window) continue;
    const SurfaceFigure figure = LogLossFigure(fit->surface, point);
    misses.push_back(figure.value - std::log(runs.loss[i]));
    gradient += figure.gradient;
  }
  if (misses.empty()) return {};
  const auto count = static_cast<double>(misses.size());
  check.runs = static_cast<int>(misses.size());
  for (const double miss : misses) check.miss += miss / count;
  double squares = 0;
  for (const double miss : misses) {
    squares += (miss - check.miss) * (miss - check.miss);
  }
  const double scatter = std::sqrt(squares / std::max(1.0, count - 1) / count);
  check.standard_error = std::hypot(fit->Deviation(gradient / count), scatter);
  return check;
}

class SurfacePredictor {
 public:
  SurfacePredictor(const Runs& runs, const PredictLawOptions& options,
                   std::shared_ptr<const SurfaceFit> fit, bool with_shapes,
                   LawPrediction& prediction)
      : runs_(runs),
        options_(options),
        with_shapes_(with_shapes),
        fit_(std::move(fit)),
        figures_(
            std::make_shared<const SurfaceFigures>(*fit_, runs, options.fit)),
        ln_flops_(std::log(prediction.allocation.flops)),
        prediction_(prediction) {}

  void AddOptimum() {
    const Allocation& allocation = prediction_.allocation;
    const ComputeRule rule = allocation.rule;
    if (allocation.plain()) {
      Add("size", "N* of least loss", BestSizeFigure(surface(), ln_flops_));
      Add("tokens", "D* that the compute buys at N*",
          BestTokensFigure(surface(), ln_flops_, rule));
      Add("loss", "least loss by the surface; one run scatters about it",
          LeastLossFigure(surface(), ln_flops_));
    } else {
      const std::string outside =
          OutsideWindow(surface(), allocation, with_shapes_);
      prediction_.figures = AllocatedFigures(*fit_, *figures_, allocation,
                                             with_shapes_, options_.fit.level);
      for (LawFigure& figure : prediction_.figures) {
        const bool asked = allocation.fixed() &&
                           (figure.name == "size" || figure.name == "tokens");
        if (!outside.empty() && !asked) figure.unidentified = outside;
      }
    }
    prediction_.interval_method = figures_->IntervalMethod();
    prediction_.floor = surface().floor();
    prediction_.best_size = [one = surface()](double flops) {
      return std::exp(one.LnBestSize(std::log(flops)));
    };
    prediction_.best_size_at = [fit = fit_, figures = figures_](double flops) {
      return figures->Estimate(BestSizeFigure(fit->surface, std::log(flops)));
    };
    prediction_.compute_exponent = surface().decay();
    prediction_.log_loss_at_best = [one = surface(), rule](double ln_size,
                                                           double ln_tokens) {
      return one.LogLoss(
          {.ln_flops = rule.LnFlops(ln_size, ln_tokens), .ln_size = ln_size});
    };
    prediction_.converged = fit_->converged;
    prediction_.scatter = fit_->noise;
    prediction_.degrees_of_freedom = std::max(
        1, static_cast<int>(fit_->runs() - fit_->effective_parameters));
    prediction_.discrepancy = SurfaceOptions().discrepancy;
  }

  // The loss anywhere; of aspect ratios only if the runs tell the best, or if
  // the question names one.
  void AddLosses() {
    const std::optional<Place>& place = prediction_.allocation.place;
    if (with_shapes_ && place && place->aspect_ratio) knows_ratio_ = true;
    const ComputeRule rule = prediction_.allocation.rule;
    prediction_.log_loss_at = [fit = fit_, figures = figures_, rule,
                               shapes = knows_ratio_](
                                  double size, double tokens, double ratio) {
      SurfacePoint point{.ln_size = std::log(size)};
      point.ln_flops = rule.LnFlops(point.ln_size, std::log(tokens));
      if (shapes && ratio > 0) point.ln_ratio = std::log(ratio);
      return figures->Estimate(LogLossFigure(fit->surface, point));
    };
  }

  // If the runs tell the best ratio: it, the shapes and what they cost.
  absl::Status AddShapes() {
    const double c = ln_flops_;
    const Allocation& allocation = prediction_.allocation;
    const auto [best_size, best_ratio] =
        allocation.plain() ? AllocatedShape{BestSizeFigure(surface(), c),
                                            BestRatioFigure(surface(), c)}
                           : AllocatedShapeOf(*fit_, allocation);
    const LawFigure ratio =
        figures_->Make("aspect_ratio", "best width / depth at N*", best_ratio);
    const TriedShapes& tried = options_.candidates.tried;
    const double best = ratio.estimate.value;
    std::string reason = ratio.unidentified;
    if (reason.empty()) reason = WideInterval(ratio.name, ratio.estimate);
    if (reason.empty()) reason = ShapeIsNotShown();
    if (!reason.empty()) {
      prediction_.warnings.push_back(
          "the best aspect ratio is not identified: " + reason);
      return absl::OkStatus();
    }
    if (best < tried.low_ratio() || best > tried.high_ratio()) {
      prediction_.warnings.push_back(absl::StrFormat(
          "the best aspect ratio comes out as %.3g, beyond twice what was "
          "tried (%.3g to %.3g), so none is named; try it",
          best, tried.min_ratio, tried.max_ratio));
      return absl::OkStatus();
    }
    prediction_.figures.push_back(ratio);
    knows_ratio_ = true;
    AddCounts(best_size, best_ratio);
    const ComputeRule rule = prediction_.allocation.rule;
    const ShapeOptimum optimum{
        .size = prediction_.Figure("size").estimate.value,
        .ln_best_ratio =
            [one = surface()](double ln_size) {
              return one.LnBestRatio(ln_size);
            },
        .log_loss =
            [one = surface(), rule](double ln_size, double ln_tokens,
                                    double ln_ratio) {
              return one.LogLoss({.ln_flops = rule.LnFlops(ln_size, ln_tokens),
                                  .ln_size = ln_size,
                                  .ln_ratio = ln_ratio});
            }};
    ISOSHAPE_ASSIGN_OR_RETURN(
        const std::vector<ShapeChoice> choices,
        BestShapes(optimum, options_.candidates, prediction_.measure,
                   allocation, options_.choices));
    prediction_.shapes = Price(prediction_, choices, options_.candidates);
    return absl::OkStatus();
  }

 private:
  const Surface& surface() const { return fit_->surface; }

  // Depth and width of the shape nearest to a size and aspect ratio.
  void AddCounts(const SurfaceFigure& size, const SurfaceFigure& ratio) {
    const auto nearest = [&](const std::vector<double>& of) {
      return NearestShape(options_.candidates.space, prediction_.measure, of[0],
                          of[1]);
    };
    prediction_.figures.push_back(
        figures_->Make("depth", "layers at N* and the best aspect ratio",
                       {size, ratio}, [&](const std::vector<double>& of) {
                         return static_cast<double>(nearest(of).depth);
                       }));
    prediction_.figures.push_back(
        figures_->Make("width", "d_model at N* and the best aspect ratio",
                       {size, ratio}, [&](const std::vector<double>& of) {
                         return static_cast<double>(nearest(of).width);
                       }));
  }

  // Why the runs do not show that shape matters, or empty: the surface has a
  // best ratio whatever they say.
  std::string ShapeIsNotShown() const {
    const auto plain = FitPowerSum(ParametricData(runs_), {});
    if (!plain.ok()) return std::string(plain.status().message());
    const ShapeTest test = TestShape(runs_, plain->law);
    if (!test.problem.empty()) return test.problem;
    if (test.p_value < (1 - options_.fit.level) / 2) return "";
    return absl::StrFormat(
        "that shape matters is not shown (p = %.2g of no effect)",
        test.p_value);
  }

  void Add(const char* name, const char* meaning, const SurfaceFigure& figure) {
    prediction_.figures.push_back(figures_->Make(name, meaning, figure));
  }

  const Runs& runs_;
  const PredictLawOptions& options_;
  bool with_shapes_;
  std::shared_ptr<const SurfaceFit> fit_;
  std::shared_ptr<const SurfaceFigures> figures_;
  double ln_flops_;
  bool knows_ratio_ = false;
  LawPrediction& prediction_;
};

}  // namespace

absl::StatusOr<LawPrediction> PredictBySurface(const Runs& runs,
                                               const PredictLawOptions& options,
                                               LawPrediction prediction) {
  const RunGeometry geometry = MeasureGeometry(runs);
  const bool with_shapes = runs.has_shapes() && geometry.one_ratio.empty();
  ISOSHAPE_ASSIGN_OR_RETURN(
      SurfaceFit fitted,
      FitSurface(runs, prediction.allocation.rule, with_shapes));
  const std::string flat =
      FlatCurves(fitted, runs, prediction.allocation.rule, options.fit.level);
  SurfacePredictor predictor(
      runs, options, std::make_shared<const SurfaceFit>(std::move(fitted)),
      with_shapes, prediction);
  predictor.AddOptimum();
  if (!prediction.allocation.fixed() && !flat.empty()) {
    prediction.figures.front().unidentified = flat;
  }
  prediction.check =
      CheckSurface(runs, prediction.allocation.rule, with_shapes);
  if (with_shapes && !prediction.allocation.place) {
    ISOSHAPE_RETURN_IF_ERROR(predictor.AddShapes());
  } else if (!geometry.one_ratio.empty()) {
    prediction.warnings.push_back(geometry.one_ratio);
  }
  predictor.AddLosses();
  Judge(prediction, geometry, "the fit stopped before it reached a minimum");
  return prediction;
}

}  // namespace isoshape

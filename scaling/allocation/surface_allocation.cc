#include "scaling/allocation/surface_allocation.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "absl/strings/str_format.h"
#include "common/text/format_number.h"
#include "scaling/reports/report_parts.h"

namespace isoshape {
namespace {

// Steps of differences, in prior deviations of a parameter.
constexpr double kStep = 0.01;

// A figure above 0 with the derivatives of its logarithm by the parameters.
SurfaceFigure Differentiate(
    const SurfaceFit& fit,
    const std::function<double(const Surface&)>& function) {
  SurfaceFigure figure;
  figure.value = function(fit.surface);
  for (int k = 0; k < Surface::kParameters; ++k) {
    const double step = kStep * fit.prior.deviation[k];
    Surface moved = fit.surface;
    moved.theta[k] = fit.surface.theta[k] + step;
    const double above = std::log(function(moved));
    moved.theta[k] = fit.surface.theta[k] - step;
    figure.gradient[k] = (above - std::log(function(moved))) / (2 * step);
  }
  return figure;
}

// The least loss at the FLOPs that a place is trained with.
double LeastLossBeside(const Surface& surface, const Allocation& allocation,
                       bool with_shapes) {
  const Allocated at = Allocate(surface, allocation, with_shapes);
  return std::exp(surface.LnLeastLoss(
      allocation.LnTrainingFlops(std::log(at.size), std::log(at.tokens))));
}

}  // namespace

Allocated Allocate(const Surface& surface, const Allocation& allocation,
                   bool with_shapes) {
  const auto log_loss = [&](double ln_size, double ln_tokens) {
    SurfacePoint point{
        .ln_flops = allocation.LnTrainingFlops(ln_size, ln_tokens),
        .ln_size = ln_size};
    if (with_shapes && allocation.place && allocation.place->aspect_ratio) {
      point.ln_ratio = std::log(*allocation.place->aspect_ratio);
    }
    return surface.LogLoss(point);
  };
  const double ln_flops = std::log(allocation.flops);
  const double ln_size =
      LnBestSize(allocation, log_loss, surface.LnBestSize(ln_flops));
  const double ln_tokens = allocation.LnTokens(ln_size);
  Allocated result;
  result.size = std::exp(ln_size);
  result.tokens = std::exp(ln_tokens);
  result.loss = std::exp(log_loss(ln_size, ln_tokens));
  const double ln_training = allocation.LnTrainingFlops(ln_size, ln_tokens);
  result.training_share = std::exp(ln_training - ln_flops);
  if (allocation.fixed()) {
    const double least = std::exp(surface.LnLeastLoss(ln_training));
    const double floor = surface.floor();
    result.above_best = result.loss - least;
    result.wasted_compute =
        1 -
        std::pow((result.loss - floor) / (least - floor), -1 / surface.decay());
  }
  if (allocation.serve_tokens > 0) {
    const double ln_alone = LnTrainingFlopsIgnoringServing(
        allocation, [&](double at) { return surface.LnBestSize(at); });
    result.gain = std::exp(surface.LnLeastLoss(ln_alone)) - result.loss;
  }
  return result;
}

namespace {

// The figures of a size or tokens that were asked for: `loss`, and how far it
// lies above the best of the same training FLOPs.
std::vector<LawFigure> FixedFigures(const SurfaceFit& fit,
                                    const SurfaceFigures& figures,
                                    const Allocation& allocation,
                                    bool with_shapes, double level,
                                    const SurfaceFigure& loss) {
  const Allocated at = Allocate(fit.surface, allocation, with_shapes);
  std::vector<LawFigure> made;
  // They are what was asked for, and so have no interval.
  made.push_back(MakeFigure("size", "N", Estimate(at.size, {}, {}, level)));
  made.push_back(MakeFigure("tokens", "D", Estimate(at.tokens, {}, {}, level)));
  made.push_back(
      figures.Make("loss", "by the surface; one run scatters about it", loss));
  const SurfaceFigure least = Differentiate(fit, [&](const Surface& surface) {
    return LeastLossBeside(surface, allocation, with_shapes);
  });
  made.push_back(figures.Make("above_best",
                              "loss above the best of the same training FLOPs",
                              {least, loss}, [](const std::vector<double>& of) {
                                return std::max(0.0, of[1] - of[0]);
                              }));
  made.push_back(figures.Make(
      "wasted_compute",
      "share of these that the best size would save in reaching this loss",
      {least, loss},
      [floor = fit.surface.floor(),
       decay = fit.surface.decay()](const std::vector<double>& of) {
        return std::max(
            0.0, 1 - std::pow((of[1] - floor) / (of[0] - floor), -1 / decay));
      }));
  return made;
}

}  // namespace

std::vector<LawFigure> AllocatedFigures(const SurfaceFit& fit,
                                        const SurfaceFigures& figures,
                                        const Allocation& allocation,
                                        bool with_shapes, double level) {
  const auto part = [&](double Allocated::*which) {
    return Differentiate(fit, [&, which](const Surface& surface) {
      return Allocate(surface, allocation, with_shapes).*which;
    });
  };
  const SurfaceFigure loss = part(&Allocated::loss);
  std::vector<LawFigure> made;
  if (allocation.fixed()) {
    made = FixedFigures(fit, figures, allocation, with_shapes, level, loss);
  } else {
    made.push_back(
        figures.Make("size", "N* of least loss", part(&Allocated::size)));
    made.push_back(figures.Make("tokens", "D* that the compute buys at N*",
                                part(&Allocated::tokens)));
    made.push_back(figures.Make(
        "loss", "least loss by the surface; one run scatters about it", loss));
  }
  if (allocation.serve_tokens > 0) {
    if (!allocation.fixed()) {
      const SurfaceFigure alone =
          Differentiate(fit, [&](const Surface& surface) {
            const Allocated one = Allocate(surface, allocation, with_shapes);
            return one.loss + one.gain;
          });
      made.push_back(figures.Make(
          "gain",
          "how much lower the loss is than that of the best size for training "
          "alone, at the same FLOPs in all",
          {alone, loss},
          [](const std::vector<double>& of) { return of[0] - of[1]; }));
    }
    made.push_back(figures.Make("training_share",
                                "training's share of the FLOPs",
                                part(&Allocated::training_share)));
  }
  return made;
}

AllocatedShape AllocatedShapeOf(const SurfaceFit& fit,
                                const Allocation& allocation) {
  const auto size = [&](const Surface& surface) {
    return Allocate(surface, allocation, false).size;
  };
  return {.size = Differentiate(fit, size),
          .aspect_ratio = Differentiate(fit, [&](const Surface& surface) {
            return std::exp(surface.LnBestRatio(std::log(size(surface))));
          })};
}

std::string OutsideWindow(const Surface& surface, const Allocation& allocation,
                          bool with_shapes) {
  const SurfaceOptions window;
  const Allocated at = Allocate(surface, allocation, with_shapes);
  const double ln_size = std::log(at.size);
  const double best = surface.LnBestSize(
      allocation.LnTrainingFlops(ln_size, std::log(at.tokens)));
  if (std::abs(ln_size - best) > std::log(window.size_window)) {
    return absl::StrFormat(
        "size %s is %s times the best of its training FLOPs, %s, and "
        "the surface holds within a factor of %g of it",
        FormatCount(at.size), FormatRatio(std::exp(ln_size - best)),
        FormatCount(std::exp(best)), window.size_window);
  }
  if (!with_shapes || !allocation.place || !allocation.place->aspect_ratio) {
    return "";
  }
  const double ratio = *allocation.place->aspect_ratio;
  const double best_ratio = surface.LnBestRatio(ln_size);
  if (std::abs(std::log(ratio) - best_ratio) > std::log(window.ratio_window)) {
    return absl::StrFormat(
        "aspect ratio %.3g is %.3g times the best of its size, %.3g, and the "
        "surface holds within a factor of %g of it",
        ratio, ratio / std::exp(best_ratio), std::exp(best_ratio),
        window.ratio_window);
  }
  return "";
}

}  // namespace isoshape

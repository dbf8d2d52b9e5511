#ifndef ISOSHAPE_SCALING_REPORTS_SURFACE_FIGURES_H_
#define ISOSHAPE_SCALING_REPORTS_SURFACE_FIGURES_H_

#include <functional>
#include <string>
#include <vector>

#include "scaling/reports/law_options.h"
#include "scaling/reports/law_report.h"
#include "scaling/surface/surface_fit.h"

namespace isoshape {

// A figure of a surface and its derivatives by the parameters.
struct SurfaceFigure {
  double value = 0;
  // The gradient of the figure's logarithm if it is `positive`, else of the
  // figure: that is what is close to linear in the parameters.
  Surface::Vector gradient = Surface::Vector::Zero();
  bool positive = true;
};

// Figures of a surface, with intervals from its posterior and the share that
// the priors have in them. The posterior is taken as normal about its maximum
// and a figure as linear there: the parameters of the loss trade off along a
// curved ridge, which normal draws of them would leave, while the loss itself
// does not.
class SurfaceFigures {
 public:
  // LawOptions::resamples draws; none: no intervals. `fit`, of `runs`, must
  // outlive it. No draws either if the rows come from fewer than kMinClusters
  // runs, as for every law.
  SurfaceFigures(const SurfaceFit& fit, const Runs& runs,
                 const LawOptions& options);

  // Not identified if most of the variance comes from priors.
  LawFigure Make(std::string name, std::string meaning,
                 const SurfaceFigure& figure) const;
  // A figure that is a function of others, such as the depth of a shape, with
  // the prior share of the last of them.
  LawFigure Make(
      std::string name, std::string meaning,
      const std::vector<SurfaceFigure>& of,
      const std::function<double(const std::vector<double>&)>& function) const;

  BootstrapEstimate Estimate(const SurfaceFigure& figure) const;

  // How intervals are made, in a few words; empty if there are none.
  std::string IntervalMethod() const;

 private:
  std::vector<double> Drawn(const SurfaceFigure& figure) const;
  void Judge(const SurfaceFigure& figure, LawFigure& made) const;

  const SurfaceFit& fit_;
  LawOptions options_;
  std::vector<Surface::Vector> draws_;  // departures of the parameters
};

// Figures that several answers give, at a compute or a place.
SurfaceFigure BestSizeFigure(const Surface& surface, double ln_flops);
SurfaceFigure BestRatioFigure(const Surface& surface, double ln_flops);
SurfaceFigure LeastLossFigure(const Surface& surface, double ln_flops);
SurfaceFigure LogLossFigure(const Surface& surface, const SurfacePoint& point);
// The tokens that a compute buys at its best size.
SurfaceFigure BestTokensFigure(const Surface& surface, double ln_flops,
                               const ComputeRule& rule);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_REPORTS_SURFACE_FIGURES_H_

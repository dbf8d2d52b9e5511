#ifndef ISOSHAPE_SCALING_REPORTS_SURFACE_FIGURES_H_
#define ISOSHAPE_SCALING_REPORTS_SURFACE_FIGURES_H_

#include <functional>
#include <string>
#include <vector>

#include "scaling/reports/law_options.h"
#include "scaling/reports/law_report.h"
#include "scaling/surface/surface_fit.h"

namespace isoshape {

// Figures of a surface, with intervals from draws of its posterior and the
// share that the priors have in them.
class SurfaceFigures {
 public:
  // LawOptions::resamples draws; none: no intervals. `fit` must outlive it.
  SurfaceFigures(const SurfaceFit& fit, const LawOptions& options);

  // `gradient` is that of the figure, or of its logarithm, by the parameters:
  // if most of the variance comes from priors the figure is not identified.
  LawFigure Make(std::string name, std::string meaning,
                 const std::function<double(const Surface&)>& figure,
                 const Surface::Vector& gradient) const;

  BootstrapEstimate Estimate(
      const std::function<double(const Surface&)>& figure) const;

  // How intervals are made, in a few words; empty if there are none.
  std::string IntervalMethod() const;

 private:
  const SurfaceFit& fit_;
  LawOptions options_;
  std::vector<Surface> draws_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_REPORTS_SURFACE_FIGURES_H_

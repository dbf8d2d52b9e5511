#ifndef ISOSHAPE_FIGURES_KINDS_BUILDERS_H_
#define ISOSHAPE_FIGURES_KINDS_BUILDERS_H_

#include "absl/status/statusor.h"
#include "figures/parts/figure_data.h"
#include "figures/parts/figure_options.h"
#include "isoshape/v1/figure.pb.h"

namespace isoshape {

// A builder for each kind of figure, called by BuildFigure, which has checked
// the options, set the kind and knows the colours. FAILED_PRECONDITION if the
// data do not have what the figure shows, with what to add. A fit that fails is
// a warning: what was measured is drawn all the same.

absl::StatusOr<v1::Figure> IsoflopFigure(const FigureData& data,
                                         const FigureOptions& options);
absl::StatusOr<v1::Figure> TrendsFigure(const FigureData& data,
                                        const FigureOptions& options);
absl::StatusOr<v1::Figure> MethodsFigure(const FigureData& data,
                                         const FigureOptions& options);
absl::StatusOr<v1::Figure> EnvelopeFigure(const FigureData& data,
                                          const FigureOptions& options);
absl::StatusOr<v1::Figure> HeatmapFigure(const FigureData& data,
                                         const FigureOptions& options);
absl::StatusOr<v1::Figure> AspectFigure(const FigureData& data,
                                        const FigureOptions& options);
absl::StatusOr<v1::Figure> CurvesFigure(const FigureData& data,
                                        const FigureOptions& options);
absl::StatusOr<v1::Figure> ResidualsFigure(const FigureData& data,
                                           const FigureOptions& options);
absl::StatusOr<v1::Figure> ParetoFigure(const FigureData& data,
                                        const FigureOptions& options);
absl::StatusOr<v1::Figure> SurfaceFigure(const FigureData& data,
                                         const FigureOptions& options);
absl::StatusOr<v1::Figure> PredictionFigure(const FigureData& data,
                                            const FigureOptions& options);
absl::StatusOr<v1::Figure> ProgressFigure(const FigureData& data,
                                          const FigureOptions& options);

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_KINDS_BUILDERS_H_

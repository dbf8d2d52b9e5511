#include "figures/build_figure.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/sorted_unique.h"
#include "figures/kinds/builders.h"
#include "figures/parts/figure_kind.h"
#include "figures/parts/figure_options.h"
#include "figures/parts/run_marks.h"
#include "scaling/statistics/shared_fits.h"

namespace isoshape {
namespace {

using v1::Figure;

using Builder = absl::StatusOr<Figure> (*)(const FigureData&,
                                           const FigureOptions&);

struct Kind {
  Figure::Kind kind;
  Builder build;
  bool needs_runs = true;
};

constexpr Kind kKinds[] = {
    {.kind = Figure::ISOFLOP, .build = &IsoflopFigure},
    {.kind = Figure::TRENDS, .build = &TrendsFigure},
    {.kind = Figure::METHODS, .build = &MethodsFigure},
    {.kind = Figure::ENVELOPE, .build = &EnvelopeFigure},
    {.kind = Figure::HEATMAP, .build = &HeatmapFigure},
    {.kind = Figure::ASPECT, .build = &AspectFigure},
    {.kind = Figure::CURVES, .build = &CurvesFigure, .needs_runs = false},
    {.kind = Figure::RESIDUALS, .build = &ResidualsFigure},
    {.kind = Figure::PARETO, .build = &ParetoFigure},
    {.kind = Figure::SURFACE, .build = &SurfaceFigure},
    {.kind = Figure::PREDICTION, .build = &PredictionFigure},
    {.kind = Figure::PROGRESS, .build = &ProgressFigure, .needs_runs = false},
};

}  // namespace

absl::StatusOr<Figure> BuildFigure(FigureData data,
                                   const v1::GetFigureRequest& request) {
  ISOSHAPE_RETURN_IF_ERROR(CheckFigureRequest(request));
  ISOSHAPE_ASSIGN_OR_RETURN(const FigureOptions options,
                            ToFigureOptions(request));
  const Kind* const found =
      std::find_if(std::begin(kKinds), std::end(kKinds),
                   [&](const Kind& one) { return one.kind == request.kind(); });
  if (found == std::end(kKinds)) {
    return absl::UnimplementedError(absl::StrFormat(
        "the figure %s is not built yet", FigureKindName(request.kind())));
  }
  if (found->needs_runs) {
    ISOSHAPE_RETURN_IF_ERROR(CheckRuns(*data.runs));
    if (data.runs->rows() == 0) {
      return absl::FailedPreconditionError(absl::StrFormat(
          "%s has no finished run to draw; wait for one, or ask for more",
          data.name));
    }
  }
  if (data.budgets.empty()) data.budgets = SortedUnique(data.runs->budget);
  const SharedFits::Scope scope(data.memo.get());
  ISOSHAPE_ASSIGN_OR_RETURN(Figure figure, found->build(data, options));
  figure.set_kind(request.kind());
  if (figure.color_label().empty()) SetColors(data, figure);
  std::vector<std::string> warnings = std::move(data.warnings);
  warnings.insert(warnings.end(), figure.warnings().begin(),
                  figure.warnings().end());
  figure.clear_warnings();
  figure.mutable_warnings()->Add(warnings.begin(), warnings.end());
  return figure;
}

}  // namespace isoshape

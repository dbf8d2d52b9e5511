#ifndef ISOSHAPE_FIGURES_PARTS_FIGURE_OPTIONS_H_
#define ISOSHAPE_FIGURES_PARTS_FIGURE_OPTIONS_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "isoshape/v1/figure_service.pb.h"
#include "scaling/reports/law_options.h"

namespace isoshape {

// INVALID_ARGUMENT, naming the field, if a request for a figure has no kind or
// an unknown one, sets a field that its kind does not use, or one is out of
// range. Its campaign and filter are not looked at.
absl::Status CheckFigureRequest(const v1::GetFigureRequest& request);

// A checked request, with zeros replaced by the defaults that they stand for.
struct FigureOptions {
  LawOptions fit;          // law, isoFLOP rule, resamples, seed and level
  std::optional<Law> law;  // if one is named
  double budget_flops = 0;
  double target_flops = 0;
  int max_marks = 0;
  bool show_failed = false;
  v1::ShapeCost cost = v1::SHAPE_COST_UNSPECIFIED;
  double max_cost = 0;  // 0: none
};
absl::StatusOr<FigureOptions> ToFigureOptions(
    const v1::GetFigureRequest& request);

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_PARTS_FIGURE_OPTIONS_H_

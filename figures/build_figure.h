#ifndef ISOSHAPE_FIGURES_BUILD_FIGURE_H_
#define ISOSHAPE_FIGURES_BUILD_FIGURE_H_

#include "absl/status/statusor.h"
#include "figures/parts/figure_data.h"
#include "isoshape/v1/figure.pb.h"
#include "isoshape/v1/figure_service.pb.h"

namespace isoshape {

// Draws the figure that a request asks for, whose campaign and filter do not
// count: `data` are what it is drawn from. The fits are those of scaling/, with
// the request's resamples, seed and level; bands are from the same resamples as
// the intervals that fits and predictions print. Figure::basis is left unset.
//
// INVALID_ARGUMENT, naming the field, if the request sets a field that its kind
// does not use, or one out of range; FAILED_PRECONDITION if the data do not
// have what it draws, with what to add. A fit that fails is a warning of the
// figure.
//
//   v1::GetFigureRequest request;
//   request.set_kind(v1::Figure::ISOFLOP);
//   auto figure = BuildFigure({.name = "runs.csv", .runs = &runs}, request);
absl::StatusOr<v1::Figure> BuildFigure(FigureData data,
                                       const v1::GetFigureRequest& request);

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_BUILD_FIGURE_H_

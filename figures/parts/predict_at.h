#ifndef ISOSHAPE_FIGURES_PARTS_PREDICT_AT_H_
#define ISOSHAPE_FIGURES_PARTS_PREDICT_AT_H_

#include <optional>

#include "absl/status/statusor.h"
#include "figures/parts/figure_data.h"
#include "scaling/predict/predict.h"
#include "scaling/reports/law_options.h"

namespace isoshape {

// What `predict` says of the data's runs at a compute, or why it refuses:
// FigureData::predict if it is given, else Predict. No law: the one that the
// runs identify.
absl::StatusOr<Prediction> PredictAt(const FigureData& data, double flops,
                                     std::optional<Law> law,
                                     const LawOptions& fit);

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_PARTS_PREDICT_AT_H_

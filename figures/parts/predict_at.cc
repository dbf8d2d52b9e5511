#include "figures/parts/predict_at.h"

namespace isoshape {

absl::StatusOr<Prediction> PredictAt(const FigureData& data, double flops,
                                     std::optional<Law> law,
                                     const LawOptions& fit) {
  if (data.predict) return data.predict(flops, law, fit);
  return Predict(*data.runs, {.flops = flops, .law = law, .fit = fit});
}

}  // namespace isoshape

#ifndef ISOSHAPE_SCALING_PREDICT_ANSWERER_H_
#define ISOSHAPE_SCALING_PREDICT_ANSWERER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "scaling/isoflop/isoflop.h"
#include "scaling/predict/predict.h"
#include "scaling/predict/trend_prediction.h"

namespace isoshape {

// The trend of the isoFLOP optima, and its prediction at the compute of a
// question.
struct Trend {
  IsoflopFit fit;
  OptimumPrediction optimum;
};

// Makes the answer to a question of what a law, or the trend, says.
class Answerer {
 public:
  // `question` with latency fitted. Both must outlive it.
  Answerer(const Runs& runs, const PredictionQuestion& question)
      : runs_(runs), question_(question) {}

  absl::StatusOr<Trend> FitTrend() const;
  absl::StatusOr<Prediction> ByLaw(LawPrediction law,
                                   const absl::StatusOr<Trend>& trend) const;
  absl::StatusOr<Prediction> ByTrend(const Trend& trend) const;

 private:
  // An aspect ratio for laws that know none: that of the best measured shapes,
  // or else of the runs; 0: shapes are not known.
  double MeasuredRatio(const absl::StatusOr<Trend>& trend) const;
  // The feasible shape nearest to a size and aspect ratio, within the limits.
  absl::StatusOr<Shape> Nearest(double size, double aspect_ratio) const;
  // The feasible shapes of one aspect ratio, at the best size and at kSizeStep
  // times it and so on (or at the size alone that the question fixes), with
  // what the law says that they cost; best first.
  absl::StatusOr<std::vector<PricedShape>> PriceSizes(
      const LawPrediction& law, double aspect_ratio) const;
  // A prediction with the fields that do not depend on how it is made.
  Prediction Begin(const std::string& law) const;
  // Adds the shapes of an optimum; none if shapes are not known.
  absl::Status AddShapes(const LawPrediction& law,
                         const absl::StatusOr<Trend>& trend,
                         Prediction& prediction) const;
  // Adds the loss of one new run of the best shape, or of the place.
  void AddLoss(const LawPrediction& law, Prediction& prediction) const;
  void AddWarnings(const LawPrediction& law, const absl::StatusOr<Trend>& trend,
                   Prediction& prediction) const;

  const Runs& runs_;
  const PredictionQuestion& question_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_PREDICT_ANSWERER_H_

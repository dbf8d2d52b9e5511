#include "scaling/predict/shape_warnings.h"

#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/format_number.h"
#include "scaling/allocation/allocation.h"
#include "scaling/allocation/decode_latency.h"
#include "scaling/allocation/shape_choice.h"

namespace isoshape {
namespace {

// A chosen shape further from the predicted size than this factor gets a
// warning.
constexpr double kNotableSize = 1.25;
// Times longer than this times the longest measured are said to be
// extrapolated.
constexpr double kLatencyReach = 2;

}  // namespace

void WarnOfShape(const PredictionQuestion& question, Prediction& prediction) {
  const PricedShape& best = prediction.shapes.front();
  const double off = best.choice.size / prediction.size.value;
  if (std::abs(std::log(off)) > std::log(kNotableSize)) {
    prediction.warnings.push_back(absl::StrFormat(
        "the snapped shape's size, %s, is %.2g times the predicted optimum, "
        "%s; the predicted loss allows for that",
        FormatCount(best.choice.size), off,
        FormatCount(prediction.size.value)));
  }
  if (!best.beyond.empty()) {
    prediction.warnings.push_back(
        "the best shape is an extrapolation to try, not a finding: its " +
        best.beyond);
  }
  if (question.candidates.max_decode_seconds == 0) return;
  const DecodeLatency& latency = *question.candidates.latency;
  absl::StrAppend(&prediction.method, "; ", latency.Describe());
  const double seconds = *best.decode_seconds;
  if (seconds > kLatencyReach * latency.max_seconds) {
    prediction.warnings.push_back(absl::StrFormat(
        "a decoded token is predicted to take %.3g s, %.2g times the longest "
        "measured: the latency is assumed there, not seen",
        seconds, seconds / latency.max_seconds));
  }
}

void WarnOfLimits(const Runs& runs, const PredictionQuestion& question,
                  const LawPrediction& law, Prediction& prediction) {
  const ShapeCandidates& candidates = question.candidates;
  if (!candidates.Limited() || law.allocation.fixed()) return;
  const double size = law.Figure("size").estimate.value;
  if (!(std::isfinite(size) && size > 0)) return;
  const Shape free = NearestShape(candidates.space, runs.measure, size,
                                  prediction.aspect_ratio);
  if (candidates.Afford(free)) return;
  const ShapeChoice& best = prediction.shapes.front().choice;
  const double loss = law.Figure("loss").estimate.value;
  if (!(best.loss > loss)) return;
  std::string text = absl::StrFormat(
      "the limits cost %.4f nats: the best shape within them has a loss of "
      "%.4f, the optimum without them %.4f",
      best.loss - loss, best.loss, loss);
  const double saved = WastedCompute(law, best.loss, loss);
  if (std::isfinite(saved)) {
    absl::StrAppendFormat(
        &text, ", which reaches that of the shape with %.2g %% of the compute",
        100 * (1 - saved));
  }
  prediction.warnings.push_back(
      absl::StrCat(text, "; shapes are compared with the best within them"));
  for (std::string& warning : WarnOfUnseen(runs, best.size, best.tokens)) {
    prediction.warnings.push_back("of the best shape within the limits, " +
                                  std::move(warning));
  }
}

}  // namespace isoshape

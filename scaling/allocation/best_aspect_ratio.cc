#include "scaling/allocation/best_aspect_ratio.h"

#include "absl/status/status.h"
#include "absl/strings/str_format.h"

namespace isoshape {

PowerSum AtBestRatio(const RatioLaw& law) {
  return {
      .e = law.e, .ln_a = {law.ln_a, law.ln_b}, .alpha = {law.alpha, law.beta}};
}

absl::StatusOr<ShapeOptimum> ShapeOptimumOf(const RatioLaw& law,
                                            const Allocation& allocation) {
  if (!(law.g > 0)) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "G is %.3g, not above 0: the runs show no best aspect ratio", law.g));
  }
  return ShapeOptimum{
      .size = Allocate(AtBestRatio(law), allocation).size,
      .ln_best_ratio =
          [law](double ln_size) { return law.BestLogRatio(ln_size); },
      .log_loss =
          [law](double ln_size, double ln_tokens, double ln_ratio) {
            return law.LogLoss(ln_size, ln_tokens, ln_ratio);
          }};
}

}  // namespace isoshape

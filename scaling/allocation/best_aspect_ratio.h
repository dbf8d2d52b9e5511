#ifndef ISOSHAPE_SCALING_ALLOCATION_BEST_ASPECT_RATIO_H_
#define ISOSHAPE_SCALING_ALLOCATION_BEST_ASPECT_RATIO_H_

#include <functional>

#include "absl/status/statusor.h"
#include "scaling/allocation/allocation.h"
#include "scaling/laws/power_sum.h"
#include "scaling/laws/ratio_law.h"

namespace isoshape {

// The best size and aspect ratio at one compute by a law.
struct ShapeOptimum {
  double size = 0;  // N*, or what the allocation fixes
  std::function<double(double ln_size)> ln_best_ratio;
  std::function<double(double ln_size, double ln_tokens, double ln_ratio)>
      log_loss;
};

// The ratio law at its best aspect ratio, as a law of size and tokens.
PowerSum AtBestRatio(const RatioLaw& law);

// Returns the optimum of the ratio law. FAILED_PRECONDITION if it has no best
// aspect ratio (G not above 0).
absl::StatusOr<ShapeOptimum> ShapeOptimumOf(const RatioLaw& law,
                                            const Allocation& allocation);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_ALLOCATION_BEST_ASPECT_RATIO_H_

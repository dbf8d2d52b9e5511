#ifndef ISOSHAPE_SEARCH_COSTS_RUN_COST_H_
#define ISOSHAPE_SEARCH_COSTS_RUN_COST_H_

#include <optional>
#include <string>
#include <vector>

#include "scaling/surface/surface.h"
#include "search/costs/log_linear.h"
#include "search/interface.h"

namespace isoshape {

// What a search divides by when it weighs a run against what it tells.
enum class CostUnit { kFlops, kSeconds };

// The cost of a run that has not been made. Seconds are a product of powers of
// FLOPs, size and aspect ratio, fitted to what the trials of the history took:
// small or deep shapes keep a machine less busy than their FLOPs say. The more
// trials, the less the priors matter: seconds grow as FLOPs (exponent 1 +- .2),
// and size and aspect ratio change nothing (0 +- .3). Follows from the history,
// whatever its order. Immutable. docs/search.md.
class RunCost {
 public:
  // Fewer trials of which the seconds are known tell less of a machine than
  // their FLOPs do.
  static constexpr int kMinTimed = 5;

  // Of shapes with the options of `space`: others take another time.
  RunCost(CostUnit unit, const SearchSpace& space,
          const std::vector<PastTrial>& history);

  // FLOPs if these are asked for, or if too few trials have their seconds.
  bool in_seconds() const { return seconds_.has_value(); }
  // How many trials have.
  int timed() const { return timed_; }

  // ln of the cost of a run, in FLOPs or seconds.
  double LnCost(const SurfacePoint& place) const;
  // `about 12 s`; empty if it is in FLOPs.
  std::string SecondsText(const SurfacePoint& place) const;
  // What the note of a search says of it: empty if FLOPs are asked for.
  std::string Note() const;

 private:
  CostUnit unit_;
  int timed_ = 0;
  std::optional<LogLinear> seconds_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_COSTS_RUN_COST_H_

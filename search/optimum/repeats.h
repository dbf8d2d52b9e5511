#ifndef ISOSHAPE_SEARCH_OPTIMUM_REPEATS_H_
#define ISOSHAPE_SEARCH_OPTIMUM_REPEATS_H_

#include <cstddef>
#include <vector>

#include "search/optimum/question.h"

namespace isoshape {

// True if two runs or candidates are of one shape and budget.
bool SamePlace(const SurfacePoint& a, const SurfacePoint& b);

// By how much losses differ that are equal but for their seed: the standard
// deviation of one, and its degrees of freedom, 0 without repeats. Pure error,
// while the scatter about the surface has what that is off by as well.
struct PureError {
  int degrees = 0;
  double deviation = 0;
};
// `runs` in any order.
PureError PureErrorOf(std::vector<OptimumRun> runs);

// Runs to be repeated with another seed.
struct Repeats {
  int wanted = 0;
  std::vector<size_t> candidates = {};  // that were run once
  double max_flops = 0;                 // of one

  // One of them is repeated.
  void Take(size_t candidate);
};

// What to repeat, given what is decided so far; `runs` are sorted. As long as
// losses scatter about the surface as much as is usual, nothing. If they
// scatter by more, it matters whether that is by their seeds, so that many runs
// in one place tell more than one, or by the surface, so that they tell the
// same error again; and repeats alone tell (pure error and lack of fit: Draper
// and Smith, Applied Regression Analysis, chapter 2; replicates of a stochastic
// simulator: Ankenman, Nelson and Staum 2010). Then four cheap runs are
// repeated, and from there on a third of all runs are repeats, since small runs
// may scatter otherwise than large ones.
Repeats RepeatsWanted(const OptimumQuestion& question,
                      const std::vector<OptimumRun>& runs,
                      const OptimumDecision& decision);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_OPTIMUM_REPEATS_H_

#ifndef ISOSHAPE_SEARCH_CANDIDATES_H_
#define ISOSHAPE_SEARCH_CANDIDATES_H_

#include <cstddef>
#include <vector>

#include "scaling/surface/surface.h"
#include "search/interface.h"

namespace isoshape {

// A shape at a budget of the problem.
struct ShapeCandidate {
  Shape shape;
  size_t budget = 0;  // its number
  SurfacePoint point;
};

// The feasible shapes of a problem at each of its budgets, thinned to 40 sizes
// and 11 aspect ratios, evenly spaced in logarithms: of each cell the shape
// nearest to its middle. Sizes from a thirtieth of what has twenty tokens a
// parameter at the smallest budget to thirty times that of the largest, aspect
// ratios from 2 to 400. In order of budget, size, aspect ratio.
std::vector<ShapeCandidate> CandidatesOf(const SearchProblem& problem);

// Returns true if shapes of one size differ in aspect ratio by a factor of two
// or more, so that there is one to choose.
bool RatiosDiffer(const std::vector<ShapeCandidate>& candidates);

// Returns the place of a shape at a budget.
SurfacePoint PlaceOf(const Shape& shape, double budget_flops);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_CANDIDATES_H_

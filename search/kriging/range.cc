#include "search/kriging/range.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace isoshape {

std::vector<ShapeCandidate> CandidatesInRange(const SpreadOptions& draw,
                                              const SearchProblem& problem,
                                              const GpFrame& frame) {
  const double reach = std::log(draw.size_range);
  const double ratio_reach = std::log(draw.aspect_ratio_range);
  const double middle = std::log(draw.center_aspect_ratio);
  const std::vector<ShapeCandidate> all = CandidatesOf(problem);
  std::vector<ShapeCandidate> in_range;
  for (size_t b = 0; b < problem.budgets.size(); ++b) {
    const size_t before = in_range.size();
    const ShapeCandidate* nearest = nullptr;
    double least = std::numeric_limits<double>::infinity();
    for (const ShapeCandidate& one : all) {
      if (one.budget != b) continue;
      const double v =
          std::abs(one.point.ln_size - frame.ln_centers[b]) / reach;
      const double u = std::abs(*one.point.ln_ratio - middle) / ratio_reach;
      const double off = std::max(v, u);
      if (off < least) {
        least = off;
        nearest = &one;
      }
      if (off <= 1) in_range.push_back(one);
    }
    if (in_range.size() == before && nearest != nullptr) {
      in_range.push_back(*nearest);
    }
  }
  return in_range;
}

}  // namespace isoshape

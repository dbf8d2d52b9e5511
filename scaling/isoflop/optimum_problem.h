#ifndef ISOSHAPE_SCALING_ISOFLOP_OPTIMUM_PROBLEM_H_
#define ISOSHAPE_SCALING_ISOFLOP_OPTIMUM_PROBLEM_H_

#include <string>

#include "scaling/isoflop/size_curve.h"
#include "scaling/isoflop/size_optimum.h"
#include "scaling/runs/size_remedy.h"

namespace isoshape {

// Why a budget has no optimum, or a biased one, in one line with values, or
// empty; and what to run.
struct OptimumProblem {
  std::string what = {};
  SizeRemedy remedy = SizeRemedy::kNone;
};

// What FindSizeOptimum has for a problem.
OptimumProblem ProblemOf(const SizeCurve& curve, const OptimumRule& rule);

// What OffCentre has of an optimum of the curve.
OptimumProblem OffCentreOf(double size, const SizeCurve& curve,
                           OptimumMethod method);

// The sizes that were tried at the curve's budget.
SizesTried TriedOf(const SizeCurve& curve, SizeMeasure measure);

// `what; remedy`, the remedy being one that can be followed (SizeBounds); empty
// if there is no problem.
std::string ProblemText(const OptimumProblem& problem, const SizeCurve& curve,
                        SizeMeasure measure);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_ISOFLOP_OPTIMUM_PROBLEM_H_

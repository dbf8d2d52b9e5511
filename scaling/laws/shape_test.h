#ifndef ISOSHAPE_SCALING_LAWS_SHAPE_TEST_H_
#define ISOSHAPE_SCALING_LAWS_SHAPE_TEST_H_

#include <string>

#include "scaling/laws/power_sum.h"
#include "scaling/runs/runs.h"

namespace isoshape {

// A test of the hypothesis that shape does not matter, G = 0 in the ratio law.
struct ShapeTest {
  double t = 0;  // of the coefficient of ln(r)^2; large if shape matters
  int degrees_of_freedom = 0;
  double p_value = 1;  // one-sided: G > 0
  // Why it could not be made, or empty.
  std::string problem;
};

// Under G = 0 the best ratio does not exist, so no interval of G is a test of
// it. But G (z - c0 - c1 x)^2 N^-alpha, with z = ln r and x = ln N, is linear
// in G, G c0 and G c1: the residuals of the law without shape are regressed on
// N^-alpha / L times z^2, z, x z and x^2, beside the law's own derivatives, and
// the coefficient of z^2 is G. Huber weights; Student's t, with errors by
// clusters if the runs name theirs (ClusterCovariance). Rows more than four
// robust deviations off are left out, and the rest is fitted again. docs/adr/
// 0008-test-of-shape.md has the size and the power. `plain` is the law without
// shape, fitted to `runs`, whose shapes are known.
ShapeTest TestShape(const Runs& runs, const PowerSum& plain);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_LAWS_SHAPE_TEST_H_

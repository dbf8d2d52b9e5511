#ifndef ISOSHAPE_SCALING_LAWS_POWER_SUM_GRID_H_
#define ISOSHAPE_SCALING_LAWS_POWER_SUM_GRID_H_

#include <optional>
#include <vector>

#include "scaling/laws/power_sum.h"

namespace isoshape {

// Laws to start a fit from, the best first, at most `most`. For fixed exponents
// the law is linear in (E, A_k); their non-negative least squares of the
// relative residual are solved exactly over a grid of exponents (variable
// projection). Laws less than two grid steps from a better one are left out.
// E and A_k are above 0, those that come out 0 being set to a small part of the
// loss. 1 to 4 terms.
std::vector<PowerSum> GridStarts(const PowerSumData& data,
                                 std::optional<double> fixed_e, int most);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_LAWS_POWER_SUM_GRID_H_

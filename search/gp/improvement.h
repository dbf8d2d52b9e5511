#ifndef ISOSHAPE_SEARCH_GP_IMPROVEMENT_H_
#define ISOSHAPE_SEARCH_GP_IMPROVEMENT_H_

namespace isoshape {

// ln of the expected improvement of a normal figure on `best`, less being
// better: ln E max(0, best - Y) = ln s + ln(phi(z) + z Phi(z)), z = (best -
// mean) / s (Jones et al. 1998). Finite as long as s > 0, also where the
// improvement itself would be zero in doubles (Ament et al. 2023); minus
// infinity if s is 0 and the mean no better.
double LogExpectedImprovement(double mean, double deviation, double best);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_GP_IMPROVEMENT_H_

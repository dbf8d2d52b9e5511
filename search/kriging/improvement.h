#ifndef ISOSHAPE_SEARCH_KRIGING_IMPROVEMENT_H_
#define ISOSHAPE_SEARCH_KRIGING_IMPROVEMENT_H_

namespace isoshape {

// ln of the expected improvement of a normal figure on `best`, less being
// better: ln E max(0, best - Y) = ln s + ln(phi(z) + z Phi(z)), z = (best -
// mean) / s (Jones et al. 1998). Finite as long as s > 0, also where the
// improvement itself would be zero in doubles (Ament et al. 2023); minus
// infinity if s is 0 and the mean no better.
double LogExpectedImprovement(double mean, double deviation, double best);

// E max(0, best - Y) itself, where it may vanish; also of deviation 0, and 0 of
// a best of minus infinity.
double ExpectedImprovement(double mean, double deviation, double best);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_KRIGING_IMPROVEMENT_H_

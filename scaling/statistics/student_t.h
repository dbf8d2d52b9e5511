#ifndef ISOSHAPE_SCALING_STATISTICS_STUDENT_T_H_
#define ISOSHAPE_SCALING_STATISTICS_STUDENT_T_H_

namespace isoshape {

// P(T <= t) of Student's t with whole degrees of freedom >= 1 (Abramowitz and
// Stegun 26.7.3, 26.7.4).
double StudentTCdf(double t, int degrees_of_freedom);

// t such that P(|T| <= t) = level, level in (0, 1), for Student's t with whole
// degrees of freedom >= 1.
double StudentTTwoSided(double level, int degrees_of_freedom);

// z such that P(|Z| <= z) = level for the standard normal.
double NormalTwoSided(double level);

// By how much normal draws are spread so that their quantiles at `level` are
// those of Student's t: a deviation known from few degrees of freedom is itself
// uncertain. 1 for no degrees: the deviation is taken as known.
double StudentSpread(double level, int degrees_of_freedom);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_STATISTICS_STUDENT_T_H_

#ifndef ISOSHAPE_SCALING_STATISTICS_PARETO_FRONT_H_
#define ISOSHAPE_SCALING_STATISTICS_PARETO_FRONT_H_

#include <vector>

namespace isoshape {

// Which rows of figures, of which less is better, no other row is as good as in
// all of them: the Pareto front. Of equal rows the first is on it. Rows are of
// one length, and their figures finite or infinite; infinity stands for one
// that nobody knows. Takes time in proportion to the rows and those on the
// front.
std::vector<bool> ParetoFront(const std::vector<std::vector<double>>& rows);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_STATISTICS_PARETO_FRONT_H_

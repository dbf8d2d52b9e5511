#ifndef ISOSHAPE_TESTS_FIGURES_GNUPLOT_SAMPLE_FIGURES_H_
#define ISOSHAPE_TESTS_FIGURES_GNUPLOT_SAMPLE_FIGURES_H_

#include <string>

#include "isoshape/v1/figure.pb.h"

namespace isoshape {

// isoFLOP curves of three budgets, with optima, an edge, a band, a span, rules,
// failed and verification trials, open intervals and a loss that is NaN.
v1::Figure IsoflopSample();
// Every mark and every role, on panels of a log axis, of categories, of time
// and of cells.
v1::Figure EveryMark();
// One panel of `count` measured points with error bars in five colours.
v1::Figure ManyPoints(int count);
// IsoflopSample with `text` in every place that a text has.
v1::Figure WithText(const std::string& text);

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_FIGURES_GNUPLOT_SAMPLE_FIGURES_H_

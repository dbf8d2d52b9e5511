#ifndef ISOSHAPE_BENCH_ANSWERS_PUBLISHED_H_
#define ISOSHAPE_BENCH_ANSWERS_PUBLISHED_H_

namespace isoshape {

// Prints what the default prediction says of published sweeps at four times the
// compute of the runs that it is given: the best size beside the measured one,
// what a run of it loses on the measured curve, and whether the interval holds
// the measured one. False if there are no published sweeps.
bool ScorePublished();

}  // namespace isoshape

#endif  // ISOSHAPE_BENCH_ANSWERS_PUBLISHED_H_

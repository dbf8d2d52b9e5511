#ifndef ISOSHAPE_BENCH_ANSWERS_LEARNING_H_
#define ISOSHAPE_BENCH_ANSWERS_LEARNING_H_

namespace isoshape {

// How many FLOPs of a grid, measured cheapest budget first, until the best size
// at kReach times the largest budget is right for good: by the surface, the
// ladder before it and the ranked ladder, on so many generated tables of either
// kind of truth, and on the published sweeps in $ISOSHAPE_PUBLISHED_DATA.
void CompareLearning(int tables);

}  // namespace isoshape

#endif  // ISOSHAPE_BENCH_ANSWERS_LEARNING_H_

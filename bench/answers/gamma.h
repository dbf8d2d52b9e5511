#ifndef ISOSHAPE_BENCH_ANSWERS_GAMMA_H_
#define ISOSHAPE_BENCH_ANSWERS_GAMMA_H_

namespace isoshape {

// How often gamma = 1 is rejected, and how often not tested, on tables
// first .. first + tables - 1 of wide sweeps whose gamma is 1.
void TestTrueGamma(int first, int tables);

}  // namespace isoshape

#endif  // ISOSHAPE_BENCH_ANSWERS_GAMMA_H_

#ifndef ISOSHAPE_BENCH_SEARCH_ORACLE_H_
#define ISOSHAPE_BENCH_SEARCH_ORACLE_H_

#include <iosfwd>

namespace isoshape {

// Trains for searches that are not of this repository. Reads lines of
// `PROBLEM SEED SIZE RATIO NUMBER` and answers each with `LOSS REGRET`: what
// run NUMBER measures of the shape nearest to that size (FLOPs per token / 6)
// and aspect ratio, trained at the largest compute of the problem; and what its
// shape loses as the answer at the target if the best size grows with the
// square root of compute. False if a line cannot be read.
bool AnswerQuestions(std::istream& in, std::ostream& out);

}  // namespace isoshape

#endif  // ISOSHAPE_BENCH_SEARCH_ORACLE_H_

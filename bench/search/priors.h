#ifndef ISOSHAPE_BENCH_SEARCH_PRIORS_H_
#define ISOSHAPE_BENCH_SEARCH_PRIORS_H_

namespace isoshape {

// Prints whether earlier campaigns (`--prior`) save FLOPs: of all problems,
// those of `optimum` until it is certain, begun from nothing, from a campaign
// in the same truth, in another draw of its family, and in another family. The
// answers are those of `predict`, which rest on the campaign's own losses.
void PrintPriors(int seeds);

}  // namespace isoshape

#endif  // ISOSHAPE_BENCH_SEARCH_PRIORS_H_

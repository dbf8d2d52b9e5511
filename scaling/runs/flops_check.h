#ifndef ISOSHAPE_SCALING_RUNS_FLOPS_CHECK_H_
#define ISOSHAPE_SCALING_RUNS_FLOPS_CHECK_H_

#include <string>
#include <vector>

namespace isoshape {

// Training FLOPs of a file held against 6 N D, which training a transformer
// takes but for attention and embeddings (Kaplan et al. 2020, arXiv 2001.08361,
// section 2.1).
struct FlopsCheck {
  double unit = 1;           // what the column has to be taken times
  std::string warning = {};  // empty if nothing is the matter
};

// `column` is its name for messages, `unit` what its name says (1e15 of
// `pflops`): the one that is nearer to 6 N D than no unit is kept. Without, the
// column is taken in giga-, tera-, peta-, exa- or zettaFLOPs if all rows are
// within a factor of four of that. Warns of that, of a constant 2 N D (forward
// passes alone), 4 N D or 8 N D, and of a median more than four times off.
FlopsCheck CheckFlops(const std::vector<double>& params,
                      const std::vector<double>& tokens,
                      const std::vector<double>& flops,
                      const std::string& column, double unit);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_RUNS_FLOPS_CHECK_H_

#ifndef ISOSHAPE_SCALING_RUNS_FLOPS_CHECK_H_
#define ISOSHAPE_SCALING_RUNS_FLOPS_CHECK_H_

#include <cstddef>
#include <string>
#include <vector>

#include "scaling/runs/number_columns.h"

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

// Rows of which one cell was filled, by column.
struct FilledCells {
  double six_nd = 1;  // FLOPs of the other rows over 6 N D, in the median
  std::vector<size_t> params = {}, tokens = {}, flops = {};
};

// Fills the one blank cell of a row from the two others, C = k 6 N D, with k
// and the unit of FLOPs those of the rows that have all three (1 and `unit` if
// there are none).
FilledCells FillBlankCells(NumberColumn& params, NumberColumn& tokens,
                           NumberColumn& flops, const std::string& column,
                           double unit);

// The rows whose FLOPs over 6 N D are more than four times off the median, if
// they are at most a fifth of all: there the cells of a row contradict each
// other, not the columns.
std::vector<size_t> ContradictingRows(const std::vector<double>& params,
                                      const std::vector<double>& tokens,
                                      const std::vector<double>& flops);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_RUNS_FLOPS_CHECK_H_

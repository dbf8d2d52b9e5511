#ifndef ISOSHAPE_SCALING_RUNS_FLOPS_CHECK_H_
#define ISOSHAPE_SCALING_RUNS_FLOPS_CHECK_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "scaling/runs/number_columns.h"

namespace isoshape {

// Training FLOPs of a file held against 6 N D, which training a transformer
// takes but for attention and embeddings (Kaplan et al. 2020, arXiv 2001.08361,
// section 2.1).
struct FlopsCheck {
  double unit = 1;           // what the column has to be taken times
  std::string warning = {};  // empty if nothing is the matter
  // Rows in which one of the three columns is in another unit than elsewhere,
  // if the column says nothing for that; else none.
  std::vector<size_t> mixed = {};
};

// `column` is its name for messages, `unit` what its name says (1e15 of
// `pflops`): the one that is nearer to 6 N D than no unit is kept. Without, the
// column is taken in giga-, tera-, peta-, exa- or zettaFLOPs if all rows, but
// for a fifth, are within a factor of four of that. Warns of that, of a
// constant 2 N D (forward passes alone), 4 N D or 8 N D, and of a median more
// than four times off.
//
// Rows whose multiples of 6 N D are further apart than those of one unit can be
// are in different units. If a fifth of them or less are not as most are, they
// are slips (ContradictingRows), unless they are the ones near 6 N D. Else the
// rows are mixed: the warning says which, by their `line`s.
FlopsCheck CheckFlops(const std::vector<double>& params,
                      const std::vector<double>& tokens,
                      const std::vector<double>& flops,
                      const std::vector<int>& line, const std::string& column,
                      double unit);

// What tokens per parameter say of the units of the two columns, from which
// FLOPs were derived, or of which one was derived from FLOPs: a warning if
// their median is beyond what models are trained on, if they fall into groups
// that lie a unit apart, or if counts are below any model's; else empty.
// INVALID_ARGUMENT with the line of a row if no run can have such a median.
// `source` names the columns.
absl::StatusOr<std::string> CheckTokensPerParam(
    absl::string_view file, const std::vector<double>& params,
    const std::vector<double>& tokens, const std::vector<int>& line,
    const std::string& source);

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

#include "scaling/runs/flops_check.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "absl/strings/str_format.h"
#include "common/one_line.h"
#include "scaling/statistics/intervals.h"

namespace isoshape {
namespace {

// Attention, embeddings and what counts as a parameter move FLOPs by less.
constexpr double kFactor = 4;
// A constant multiple is one within this share.
constexpr double kConstant = 0.02;

constexpr std::pair<double, const char*> kUnits[] = {{1e9, "gigaFLOPs"},
                                                     {1e12, "teraFLOPs"},
                                                     {1e15, "petaFLOPs"},
                                                     {1e18, "exaFLOPs"},
                                                     {1e21, "zettaFLOPs"}};

// More rows than this share that are off are no slips of single cells.
constexpr size_t kFewest = 5;

// ln of FLOPs over 6 N D.
std::vector<double> LogRatios(const std::vector<double>& params,
                              const std::vector<double>& tokens,
                              const std::vector<double>& flops) {
  std::vector<double> ln_ratio;
  ln_ratio.reserve(flops.size());
  for (size_t i = 0; i < flops.size(); ++i) {
    ln_ratio.push_back(std::log(flops[i] / (6 * params[i] * tokens[i])));
  }
  return ln_ratio;
}

struct Multiple {
  double of_six_nd;
  const char* text;
};
constexpr Multiple kMultiples[] = {
    {1. / 3, "2 x params x tokens, which forward passes alone take"},
    {2. / 3, "4 x params x tokens, which backward passes alone take"},
    {4. / 3, "8 x params x tokens, as if activations were computed twice"}};

}  // namespace

FlopsCheck CheckFlops(const std::vector<double>& params,
                      const std::vector<double>& tokens,
                      const std::vector<double>& flops,
                      const std::string& column, double unit) {
  const std::string name = OneLine(column, 40);
  FlopsCheck check;
  const std::vector<double> ln_ratio = LogRatios(params, tokens, flops);
  if (ln_ratio.empty()) return check;
  const auto [least, most] =
      std::minmax_element(ln_ratio.begin(), ln_ratio.end());
  double low = *least;
  double high = *most;
  double median = Median(ln_ratio);
  const auto all_near = [&](double ln, double within) {
    return high < ln + within && low > ln - within;
  };
  // A unit that the name says, if it brings the numbers nearer; what is still
  // off then is said below.
  if (unit != 1 && std::abs(median + std::log(unit)) < std::abs(median)) {
    check.unit = unit;
    for (double* one : {&median, &low, &high}) *one += std::log(unit);
  }
  for (const auto& [factor, word] : kUnits) {
    if (!all_near(-std::log(factor), std::log(kFactor))) continue;
    check.unit *= factor;
    check.warning = absl::StrFormat(
        "6 x params x tokens is about %g times %s in all %d rows: %s is taken "
        "as %s; write FLOPs",
        factor, name, flops.size(), name, word);
    return check;
  }
  for (const Multiple& multiple : kMultiples) {
    if (!all_near(std::log(multiple.of_six_nd), kConstant)) continue;
    check.warning = absl::StrFormat(
        "%s is %s, where training takes 6: it is used as it is; give the FLOPs "
        "of training",
        name, multiple.text);
    return check;
  }
  if (std::abs(median) > std::log(kFactor)) {
    check.warning = absl::StrFormat(
        "%s is %.3g times 6 x params x tokens in the median (%.3g to %.3g): "
        "look at the units of the three columns",
        name, std::exp(median), std::exp(low), std::exp(high));
  }
  return check;
}

FilledCells FillBlankCells(NumberColumn& params, NumberColumn& tokens,
                           NumberColumn& flops, const std::string& column,
                           double unit) {
  const auto is = [](const NumberColumn& numbers, size_t row, CellState state) {
    return numbers.states[row] == state;
  };
  std::vector<double> n;
  std::vector<double> d;
  std::vector<double> c;
  for (size_t row = 0; row < params.states.size(); ++row) {
    if (!is(params, row, CellState::kNumber) ||
        !is(tokens, row, CellState::kNumber) ||
        !is(flops, row, CellState::kNumber)) {
      continue;
    }
    n.push_back(params.values[row]);
    d.push_back(tokens.values[row]);
    c.push_back(flops.values[row]);
  }
  FilledCells filled;
  if (!n.empty()) {
    unit = CheckFlops(n, d, c, column, unit).unit;
    filled.six_nd = unit * std::exp(Median(LogRatios(n, d, c)));
  }
  const double factor = 6 * filled.six_nd / unit;
  for (size_t row = 0; row < params.states.size(); ++row) {
    const auto fill = [&](NumberColumn& blank, const NumberColumn& one,
                          const NumberColumn& other, double value,
                          std::vector<size_t>& rows) {
      if (!is(blank, row, CellState::kMissing) ||
          !is(one, row, CellState::kNumber) ||
          !is(other, row, CellState::kNumber)) {
        return;
      }
      blank.values[row] = value;
      blank.states[row] = CellState::kNumber;
      rows.push_back(row);
    };
    const double size = params.values[row];
    const double seen = tokens.values[row];
    const double spent = flops.values[row];
    fill(params, tokens, flops, spent / (factor * seen), filled.params);
    fill(tokens, params, flops, spent / (factor * size), filled.tokens);
    fill(flops, params, tokens, factor * size * seen, filled.flops);
  }
  return filled;
}

std::vector<size_t> ContradictingRows(const std::vector<double>& params,
                                      const std::vector<double>& tokens,
                                      const std::vector<double>& flops) {
  std::vector<size_t> rows;
  if (flops.empty()) return rows;
  const std::vector<double> ln_ratio = LogRatios(params, tokens, flops);
  const double median = Median(ln_ratio);
  for (size_t row = 0; row < flops.size(); ++row) {
    if (std::abs(ln_ratio[row] - median) > std::log(kFactor)) {
      rows.push_back(row);
    }
  }
  if (rows.size() * kFewest > flops.size()) rows.clear();
  return rows;
}

}  // namespace isoshape

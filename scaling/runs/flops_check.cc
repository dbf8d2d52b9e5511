#include "scaling/runs/flops_check.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/text/format_number.h"
#include "common/text/one_line.h"
#include "scaling/statistics/intervals.h"
#include "scaling/tables/file_error.h"

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

// Units are a thousand apart, and what is of one unit lies within kFactor.
constexpr double kUnitGap = 30;
// The gap between slips in tokens per parameter. These spread over more than
// FLOPs over 6 N D do, and those of one sweep have no gap as wide.
constexpr double kTokenGap = 300;

// Models have been trained on 0.2 to 60,000 tokens a parameter, whole sweeps on
// less; nobody ever will on less or more than the second pair.
constexpr double kFewTokens = 0.1, kManyTokens = 1e4;
constexpr double kMinTokens = 1e-4, kMaxTokens = 1e8;
// No language model has fewer parameters, and none was trained on fewer tokens.
constexpr double kMinCount = 1000;

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

// Rows whose values lie near each other.
struct Group {
  double middle = 0;  // median
  std::vector<size_t> rows = {};
};

// Groups of values between which there is a gap, the largest first.
std::vector<Group> GroupsOf(const std::vector<double>& values, double gap) {
  std::vector<size_t> order(values.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<Group> groups;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || values[order[i]] - values[order[i - 1]] > gap) {
      groups.emplace_back();
    }
    groups.back().rows.push_back(order[i]);
  }
  for (Group& group : groups) {
    group.middle = values[group.rows[group.rows.size() / 2]];
    std::sort(group.rows.begin(), group.rows.end());
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const Group& a, const Group& b) {
                     return a.rows.size() > b.rows.size();
                   });
  return groups;
}

// `about 1 times it in 31 rows (lines 2, 3, …), about 1e-9 times it in …`.
std::string DescribeGroups(const std::vector<Group>& groups,
                           const std::vector<int>& line, const char* of) {
  constexpr size_t kMax = 3;
  std::vector<std::string> texts;
  for (size_t g = 0; g < std::min(kMax, groups.size()); ++g) {
    std::vector<int> lines;
    for (const size_t row : groups[g].rows) {
      if (row < line.size()) lines.push_back(line[row]);
    }
    texts.push_back(absl::StrFormat(
        "about %s%s in %d %s (%s)", FormatRatio(std::exp(groups[g].middle)), of,
        groups[g].rows.size(), groups[g].rows.size() == 1 ? "row" : "rows",
        ShownLines(lines)));
  }
  return absl::StrCat(
      absl::StrJoin(texts, ", "),
      groups.size() > kMax
          ? absl::StrCat(", and in ", groups.size() - kMax, " more ways")
          : "");
}

// Whether the rows are in different units, and not single ones slips.
bool AreMixed(const std::vector<Group>& groups, size_t rows) {
  const size_t others = rows - groups.front().rows.size();
  if (others * kFewest > rows) return true;
  const auto near = [](const Group& group) {
    return std::abs(group.middle) < std::log(kFactor);
  };
  return !near(groups.front()) &&
         std::any_of(groups.begin() + 1, groups.end(), near);
}

// The rows that are not in the largest group.
std::vector<size_t> OtherRows(const std::vector<Group>& groups) {
  std::vector<size_t> rows;
  for (size_t g = 1; g < groups.size(); ++g) {
    rows.insert(rows.end(), groups[g].rows.begin(), groups[g].rows.end());
  }
  std::sort(rows.begin(), rows.end());
  return rows;
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
                      const std::vector<int>& line, const std::string& column,
                      double unit) {
  const std::string name = OneLine(column, 40);
  FlopsCheck check;
  std::vector<double> ln_ratio = LogRatios(params, tokens, flops);
  if (ln_ratio.empty()) return check;
  double median = Median(ln_ratio);
  // A unit that the name says, if it brings the numbers nearer; what is still
  // off then is said below.
  if (unit != 1 && std::abs(median + std::log(unit)) < std::abs(median)) {
    check.unit = unit;
    median += std::log(unit);
    for (double& one : ln_ratio) one += std::log(unit);
  }
  const std::vector<Group> groups = GroupsOf(ln_ratio, std::log(kUnitGap));
  if (AreMixed(groups, flops.size())) {
    check.mixed = OtherRows(groups);
    check.warning = absl::StrFormat(
        "params, tokens and %s are not of one unit in all rows: %s is %s; "
        "write each column in one unit",
        name, name, DescribeGroups(groups, line, " times 6 x params x tokens"));
    return check;
  }
  std::vector<double> most;
  for (const size_t row : groups.front().rows) most.push_back(ln_ratio[row]);
  const auto [low, high] = std::minmax_element(most.begin(), most.end());
  const auto all_near = [low = *low, high = *high](double ln, double within) {
    return high < ln + within && low > ln - within;
  };
  for (const auto& [factor, word] : kUnits) {
    if (!all_near(-std::log(factor), std::log(kFactor))) continue;
    check.unit *= factor;
    check.warning = absl::StrFormat(
        "6 x params x tokens is about %s times %s in %s %d rows: %s is taken "
        "as %s; write FLOPs",
        FormatRatio(factor), name,
        most.size() == flops.size() ? "all" : absl::StrCat(most.size(), " of"),
        flops.size(), name, word);
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
        "%s is %s times 6 x params x tokens in the median (%s to %s): "
        "look at the units of the three columns",
        name, FormatRatio(std::exp(median)), FormatRatio(std::exp(*low)),
        FormatRatio(std::exp(*high)));
  }
  return check;
}

absl::StatusOr<std::string> CheckTokensPerParam(
    absl::string_view file, const std::vector<double>& params,
    const std::vector<double>& tokens, const std::vector<int>& line,
    const std::string& source) {
  std::vector<double> ln_ratio;
  ln_ratio.reserve(params.size());
  for (size_t i = 0; i < params.size(); ++i) {
    ln_ratio.push_back(std::log(tokens[i] / params[i]));
  }
  if (ln_ratio.empty()) return "";
  const double median = std::exp(Median(ln_ratio));
  const std::string remedy =
      absl::StrCat("look at the units of ", source,
                   ", and write plain numbers or the unit in the column's name "
                   "(params_m, tokens_b, gflops)");
  if (median < kMinTokens || median > kMaxTokens) {
    return ErrorAt(file, line.empty() ? 1 : line.front(), 1,
                   absl::StrFormat("the rows have %s tokens a parameter in "
                                   "the median, which no run has; %s",
                                   FormatRatio(median), remedy));
  }
  const std::vector<Group> groups = GroupsOf(ln_ratio, std::log(kTokenGap));
  if (groups.size() > 1) {
    return absl::StrFormat("tokens a parameter fall apart, %s: %s",
                           DescribeGroups(groups, line, ""), remedy);
  }
  if (median < kFewTokens || median > kManyTokens) {
    return absl::StrFormat(
        "the rows have %s tokens a parameter in the median, where models are "
        "trained on %g to %g: %s",
        FormatRatio(median), kFewTokens, kManyTokens, remedy);
  }
  const double max_params = *std::max_element(params.begin(), params.end());
  const double max_tokens = *std::max_element(tokens.begin(), tokens.end());
  if (max_params < kMinCount && max_tokens < kMinCount) {
    return absl::StrFormat(
        "no row has more than %s params and %s tokens, less than any "
        "model: %s",
        FormatCount(max_params), FormatCount(max_tokens), remedy);
  }
  return "";
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
    const FlopsCheck check = CheckFlops(n, d, c, {}, column, unit);
    if (!check.mixed.empty()) return filled;
    unit = check.unit;
    filled.six_nd = unit * std::exp(Median(LogRatios(n, d, c)));
  }
  const double factor = 6 * filled.six_nd / unit;
  for (size_t row = 0; row < params.states.size(); ++row) {
    const auto fill = [&](NumberColumn& blank, const NumberColumn& one,
                          const NumberColumn& other, double value, double least,
                          std::vector<size_t>& rows) {
      if (!is(blank, row, CellState::kMissing) ||
          !is(one, row, CellState::kNumber) ||
          !is(other, row, CellState::kNumber) || !(value >= least)) {
        return;
      }
      blank.values[row] = value;
      blank.states[row] = CellState::kNumber;
      rows.push_back(row);
    };
    const double size = params.values[row];
    const double seen = tokens.values[row];
    const double spent = flops.values[row];
    // What comes out below 1 is no count; FLOPs are in a unit of the file's.
    fill(params, tokens, flops, spent / (factor * seen), 1, filled.params);
    fill(tokens, params, flops, spent / (factor * size), 1, filled.tokens);
    constexpr double kAny = std::numeric_limits<double>::min();
    fill(flops, params, tokens, factor * size * seen, kAny, filled.flops);
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

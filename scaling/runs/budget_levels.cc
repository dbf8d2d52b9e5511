#include "scaling/runs/budget_levels.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "common/text/short_exponent.h"
#include "scaling/runs/equal_size.h"
#include "scaling/tables/file_error.h"

namespace isoshape {
namespace {

constexpr double kClearGap = 1.25;
constexpr int kMinSizes = 3;
constexpr double kOneName = 2;
constexpr size_t kMaxShown = 8;

// Gives the runs of `rows` one budget.
void SetLevel(const std::vector<double>& values,
              const std::vector<size_t>& rows, BudgetLevels& levels) {
  double first = values[rows.front()];
  double sum = 0;
  bool equal = true;
  for (const size_t row : rows) {
    sum += std::log(values[row]);
    equal = equal && values[row] == first;
  }
  const double level =
      equal ? first : std::exp(sum / static_cast<double>(rows.size()));
  for (const size_t row : rows) levels.budget[row] = level;
  ++levels.levels;
}

int CountSizes(std::vector<double> sizes) {
  std::sort(sizes.begin(), sizes.end());
  int count = 0;
  double last = 0;
  for (const double size : sizes) {
    if (size < last * kEqualSizeFactor) continue;
    ++count;
    last = size;
  }
  return count;
}

}  // namespace

bool SameBudget(double a, double b) {
  constexpr double kTolerance = 1e-6;
  return std::abs(a - b) <= kTolerance * std::max(a, b);
}

std::string BudgetText(double budget) { return FormatDigits(budget, 7); }

BudgetLevels LevelsOf(const std::vector<double>& values, double tolerance) {
  BudgetLevels levels;
  levels.budget.resize(values.size());
  levels.gap = std::numeric_limits<double>::infinity();
  // Values with their rows: sorting rows alone would look up each value anew.
  std::vector<std::pair<double, size_t>> order;
  order.reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i) order.emplace_back(values[i], i);
  std::sort(order.begin(), order.end());
  std::vector<size_t> rows;
  size_t begin = 0;
  size_t chain_end = 0;
  while (begin < order.size()) {
    // The chain of values of which each is near the one before it: what is left
    // of the last one, or the next.
    if (begin >= chain_end) {
      chain_end = begin + 1;
      while (chain_end < order.size() &&
             order[chain_end].first <= order[chain_end - 1].first * tolerance) {
        ++chain_end;
      }
    }
    size_t end = chain_end;
    const double first = order[begin].first;
    if (order[end - 1].first > first * tolerance * tolerance) {
      end = begin + 1;
      while (order[end].first <= first * tolerance) ++end;
    }
    rows.clear();
    for (size_t i = begin; i < end; ++i) rows.push_back(order[i].second);
    SetLevel(values, rows, levels);
    if (end < order.size()) {
      levels.gap =
          std::min(levels.gap, order[end].first / order[end - 1].first);
    }
    begin = end;
  }
  return levels;
}

BudgetLevels LevelsOfFlops(const std::vector<double>& flops,
                           const std::vector<double>& size, double tolerance) {
  BudgetLevels levels = LevelsOf(flops, tolerance);
  if (levels.gap < kClearGap) return {};
  std::map<double, std::vector<double>> sizes;
  for (size_t i = 0; i < size.size(); ++i) {
    sizes[levels.budget[i]].push_back(size[i]);
  }
  for (auto& [budget, of_level] : sizes) {
    if (CountSizes(std::move(of_level)) < kMinSizes) return {};
  }
  return levels;
}

BudgetLevels LevelsOfNames(const std::vector<absl::string_view>& names,
                           const std::vector<double>& flops,
                           std::string& problem) {
  std::map<absl::string_view, std::vector<size_t>> rows;
  for (size_t i = 0; i < names.size(); ++i) rows[names[i]].push_back(i);
  BudgetLevels levels;
  levels.budget.resize(names.size());
  for (const auto& [name, of_name] : rows) {
    double low = flops[of_name.front()];
    double high = low;
    for (const size_t row : of_name) {
      low = std::min(low, flops[row]);
      high = std::max(high, flops[row]);
    }
    if (high > low * kOneName) {
      problem = absl::StrFormat(
          "%s has runs of %s to %s FLOPs, which is "
          "no one budget",
          Shown(name), FormatFlops(low), FormatFlops(high));
      return {};
    }
    SetLevel(flops, of_name, levels);
  }
  return levels;
}

std::string Describe(const BudgetLevels& levels) {
  std::map<double, int> runs;
  for (const double budget : levels.budget) ++runs[budget];
  std::string text =
      absl::StrCat(runs.size(), runs.size() == 1 ? " budget: " : " budgets: ");
  size_t shown = 0;
  for (const auto& [budget, count] : runs) {
    if (shown == kMaxShown) {
      absl::StrAppend(&text, " and ", runs.size() - shown, " more");
      break;
    }
    absl::StrAppend(&text, shown == 0 ? "" : ", ", FormatDigits(budget, 4),
                    " (", Counted(count, "run"), ")");
    ++shown;
  }
  return text;
}

}  // namespace isoshape

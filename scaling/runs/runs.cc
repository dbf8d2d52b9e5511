#include "scaling/runs/runs.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "scaling/runs/budget_levels.h"
#include "scaling/runs/keep_rows.h"

namespace isoshape {
namespace {

absl::Status CheckLength(const char* name, size_t length, size_t rows,
                         bool required = false) {
  if (length == rows || (length == 0 && !required)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrFormat(
      "column %s has %d values for %d losses", name, length, rows));
}

}  // namespace

std::string DescribeSize(SizeMeasure measure) {
  return measure == SizeMeasure::kParams ? "parameters" : "FLOPs per token / 6";
}

std::vector<double> Runs::TrainingFlops() const {
  if (!flops.empty()) return flops;
  std::vector<double> result(rows());
  for (size_t i = 0; i < rows(); ++i) result[i] = 6 * size[i] * tokens[i];
  return result;
}

std::vector<double> Runs::ComputeLevels() const {
  return budget.empty() ? TrainingFlops() : budget;
}

std::pair<double, double> Runs::FlopsRange() const {
  const std::vector<double> all = TrainingFlops();
  const auto [low, high] = std::minmax_element(all.begin(), all.end());
  return {*low, *high};
}

absl::Status CheckRuns(const Runs& runs) {
  const struct {
    const char* name;
    const std::vector<double>& values;
    bool required;
  } columns[] = {{"size", runs.size, true},     {"tokens", runs.tokens, true},
                 {"loss", runs.loss, true},     {"params", runs.params, false},
                 {"flops", runs.flops, false},  {"width", runs.width, false},
                 {"depth", runs.depth, false},  {"budget", runs.budget, false},
                 {"weight", runs.weight, false}};
  for (const auto& [name, values, required] : columns) {
    ISOSHAPE_RETURN_IF_ERROR(
        CheckLength(name, values.size(), runs.rows(), required));
    for (size_t i = 0; i < values.size(); ++i) {
      if (std::isfinite(values[i]) && values[i] > 0) continue;
      return absl::InvalidArgumentError(absl::StrFormat(
          "row %d: %s %g is not a finite number above 0; leave the run out", i,
          name, values[i]));
    }
  }
  for (size_t i = 0; i < runs.loss_stderr.size(); ++i) {
    const double error = runs.loss_stderr[i];
    if (std::isfinite(error) && error >= 0) continue;
    return absl::InvalidArgumentError(absl::StrFormat(
        "row %d: loss_stderr %g is not a finite number >= 0; use 0 if it is "
        "not known",
        i, error));
  }
  const std::pair<const char*, size_t> lengths[] = {
      {"loss_stderr", runs.loss_stderr.size()},
      {"decode_seconds", runs.decode_seconds.size()},
      {"seed", runs.seed.size()},
      {"run", runs.run.size()},
      {"line", runs.line.size()}};
  for (const auto& [name, length] : lengths) {
    ISOSHAPE_RETURN_IF_ERROR(CheckLength(name, length, runs.rows()));
  }
  return absl::OkStatus();
}

absl::StatusOr<Runs> WithSize(Runs runs, SizeMeasure measure) {
  if (measure == runs.measure) return runs;
  if (measure == SizeMeasure::kParams) {
    if (runs.params.size() != runs.rows()) {
      return absl::FailedPreconditionError(
          "the parameters as the size need those of every run: name that "
          "column");
    }
    runs.size = runs.params;
  } else {
    if (runs.flops.size() != runs.rows()) {
      return absl::FailedPreconditionError(
          "the size FLOPs per token / 6 needs the training FLOPs of every run: "
          "name that column, or take the parameters as the size");
    }
    for (size_t i = 0; i < runs.rows(); ++i) {
      runs.size[i] = runs.flops[i] / (6 * runs.tokens[i]);
    }
  }
  runs.measure = measure;
  return runs;
}

Runs SelectRows(const Runs& runs, const std::vector<bool>& keep) {
  Runs kept = runs;
  for (std::vector<double>* column :
       {&kept.size, &kept.tokens, &kept.loss, &kept.loss_stderr, &kept.params,
        &kept.flops, &kept.width, &kept.depth, &kept.budget,
        &kept.decode_seconds, &kept.weight}) {
    KeepRows(keep, *column);
  }
  KeepRows(keep, kept.seed);
  KeepRows(keep, kept.run);
  KeepRows(keep, kept.line);
  return kept;
}

absl::StatusOr<Runs> RunsUpTo(const Runs& runs, double max_budget) {
  if (max_budget <= 0) return runs;
  std::vector<bool> keep;
  keep.reserve(runs.budget.size());
  for (const double budget : runs.budget) {
    keep.push_back(budget <= max_budget || SameBudget(budget, max_budget));
  }
  if (std::none_of(keep.begin(), keep.end(), [](bool kept) { return kept; })) {
    return absl::FailedPreconditionError(
        absl::StrFormat("no budget is at or below %s FLOPs; raise max_budget",
                        BudgetText(max_budget)));
  }
  return SelectRows(runs, keep);
}

std::vector<int> GroupNumbers(const std::vector<std::string>& names) {
  std::unordered_map<std::string, int> numbers;
  std::vector<int> groups;
  groups.reserve(names.size());
  for (const std::string& name : names) {
    const int next = static_cast<int>(numbers.size());
    groups.push_back(numbers.try_emplace(name, next).first->second);
  }
  return groups;
}

}  // namespace isoshape

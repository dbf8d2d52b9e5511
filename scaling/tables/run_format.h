#ifndef ISOSHAPE_SCALING_TABLES_RUN_FORMAT_H_
#define ISOSHAPE_SCALING_TABLES_RUN_FORMAT_H_

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace isoshape {

// The columns that a file of runs may have.
enum class RunColumn {
  kParams,
  kTokens,
  kLoss,
  kFlops,
  kWidth,
  kDepth,
  kBudget,
  kDecodeSeconds,
  kSeed,
  kRun,
  kWeight,
};

inline constexpr std::array<RunColumn, 11> kRunColumns = {
    RunColumn::kParams, RunColumn::kTokens,        RunColumn::kLoss,
    RunColumn::kFlops,  RunColumn::kWidth,         RunColumn::kDepth,
    RunColumn::kBudget, RunColumn::kDecodeSeconds, RunColumn::kSeed,
    RunColumn::kRun,    RunColumn::kWeight};

// Its name if nobody gives another: `params`, `decode_seconds`.
const char* RunColumnName(RunColumn column);

// Options of how a file of runs is read.
struct RunFormat {
  // The name of each column in the file. Absent, the column of the default name
  // is taken, else the one whose name is a common one for it (column_names.h).
  // A name given here must be there.
  std::optional<std::string> params = {};
  std::optional<std::string> tokens = {};
  std::optional<std::string> loss = {};
  std::optional<std::string> flops = {};
  std::optional<std::string> width = {};
  std::optional<std::string> depth = {};
  std::optional<std::string> budget = {};
  std::optional<std::string> decode_seconds = {};
  std::optional<std::string> seed = {};
  std::optional<std::string> run = {};
  std::optional<std::string> weight = {};
  // Only rows in which each of these columns holds exactly this text.
  std::vector<std::pair<std::string, std::string>> where = {};
  // Columns that the law asked for needs besides params, tokens and loss: a row
  // without a number in one of them is left out. Another column of which a row
  // has no number is not used at all.
  std::vector<RunColumn> needed = {};
  // A row that would be left out is an error.
  bool strict = false;
  // Rows that are the same as one before are runs of their own.
  bool keep_duplicates = false;
  // Runs whose budgets, or FLOPs, lie within this factor have one budget; >= 1.
  double budget_tolerance = 1.1;

  std::optional<std::string>& name(RunColumn column);
  const std::optional<std::string>& name(RunColumn column) const;
  bool Needs(RunColumn column) const;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_TABLES_RUN_FORMAT_H_

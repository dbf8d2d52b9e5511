#include "scaling/runs/run_file.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "common/text/one_line.h"
#include "common/text/short_exponent.h"
#include "scaling/runs/budget_levels.h"
#include "scaling/runs/flops_check.h"
#include "scaling/runs/number_columns.h"
#include "scaling/runs/run_cells.h"
#include "scaling/runs/run_cleaning.h"
#include "scaling/runs/run_weights.h"
#include "scaling/tables/compressed.h"
#include "scaling/tables/file_error.h"
#include "scaling/tables/number_text.h"
#include "scaling/tables/row_reader.h"
#include "scaling/tables/text_encoding.h"

namespace isoshape {
namespace {

// A value of a row with digits enough to find it in the file.
std::string ValueText(double value) { return FormatDigits(value, 4); }

constexpr size_t kMaxContradictions = 5;

// FLOPs, or 6 N D if they are not known; the size is not set yet.
std::vector<double> FlopsOf(const Runs& runs) {
  if (!runs.flops.empty()) return runs.flops;
  std::vector<double> flops;
  flops.reserve(runs.params.size());
  for (size_t i = 0; i < runs.params.size(); ++i) {
    flops.push_back(6 * runs.params[i] * runs.tokens[i]);
  }
  return flops;
}

// Makes the runs of a table whose cells are gathered.
class RunsOfCells {
 public:
  RunsOfCells(RunCells cells, absl::string_view file, const RunFormat& format)
      : cells_(std::move(cells)), file_(file), format_(format) {}

  absl::StatusOr<RunFile> Make() {
    ISOSHAPE_ASSIGN_OR_RETURN(NumberColumn weights, TakeWeights(file_, cells_));
    ISOSHAPE_ASSIGN_OR_RETURN(numbers_,
                              ParseNumbers(cells_, file_, cells_.notes));
    FillBlanks();
    Of(RunColumn::kWeight) = std::move(weights);
    FindNamedBudgets();
    ISOSHAPE_RETURN_IF_ERROR(
        CleanRows(file_, format_, Needed(), cells_, numbers_));
    Runs& runs = result_.runs;
    runs.line = std::move(cells_.line);
    for (const auto& [column, values] :
         std::initializer_list<std::pair<RunColumn, std::vector<double>&>>{
             {RunColumn::kParams, runs.params},
             {RunColumn::kTokens, runs.tokens},
             {RunColumn::kLoss, runs.loss},
             {RunColumn::kFlops, runs.flops},
             {RunColumn::kWidth, runs.width},
             {RunColumn::kDepth, runs.depth},
             {RunColumn::kDecodeSeconds, runs.decode_seconds}}) {
      values = Take(column);
    }
    result_.exported = IsExported();
    runs.weight = RelativeWeights(Take(RunColumn::kWeight), cells_.notes);
    budget_ = Take(RunColumn::kBudget);
    ISOSHAPE_RETURN_IF_ERROR(HoldFlops());
    SetBudgets();
    SetRuns();
    runs.size = runs.params;
    result_.notes = std::move(cells_.notes);
    return std::move(result_);
  }

 private:
  std::vector<double> Take(RunColumn column) {
    std::vector<double>& values = Of(column).values;
    if (!values.empty()) Use(column);
    return std::move(values);
  }

  NumberColumn& Of(RunColumn column) {
    return numbers_[static_cast<size_t>(column)];
  }

  void Use(RunColumn column) {
    result_.columns[RunColumnName(column)] = cells_.Found(column)->name;
  }

  void Note(std::string note) { cells_.notes.push_back(std::move(note)); }

  bool IsExported() const {
    if (cells_.own != OwnExport::kPoints)
      return cells_.own == OwnExport::kTrials;
    const std::vector<Cell>& trials = cells_.Of(RunColumn::kRun);
    return !trials.empty() &&
           absl::StartsWith(trials.front().text, "campaigns/");
  }

  // Whether params or tokens have no column.
  bool Derives() const {
    return !cells_.Has(RunColumn::kParams) || !cells_.Has(RunColumn::kTokens);
  }

  // Derives single blank cells of the three from the other two of their row.
  void FillBlanks() {
    if (Derives() || !cells_.Has(RunColumn::kFlops)) return;
    const FoundColumn& found = *cells_.Found(RunColumn::kFlops);
    const FilledCells filled =
        FillBlankCells(Of(RunColumn::kParams), Of(RunColumn::kTokens),
                       Of(RunColumn::kFlops), found.name, found.unit);
    const std::string six =
        std::abs(filled.six_nd - 1) < 1e-3
            ? "6"
            : absl::StrFormat("%.4g (the median of the other rows)",
                              6 * filled.six_nd);
    const auto note = [&](const std::vector<size_t>& rows, const char* name,
                          const std::string& formula) {
      if (rows.empty()) return;
      std::vector<int> lines;
      for (const size_t row : rows) lines.push_back(cells_.line[row]);
      Note(absl::StrFormat("%s is blank in %d %s (%s) and taken as %s", name,
                           rows.size(), rows.size() == 1 ? "row" : "rows",
                           ShownLines(lines), formula));
    };
    note(filled.params, "params", absl::StrCat("flops / (", six, " x tokens)"));
    note(filled.tokens, "tokens", absl::StrCat("flops / (", six, " x params)"));
    note(filled.flops, "flops", absl::StrCat(six, " x params x tokens"));
  }

  // Rows in which one of the three is likely a slip.
  void WarnOfContradictions() {
    const Runs& runs = result_.runs;
    const std::vector<size_t> rows =
        ContradictingRows(runs.params, runs.tokens, runs.flops);
    for (size_t i = 0; i < std::min(rows.size(), kMaxContradictions); ++i) {
      const size_t row = rows[i];
      result_.warnings.push_back(absl::StrFormat(
          "%s:%d: flops %s is %s times 6 x params x tokens, unlike the "
          "other rows: look at params %s, tokens %s and flops there%s",
          file_, runs.line[row], ValueText(runs.flops[row]),
          FormatRatio(runs.flops[row] /
                      (6 * runs.params[row] * runs.tokens[row])),
          ValueText(runs.params[row]), ValueText(runs.tokens[row]),
          i + 1 == kMaxContradictions && rows.size() > kMaxContradictions
              ? absl::StrCat(", and at ", rows.size() - kMaxContradictions,
                             " more rows")
              : ""));
    }
  }

  // Budgets of which one is a text are names of levels, unless their numbers
  // are what params or tokens are derived from.
  void FindNamedBudgets() {
    if (Derives() && !cells_.Has(RunColumn::kFlops)) return;
    std::vector<CellState>& states = Of(RunColumn::kBudget).states;
    named_budgets_ = std::find(states.begin(), states.end(),
                               CellState::kText) != states.end();
    if (!named_budgets_) return;
    const std::vector<Cell>& names = cells_.Of(RunColumn::kBudget);
    for (size_t row = 0; row < states.size(); ++row) {
      states[row] =
          IsMissing(names[row].text) ? CellState::kMissing : CellState::kNumber;
    }
  }

  // The columns without which a row is left out.
  std::vector<RunColumn> Needed() const {
    std::vector<RunColumn> needed;
    const RunColumn source =
        cells_.Has(RunColumn::kFlops) ? RunColumn::kFlops : RunColumn::kBudget;
    for (const RunColumn column : kRunColumns) {
      if (format_.Needs(column) || (Derives() && column == source)) {
        needed.push_back(column);
      }
    }
    return needed;
  }

  // Derives what is missing of params, tokens and FLOPs, else holds them
  // against each other.
  absl::Status HoldFlops() {
    if (result_.runs.params.empty() || result_.runs.tokens.empty()) {
      return CheckUnits(Derive());
    }
    if (result_.runs.flops.empty()) {
      ISOSHAPE_RETURN_IF_ERROR(CheckUnits("params and tokens"));
    } else {
      ISOSHAPE_RETURN_IF_ERROR(
          TakeInUnit(RunColumn::kFlops, result_.runs.flops));
    }
    WarnOfContradictions();
    if (named_budgets_) return absl::OkStatus();
    return TakeInUnit(RunColumn::kBudget, budget_);
  }

  // Makes params or tokens, and says of which columns they are.
  std::string Derive() {
    Runs& runs = result_.runs;
    const bool by_budget = runs.flops.empty();
    const FoundColumn& source =
        *cells_.Found(by_budget ? RunColumn::kBudget : RunColumn::kFlops);
    std::vector<double>& flops = by_budget ? budget_ : runs.flops;
    for (double& value : flops) value *= source.unit;
    // A budget beside FLOPs has a unit of its own, and nothing to hold it
    // against.
    if (!by_budget && !named_budgets_ && cells_.Has(RunColumn::kBudget)) {
      for (double& value : budget_) {
        value *= cells_.Found(RunColumn::kBudget)->unit;
      }
    }
    const bool params = runs.params.empty();
    const std::vector<double>& other = params ? runs.tokens : runs.params;
    std::vector<double>& derived = params ? runs.params : runs.tokens;
    for (size_t i = 0; i < other.size(); ++i) {
      derived.push_back(flops[i] / (6 * other[i]));
    }
    const char* const given = params ? "tokens" : "params";
    const std::string name = OneLine(source.name, 40);
    Note(absl::StrFormat("%s = %s / (6 x %s), as no column has them",
                         params ? "params" : "tokens", name, given));
    return absl::StrCat(given, " and ", name);
  }

  absl::Status CheckUnits(const std::string& source) {
    const Runs& runs = result_.runs;
    ISOSHAPE_ASSIGN_OR_RETURN(
        std::string warning,
        CheckTokensPerParam(file_, runs.params, runs.tokens, runs.line,
                            source));
    if (!warning.empty()) result_.warnings.push_back(std::move(warning));
    return absl::OkStatus();
  }

  absl::Status TakeInUnit(RunColumn column, std::vector<double>& flops) {
    if (flops.empty()) return absl::OkStatus();
    const FoundColumn& found = *cells_.Found(column);
    const Runs& runs = result_.runs;
    FlopsCheck check = CheckFlops(runs.params, runs.tokens, flops, runs.line,
                                  found.name, found.unit);
    if (!check.mixed.empty()) {
      if (format_.Needs(column)) {
        return ErrorAt(file_, runs.line[check.mixed.front()], 1, check.warning);
      }
      absl::StrAppend(&check.warning, "; ", RunColumnName(column),
                      " is not used");
      result_.columns.erase(RunColumnName(column));
      flops.clear();
    }
    for (double& value : flops) value *= check.unit;
    // One column may be both FLOPs and budget.
    std::vector<std::string>& warnings = result_.warnings;
    if (!check.warning.empty() && std::find(warnings.begin(), warnings.end(),
                                            check.warning) == warnings.end()) {
      warnings.push_back(std::move(check.warning));
    }
    if (found.unit == 1 || flops.empty()) return absl::OkStatus();
    Note(check.unit == found.unit
             ? absl::StrFormat("the numbers of %s are taken times %g, the unit "
                               "in its name",
                               Shown(found.name), found.unit)
             : absl::StrFormat("the numbers of %s agree with 6 x params x "
                               "tokens as FLOPs: its unit %s is not applied",
                               Shown(found.name), found.unit_word));
    return absl::OkStatus();
  }

  void SetBudgets() {
    Runs& runs = result_.runs;
    BudgetLevels levels;
    if (named_budgets_ && !Of(RunColumn::kBudget).states.empty()) {
      levels = LevelsOfBudgetNames();
    } else if (!budget_.empty()) {
      const std::set<double> values(budget_.begin(), budget_.end());
      levels = LevelsOf(budget_, format_.budget_tolerance);
      if (values.size() > static_cast<size_t>(levels.levels)) {
        Note(absl::StrFormat(
            "the %d values of budget within a factor %g are %s", values.size(),
            format_.budget_tolerance, Describe(levels)));
      }
    }
    if (levels.levels == 0) {
      result_.columns.erase(RunColumnName(RunColumn::kBudget));
      levels =
          LevelsOfFlops(FlopsOf(runs), runs.params, format_.budget_tolerance);
      if (levels.levels > 0) {
        Note(absl::StrCat("the FLOPs of the runs make ", Describe(levels)));
      }
    }
    runs.budget = std::move(levels.budget);
  }

  BudgetLevels LevelsOfBudgetNames() {
    std::vector<absl::string_view> names;
    for (const Cell& cell : cells_.Of(RunColumn::kBudget)) {
      names.push_back(cell.text);
    }
    std::string problem;
    const Runs& runs = result_.runs;
    BudgetLevels levels = LevelsOfNames(names, FlopsOf(runs), problem);
    Note(levels.levels == 0 ? absl::StrCat("budget is not used: ", problem)
                            : absl::StrCat("budget holds names, which are ",
                                           Describe(levels)));
    return levels;
  }

  // Texts of seed and run.
  void SetRuns() {
    Runs& runs = result_.runs;
    for (const Cell& cell : cells_.Of(RunColumn::kSeed)) {
      runs.seed.emplace_back(cell.text);
    }
    if (!runs.seed.empty()) Use(RunColumn::kSeed);
    const std::vector<Cell>& names = cells_.Of(RunColumn::kRun);
    if (names.empty()) return;
    const bool one = std::all_of(
        names.begin(), names.end(),
        [&](const Cell& cell) { return cell.text == names.front().text; });
    if (one && names.size() > 1) {
      Note(absl::StrCat(
          "run is ",
          IsMissing(names.front().text) ? "blank" : Shown(names.front().text),
          " in all rows: each is taken as a run of its own"));
      return;
    }
    std::set<absl::string_view> known;
    for (const Cell& cell : names) known.insert(cell.text);
    std::vector<int> blank;
    for (size_t i = 0; i < names.size(); ++i) {
      if (!IsMissing(names[i].text)) {
        runs.run.emplace_back(names[i].text);
        continue;
      }
      blank.push_back(runs.line[i]);
      // Rows of JSON may share a line, and a run may have any name.
      std::string own = absl::StrCat("line ", runs.line[i]);
      if (i > 0 && runs.line[i] == runs.line[i - 1]) {
        absl::StrAppend(&own, ", row ", i + 1);
      }
      while (known.count(own) > 0) own += '\'';
      runs.run.push_back(std::move(own));
    }
    Use(RunColumn::kRun);
    if (blank.empty()) return;
    Note(absl::StrFormat(
        "run is blank in %d %s (%s): each is taken as a run "
        "of its own",
        blank.size(), blank.size() == 1 ? "row" : "rows", ShownLines(blank)));
  }

  RunCells cells_;
  absl::string_view file_;
  const RunFormat& format_;
  NumberColumns numbers_;
  bool named_budgets_ = false;
  std::vector<double> budget_;  // as the file has it
  RunFile result_;
};

}  // namespace

absl::StatusOr<RunFile> ReadRuns(std::string bytes, absl::string_view file,
                                 const RunFormat& format) {
  if (!(format.budget_tolerance >= 1)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("the tolerance of budgets, %g, is a factor of at least "
                        "1, such as 1.1",
                        format.budget_tolerance));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(bytes, Decompressed(std::move(bytes), file));
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string text,
                            AsUtf8(std::move(bytes), file));
  ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> reader,
                            OpenRows(text, file));
  ISOSHAPE_ASSIGN_OR_RETURN(RunCells cells, GatherCells(*reader, file, format));
  return RunsOfCells(std::move(cells), file, format).Make();
}

}  // namespace isoshape

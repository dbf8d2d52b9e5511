#include "scaling/runs/run_cells.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/status/status_macros.h"
#include "scaling/runs/recipe_hint.h"
#include "scaling/runs/run_status.h"
#include "scaling/tables/file_error.h"
#include "scaling/tables/number_text.h"

namespace isoshape {
namespace {

struct Condition {
  size_t place;
  const std::string& text;
};

bool Fulfils(const Row& row, const std::vector<Condition>& conditions) {
  for (const Condition& condition : conditions) {
    if (row.cells[condition.place].text != condition.text) return false;
  }
  return true;
}

// What one of params, tokens and FLOPs can be derived from.
absl::Status CheckPresent(const RowReader& reader, absl::string_view file,
                          const RunCells& cells) {
  const bool flops =
      cells.Has(RunColumn::kFlops) || cells.Has(RunColumn::kBudget);
  const bool params = cells.Has(RunColumn::kParams);
  const bool tokens = cells.Has(RunColumn::kTokens);
  const auto missing = [&](RunColumn column) {
    const char* name = RunColumnName(column);
    return NoColumn(reader.header(), file, name,
                    absl::StrCat("--column ", name, "=NAME"));
  };
  if (!params && !(tokens && flops)) return missing(RunColumn::kParams);
  if (!tokens && !(params && flops)) return missing(RunColumn::kTokens);
  if (!cells.Has(RunColumn::kLoss)) return missing(RunColumn::kLoss);
  return absl::OkStatus();
}

// What to do if the columns that are missed are inside others: a frame of
// Python whose cells are dictionaries, such as W&B's API gives. Reads a row.
std::string DictionaryHint(RowReader& reader) {
  Row row;
  const absl::StatusOr<bool> found = reader.Next(row);
  if (!found.ok() || !*found) return "";
  std::vector<std::string> names;
  for (size_t i = 0; i < row.cells.size(); ++i) {
    if (!absl::StartsWith(row.cells[i].text, "{")) continue;
    names.emplace_back(reader.header()[i].text);
  }
  if (names.empty()) return "";
  return absl::StrCat("; ", ShownNames(names),
                      names.size() == 1 ? " holds" : " hold",
                      " dictionaries, which are no columns: write the table by "
                      "df.to_json(orient=\"records\")");
}

// Finds the columns; one that nobody needs and that two may be is left alone.
absl::Status FindColumns(RowReader& reader, absl::string_view file,
                         const RunFormat& format, RunCells& cells) {
  cells.own = OwnExportOf(reader.header());
  const std::string lack = LackOf(cells.own);
  if (cells.own == OwnExport::kCurves) {
    return ErrorAt(file, reader.header().front().line, 1, lack);
  }
  std::vector<std::string> guessed;
  for (const RunColumn column : kRunColumns) {
    absl::StatusOr<std::optional<FoundColumn>> found =
        FindColumn(reader.header(), file, column, format.name(column));
    if (!found.ok()) {
      if (format.name(column) || format.Needs(column)) return found.status();
      cells.notes.push_back(absl::StrCat(
          RunColumnName(column), " is not read: ", found.status().message()));
      continue;
    }
    if (*found && !format.name(column) &&
        (*found)->name != RunColumnName(column)) {
      guessed.push_back(
          absl::StrCat(RunColumnName(column), " = ", Shown((*found)->name)));
    }
    cells.found[static_cast<size_t>(column)] = *std::move(found);
  }
  if (const absl::Status present = CheckPresent(reader, file, cells);
      !present.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(present.message(), lack.empty() ? "" : "; ", lack,
                     DictionaryHint(reader)));
  }
  if (!guessed.empty()) {
    cells.notes.push_back(
        absl::StrCat("columns by their names: ", absl::StrJoin(guessed, ", "),
                     " (--column chooses others)"));
  }
  if (!lack.empty()) cells.notes.push_back(lack);
  return absl::OkStatus();
}

// Two runs of one size and budget that come to the same loss of so many digits
// are one run, whatever else the file says of it, such as when it was exported.
constexpr int kExactDigits = 6;

bool IsExact(const Row& row, const RunCells& cells) {
  const absl::string_view loss =
      row.cells[cells.Found(RunColumn::kLoss)->place].text;
  int digits = 0;
  for (const char c : loss.substr(0, loss.find_first_of("eE"))) {
    if (absl::ascii_isdigit(static_cast<unsigned char>(c)) &&
        (c != '0' || digits > 0)) {
      ++digits;
    }
  }
  return digits >= kExactDigits;
}

// Of what is read of a row.
size_t HashOfCells(const Row& row, const RunCells& cells) {
  std::vector<absl::string_view> read;
  for (const std::optional<FoundColumn>& found : cells.found) {
    if (found) read.push_back(row.cells[found->place].text);
  }
  return absl::HashOf(read);
}

absl::StatusOr<std::vector<Condition>> ConditionsOf(
    const std::vector<Cell>& header, absl::string_view file,
    const RunFormat& format) {
  std::vector<Condition> conditions;
  for (const auto& [name, wanted] : format.where) {
    ISOSHAPE_ASSIGN_OR_RETURN(
        const size_t place, FindNamed(header, file, name, "--where NAME=TEXT"));
    conditions.push_back({place, wanted});
  }
  return conditions;
}

// Looks for recipes beside the columns `taken`; in an export of a campaign,
// which has one, for none.
RecipeHint HintOf(const std::vector<Cell>& header,
                  const std::vector<size_t>& taken, const RunCells& cells) {
  if (cells.own != OwnExport::kNone) return {};
  const RunColumn of_size =
      cells.Has(RunColumn::kParams) ? RunColumn::kParams : RunColumn::kTokens;
  return RecipeHint(header, taken, cells.Found(of_size)->place);
}

void NoteRepeated(const std::vector<int>& lines, size_t rows, RunCells& cells) {
  if (lines.empty()) return;
  cells.notes.push_back(absl::StrFormat(
      "%d of %d rows %s the same as another and used once (%s); "
      "--keep-duplicates keeps them",
      lines.size(), rows, lines.size() == 1 ? "is" : "are", ShownLines(lines)));
}

// Why no row is left of those that were read.
absl::Status NoRow(absl::string_view file, size_t seen) {
  return absl::FailedPreconditionError(
      seen == 0
          ? absl::StrCat(file,
                         ": there is no row below the header; add the "
                         "runs, a line each")
          : absl::StrFormat("%s: none of %d rows fulfils the conditions asked "
                            "for; look at --where",
                            file, seen));
}

}  // namespace

absl::StatusOr<RunCells> GatherCells(RowReader& reader, absl::string_view file,
                                     const RunFormat& format) {
  RunCells cells;
  cells.delimiter = reader.delimiter();
  ISOSHAPE_RETURN_IF_ERROR(FindColumns(reader, file, format, cells));
  ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<Condition> conditions,
                            ConditionsOf(reader.header(), file, format));
  std::vector<size_t> places;
  for (const std::optional<FoundColumn>& found : cells.found) {
    if (found) places.push_back(found->place);
  }
  for (const Condition& condition : conditions) {
    places.push_back(condition.place);
  }
  // A campaign's own export says by its losses what ended.
  RunStatus status(cells.own == OwnExport::kNone ? reader.header()
                                                 : std::vector<Cell>());
  if (status.place()) places.push_back(*status.place());
  RecipeHint hint = HintOf(reader.header(), places, cells);
  places.insert(places.end(), hint.places().begin(), hint.places().end());
  reader.Select(places);
  absl::flat_hash_set<absl::string_view> known;
  absl::flat_hash_set<size_t> known_cells;
  std::vector<int> repeated;
  size_t seen = 0;
  Row row;
  while (true) {
    ISOSHAPE_ASSIGN_OR_RETURN(const bool more, reader.Next(row));
    if (!more) break;
    ++seen;
    if (!Fulfils(row, conditions)) continue;
    if (!format.keep_duplicates) {
      const bool whole =
          !known.insert(absl::StripAsciiWhitespace(row.whole)).second;
      const bool read = IsExact(row, cells) &&
                        !known_cells.insert(HashOfCells(row, cells)).second;
      if (whole || read) {
        repeated.push_back(row.line);
        continue;
      }
    }
    // What has no loss is left out for that.
    if (!IsMissing(row.cells[cells.Found(RunColumn::kLoss)->place].text) &&
        !status.Keeps(row)) {
      continue;
    }
    if (cells.line.size() == kMaxRunRows) {
      return ErrorAt(file, row.line, 1, TooManyRows());
    }
    hint.Add(row);
    cells.line.push_back(row.line);
    for (size_t c = 0; c < kRunColumns.size(); ++c) {
      if (!cells.found[c]) continue;
      cells.cells[c].push_back(row.cells[cells.found[c]->place]);
    }
  }
  for (std::string& note : status.Notes()) {
    cells.notes.push_back(std::move(note));
  }
  NoteRepeated(repeated, cells.line.size() + repeated.size(), cells);
  if (std::string note = hint.Note(); !note.empty()) {
    cells.notes.push_back(std::move(note));
  }
  if (!cells.line.empty()) return cells;
  return NoRow(file, seen);
}

}  // namespace isoshape

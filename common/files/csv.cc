#include "common/files/csv.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace isoshape {
namespace {

bool IsFormula(absl::string_view text) {
  double number = 0;
  return !text.empty() && absl::StrContains("=+-@\t\r", text.front()) &&
         !absl::SimpleAtod(text, &number);
}

}  // namespace

std::string CsvCell(absl::string_view text) {
  std::string cell = absl::StrCat(IsFormula(text) ? "'" : "", text);
  if (cell.find_first_of(",\"\r\n") == cell.npos) return cell;
  return absl::StrCat("\"", absl::StrReplaceAll(cell, {{"\"", "\"\""}}), "\"");
}

}  // namespace isoshape

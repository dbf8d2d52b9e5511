#include "scaling/runs/run_status.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/text/counted.h"
#include "scaling/tables/column_names.h"
#include "scaling/tables/file_error.h"

namespace isoshape {
namespace {

// Of Optuna, W&B and MLflow, in lower case.
constexpr std::array<absl::string_view, 5> kUnfinished = {
    "pruned", "running", "waiting", "pending", "scheduled"};
constexpr std::array<absl::string_view, 6> kBroken = {
    "fail", "failed", "crashed", "killed", "preempting", "preempted"};

template <typename Words>
bool IsIn(const Words& words, absl::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// `2 rows of PRUNED (lines 3, 7)`.
std::string Shown(const std::map<std::string, std::vector<int>>& lines) {
  return absl::StrJoin(lines, ", ", [](std::string* out, const auto& of_text) {
    absl::StrAppend(
        out, Counted(static_cast<int64_t>(of_text.second.size()), "row"),
        " of ", of_text.first, " (", ShownLines(of_text.second), ")");
  });
}

}  // namespace

RunStatus::RunStatus(const std::vector<Cell>& header)
    : place_(FindStatus(header)) {
  if (place_) name_ = std::string(header[*place_].text);
}

bool RunStatus::Keeps(const Row& row) {
  if (!place_) return true;
  const absl::string_view text = row.cells[*place_].text;
  const std::string word = absl::AsciiStrToLower(text);
  if (IsIn(kUnfinished, word)) {
    unfinished_[std::string(text)].push_back(row.line);
    return false;
  }
  if (IsIn(kBroken, word)) broken_[std::string(text)].push_back(row.line);
  return true;
}

std::vector<std::string> RunStatus::Notes() const {
  std::vector<std::string> notes;
  const std::string name = isoshape::Shown(name_);
  if (!unfinished_.empty()) {
    notes.push_back(
        absl::StrCat("left out, as ", name,
                     " says that they did not end: ", Shown(unfinished_)));
  }
  if (!broken_.empty()) {
    notes.push_back(absl::StrCat(
        "used, though ", name, " says that they may have ended early: ",
        Shown(broken_), "; --where ", name_, "=TEXT takes those of one text"));
  }
  return notes;
}

}  // namespace isoshape

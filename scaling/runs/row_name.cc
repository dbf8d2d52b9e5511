#include "scaling/runs/row_name.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/format_number.h"

namespace isoshape {
namespace {

// What stands before the number in the name of a trial.
constexpr char kTrial[] = "/trials/";

// `4x128 at 7.5e11 FLOPs`, as far as it is known.
std::string WhatWasTrained(const Runs& runs, size_t row) {
  std::string name = absl::StrFormat("%gx%g", runs.depth[row], runs.width[row]);
  if (!runs.budget.empty()) {
    absl::StrAppendFormat(&name, " at %s FLOPs", FormatFlops(runs.budget[row]));
  }
  return name;
}

bool IsTrial(const std::string& run) { return absl::StrContains(run, kTrial); }

}  // namespace

std::string RowName(const Runs& runs, size_t row) {
  if (!runs.line.empty()) return absl::StrCat("line ", runs.line[row]);
  if (!runs.run.empty()) {
    std::string name = RunName(runs, row);
    if (runs.has_shapes() && IsTrial(runs.run[row])) {
      absl::StrAppend(&name, ", ", WhatWasTrained(runs, row));
    }
    return name;
  }
  if (!runs.has_shapes()) return absl::StrCat("run ", row + 1);
  std::string name = absl::StrCat("run ", WhatWasTrained(runs, row));
  if (!runs.seed.empty() && !runs.seed[row].empty()) {
    absl::StrAppend(&name, ", seed ", runs.seed[row]);
  }
  return name;
}

std::string RunName(const Runs& runs, size_t row) {
  const std::string& run = runs.run[row];
  if (!IsTrial(run)) return absl::StrCat("run ", run);
  return absl::StrCat("trial ", run.substr(run.rfind('/') + 1));
}

}  // namespace isoshape

#include "scaling/runs/row_name.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace isoshape {

std::string RowName(const Runs& runs, size_t row) {
  if (!runs.line.empty()) return absl::StrCat("line ", runs.line[row]);
  if (!runs.run.empty()) return absl::StrCat("run ", runs.run[row]);
  if (!runs.has_shapes()) return absl::StrCat("run ", row + 1);
  std::string name =
      absl::StrFormat("run %gx%g", runs.depth[row], runs.width[row]);
  if (!runs.budget.empty()) {
    absl::StrAppendFormat(&name, " at %.4g FLOPs", runs.budget[row]);
  }
  if (!runs.seed.empty() && !runs.seed[row].empty()) {
    absl::StrAppend(&name, ", seed ", runs.seed[row]);
  }
  return name;
}

}  // namespace isoshape

#include "coordinator/planning/outlook_text.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"

namespace isoshape {
namespace {

absl::string_view WordOf(Outlook::Kind kind) {
  switch (kind) {
    case Outlook::Kind::kAbout:
      return "about ";
    case Outlook::Kind::kAtMost:
      return "at most ";
    default:
      return "";
  }
}

}  // namespace

std::string OutlookText(const v1::Campaign& campaign, const Outlook& outlook) {
  if (outlook.kind == Outlook::Kind::kUnknown) return "";
  const int64_t ways = 1 + campaign.variants_size();
  int64_t trials = 0;
  double flops = 0;
  std::vector<std::string> budgets;
  for (size_t b = 0; b < outlook.trials.size(); ++b) {
    const double budget = campaign.budgets(static_cast<int>(b));
    const int64_t there = ways * outlook.trials[b];
    trials += there;
    flops += budget * static_cast<double>(there);
    budgets.push_back(absl::StrCat(there, " at ", FormatFlops(budget)));
  }
  const bool cut = campaign.total_flops() > 0 && campaign.total_flops() < flops;
  const absl::string_view word = WordOf(outlook.kind);
  std::string text = absl::StrFormat(
      "%s%s in all would be %s, %s FLOPs, %s%s FLOPs together", word,
      Counted(trials, "trial"), cut ? "asked for" : "trained",
      absl::StrJoin(budgets, ", "), word.empty() ? "about " : word,
      FormatFlops(flops));
  if (cut) {
    absl::StrAppend(&text, ", of which total_flops pays for ",
                    FormatFlops(campaign.total_flops()));
  }
  return text;
}

}  // namespace isoshape

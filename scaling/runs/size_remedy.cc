#include "scaling/runs/size_remedy.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/str_cat.h"

namespace isoshape {

std::string SizeBounds::OfThread(const SizesTried& tried, bool smaller) {
  const SizeBounds* const bounds = Scope::Current();
  if (bounds == nullptr || !bounds->none_beyond_) return "";
  return bounds->none_beyond_({.flops = tried.flops,
                               .size = smaller ? tried.smallest : tried.largest,
                               .measure = tried.measure},
                              smaller);
}

SizesTried TriedAtLargest(const Runs& runs, double factor) {
  const std::vector<double> flops = runs.TrainingFlops();
  SizesTried tried{.flops = *std::max_element(flops.begin(), flops.end()),
                   .measure = runs.measure};
  for (size_t i = 0; i < flops.size(); ++i) {
    if (flops[i] * factor < tried.flops) continue;
    const double size = runs.size[i];
    tried.smallest = tried.largest == 0 ? size : std::min(tried.smallest, size);
    tried.largest = std::max(tried.largest, size);
  }
  return tried;
}

std::string NoneToRun(SizeRemedy remedy, const SizesTried& tried) {
  switch (remedy) {
    case SizeRemedy::kSmaller:
      return SizeBounds::OfThread(tried, true);
    case SizeRemedy::kLarger:
      return SizeBounds::OfThread(tried, false);
    case SizeRemedy::kFurther:
    case SizeRemedy::kOther: {
      std::string smaller = SizeBounds::OfThread(tried, true);
      if (SizeBounds::OfThread(tried, false).empty()) return "";
      return smaller;
    }
    case SizeRemedy::kNone:
    case SizeRemedy::kMore:
    case SizeRemedy::kMoreOrSeeds:
    case SizeRemedy::kNearer:
      break;
  }
  return "";
}

std::string RemedyText(SizeRemedy remedy, const SizesTried& tried) {
  std::string none = NoneToRun(remedy, tried);
  if (remedy != SizeRemedy::kFurther) {
    return none.empty() ? RemedyText(remedy) : none;
  }
  if (!none.empty())
    return absl::StrCat("run more seeds; of sizes further from the best ",
                        none);
  for (const bool smaller : {true, false}) {
    if (SizeBounds::OfThread(tried, smaller).empty()) continue;
    return absl::StrCat(
        RemedyText(smaller ? SizeRemedy::kLarger : SizeRemedy::kSmaller),
        ", or seeds");
  }
  return RemedyText(remedy);
}

std::string RemedyText(SizeRemedy remedy) {
  switch (remedy) {
    case SizeRemedy::kNone:
      return "";
    case SizeRemedy::kSmaller:
      return "run smaller sizes";
    case SizeRemedy::kLarger:
      return "run larger sizes";
    case SizeRemedy::kFurther:
      return "run sizes further from the best, or seeds";
    case SizeRemedy::kOther:
      return "run other sizes";
    case SizeRemedy::kMore:
      return "run more sizes";
    case SizeRemedy::kMoreOrSeeds:
      return "run more sizes or seeds";
    case SizeRemedy::kNearer:
      return "run sizes nearer to the best";
  }
  return "";
}

std::string WithRemedy(std::string problem, const std::string& remedy) {
  if (!remedy.empty()) absl::StrAppend(&problem, "; ", remedy);
  return problem;
}

}  // namespace isoshape

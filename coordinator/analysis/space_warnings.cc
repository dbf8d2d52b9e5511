#include "coordinator/analysis/space_warnings.h"

#include <cmath>
#include <cstddef>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "messages/campaign_space.h"
#include "messages/tokens_per_step.h"
#include "scaling/allocation/size_remedy.h"
#include "scaling/isoflop/size_curve.h"
#include "scaling/isoflop/size_optimum.h"

namespace isoshape {
namespace {

// At which end of the sizes tried the least loss is, if at one.
enum class End { kNone, kSmallest, kLargest };

End EndOf(const SizeCurve& curve) {
  const OptimumRule rule;
  const SizeOptimum optimum = FindSizeOptimum(Columns(curve), rule);
  if (!std::isfinite(optimum.ln_size)) return End::kNone;
  const double size = std::exp(optimum.ln_size);
  if (!optimum.on_edge &&
      OffCentre(size, curve.min_size(), curve.max_size(), rule.method)
          .empty()) {
    return End::kNone;
  }
  return size * size < curve.min_size() * curve.max_size() ? End::kSmallest
                                                           : End::kLargest;
}

// How every warning of one budget begins.
std::string BudgetWords(double budget) {
  return absl::StrFormat("budget %.4g FLOPs", budget);
}
constexpr char kEndOfSizes[] = ": the least loss is at or near the ";

}  // namespace

std::vector<std::string> SpaceWarnings(const v1::Campaign& campaign,
                                       const Runs& runs) {
  std::vector<std::string> warnings;
  // Its shapes are named one by one: no bound keeps others out.
  if (campaign.algorithm().has_listed()) return warnings;
  const SearchSpace space = SpaceOfCampaign(campaign, 0, 0);
  for (const SizeCurve& curve : MakeSizeCurves(runs)) {
    const End end = EndOf(curve);
    if (end == End::kNone) continue;
    const bool smallest = end == End::kSmallest;
    const std::string none =
        NoSizeBeyond(space, TokensPerStepAt(campaign, curve.budget),
                     {.flops = curve.budget,
                      .size = smallest ? curve.min_size() : curve.max_size(),
                      .measure = runs.measure},
                     smallest);
    if (none.empty()) continue;
    warnings.push_back(
        absl::StrFormat("%s%s%s size, and %s", BudgetWords(curve.budget),
                        kEndOfSizes, smallest ? "smallest" : "largest", none));
  }
  return warnings;
}

void LeaveRemedyToSpace(const std::vector<std::string>& of_campaign,
                        std::vector<std::string>& of_fit) {
  for (const std::string& of_space : of_campaign) {
    const size_t end = of_space.find(kEndOfSizes);
    if (end == std::string::npos) continue;
    const bool smallest = absl::StartsWith(
        absl::string_view(of_space).substr(end + std::strlen(kEndOfSizes)),
        "smallest");
    for (std::string& warning : of_fit) {
      if (warning.compare(0, end, of_space, 0, end) != 0) continue;
      const size_t remedy = warning.rfind("; run ");
      // Another remedy, such as seeds, is not one that the space takes away.
      const bool of_sizes_beyond =
          absl::EndsWith(warning,
                         smallest ? " smaller sizes" : " larger sizes") ||
          absl::EndsWith(warning, " sizes about it");
      if (remedy != std::string::npos && of_sizes_beyond) {
        warning.resize(remedy);
      }
    }
  }
}

}  // namespace isoshape

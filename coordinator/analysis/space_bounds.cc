#include "coordinator/analysis/space_bounds.h"

#include <cmath>
#include <memory>

#include "absl/strings/str_format.h"
#include "common/text/format_number.h"
#include "messages/campaign/campaign_space.h"
#include "messages/campaign/tokens_per_step.h"
#include "scaling/allocation/size_beyond.h"
#include "scaling/isoflop/optimum_problem.h"
#include "scaling/isoflop/size_curve.h"
#include "scaling/isoflop/size_optimum.h"

namespace isoshape {
namespace {

// The sizes beyond the end of those tried at which the least loss is, if it is
// at one.
SizeRemedy BeyondEnd(const SizeCurve& curve) {
  const OptimumRule rule;
  const SizeOptimum optimum = FindSizeOptimum(Columns(curve), rule);
  if (!std::isfinite(optimum.ln_size)) return SizeRemedy::kNone;
  if (optimum.on_edge) return ProblemOf(curve, rule).remedy;
  return OffCentreOf(std::exp(optimum.ln_size), curve, rule.method).remedy;
}

}  // namespace

SizeBounds SpaceBounds(const v1::Campaign& campaign) {
  if (campaign.algorithm().has_listed()) return SizeBounds(nullptr);
  return SizeBounds([campaign = std::make_shared<const v1::Campaign>(campaign),
                     space = SpaceOfCampaign(campaign)](const SizeTried& tried,
                                                        bool smaller) {
    return NoSizeBeyond(space, TokensPerStepAt(*campaign, tried.flops), tried,
                        smaller);
  });
}

std::vector<std::string> SpaceWarnings(const v1::Campaign& campaign,
                                       const Runs& runs) {
  const SizeBounds bounds = SpaceBounds(campaign);
  const SizeBounds::Scope scope(&bounds);
  std::vector<std::string> warnings;
  for (const SizeCurve& curve : MakeSizeCurves(runs)) {
    const SizeRemedy end = BeyondEnd(curve);
    const std::string none = NoneToRun(end, TriedOf(curve, runs.measure));
    if (none.empty()) continue;
    warnings.push_back(absl::StrFormat(
        "budget %s FLOPs: the least loss is at or near the %s size, and %s",
        FormatFlops(curve.budget),
        end == SizeRemedy::kSmaller ? "smallest" : "largest", none));
  }
  return warnings;
}

}  // namespace isoshape

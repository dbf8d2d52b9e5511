#include "search/optimum/earlier_runs.h"

#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "common/text/counted.h"
#include "scaling/statistics/shared_fits.h"
#include "search/optimum/history.h"

namespace isoshape {
namespace {

// The runs of each campaign, as places with a loss.
std::map<int, std::vector<OptimumRun>> ByCampaign(
    const std::vector<PriorRun>& runs, bool with_ratios) {
  std::map<int, std::vector<OptimumRun>> campaigns;
  for (const PriorRun& run : runs) {
    OptimumRun& one = campaigns[run.campaign].emplace_back();
    one.point.ln_flops = std::log(run.flops);
    one.point.ln_size = std::log(run.size);
    if (with_ratios && run.aspect_ratio) {
      one.point.ln_ratio = std::log(*run.aspect_ratio);
    }
    one.state = PastTrial::State::kSucceeded;
    one.ln_loss = std::log(run.validation_loss);
  }
  for (auto& [campaign, of_campaign] : campaigns) SortHistory(of_campaign);
  return campaigns;
}

}  // namespace

std::optional<SurfaceEvidence> EvidenceOfEarlier(
    const SurfaceFrame& frame, const std::vector<PriorRun>& runs,
    double inflation, bool with_ratios) {
  if (runs.empty()) return std::nullopt;
  const auto campaigns = ByCampaign(runs, with_ratios);
  const auto key = [&] {
    FitKey key("earlier campaigns");
    key.Add(frame.ln_low).Add(frame.ln_high).Add(inflation);
    key.Add(frame.ln_best_size).Add(frame.ln_best_ratio);
    for (const auto& [campaign, of_campaign] : campaigns) {
      key.Add(of_campaign.size());
      for (const OptimumRun& run : of_campaign) {
        key.Add(run.point.ln_flops).Add(run.point.ln_size);
        key.Add(run.point.ln_ratio).Add(run.ln_loss);
      }
    }
    return key;
  };
  const auto fit = [&]() -> absl::StatusOr<SurfaceEvidence> {
    SurfaceEvidence all;
    for (const auto& [campaign, of_campaign] : campaigns) {
      all = all + EvidenceOf(FitRuns(of_campaign, frame), inflation);
    }
    return all;
  };
  return *Shared<SurfaceEvidence>(key, fit);
}

std::string EarlierText(const std::vector<PriorRun>& runs, double inflation) {
  if (runs.empty()) return "";
  std::set<int> campaigns;
  for (const PriorRun& run : runs) campaigns.insert(run.campaign);
  return absl::StrFormat(
      "; begins from %s of %s, each with %g times the variance of one of its "
      "own",
      Counted(static_cast<int64_t>(runs.size()), "result"),
      Counted(static_cast<int64_t>(campaigns.size()), "earlier campaign"),
      inflation);
}

}  // namespace isoshape

#include "cli/demo/demo_campaign.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace isoshape {
namespace {

// FNV-1a, 32 bits: stable over machines and versions, unlike absl::Hash.
uint32_t Fingerprint(absl::string_view text) {
  uint32_t hash = 2166136261u;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  }
  return hash;
}

}  // namespace

std::string DemoDataset(const std::string& data_path) {
  return absl::StrCat("data-",
                      absl::Hex(Fingerprint(data_path), absl::kZeroPad8));
}

std::string DemoCampaignId(const DemoOptions& options) {
  v1::Campaign campaign = DemoCampaign(options);
  return absl::StrCat(
      "demo-",
      absl::Hex(Fingerprint(campaign.SerializeAsString()), absl::kZeroPad8));
}

v1::Campaign DemoCampaign(const DemoOptions& options) {
  v1::Campaign campaign;
  campaign.set_display_name("isoFLOP demo");
  campaign.set_dataset(DemoDataset(options.data));
  if (options.budgets.empty()) {
    for (const double budget : {1e11, 3e11, 9e11}) {
      campaign.add_budgets(budget);
    }
  } else {
    campaign.mutable_budgets()->Add(options.budgets.begin(),
                                    options.budgets.end());
  }
  campaign.set_seeds(1);
  v1::Algorithm& algorithm = *campaign.mutable_algorithm();
  algorithm.set_kind(v1::Algorithm::GRID);
  algorithm.set_sizes(6);
  algorithm.set_aspect_ratios(3);
  // Of so few FLOPs, many small steps make more than few large ones.
  campaign.mutable_recipe()->set_tokens_per_step(512);
  campaign.mutable_recipe()->set_batch_exponent(0.3);
  return campaign;
}

}  // namespace isoshape

#ifndef ISOSHAPE_CLI_FLAGS_CAMPAIGN_SHORTHAND_H_
#define ISOSHAPE_CLI_FLAGS_CAMPAIGN_SHORTHAND_H_

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "isoshape/v1/campaign.pb.h"

namespace isoshape {

// Translates what people write in a campaign file instead of the fields of the
// message:
//
//   shapes: [4x128, 16x64]      algorithm: {listed: {shapes: [{depth: 4, …
//   depths: [2, 8]              algorithm: {listed: {depths: …
//   equal: [flops, params]      algorithm: {listed: {equal: …
//   variants: {sp: {recipe: …}} variants: [{name: sp, recipe: …}]
//   residual: false             residual: none, in space.base and variants
class CampaignShorthand {
 public:
  // `variants` are the names of the variants in their order in the file, if
  // they are written as a map.
  explicit CampaignShorthand(std::vector<std::string> variants)
      : variants_(std::move(variants)) {}

  // Replaces what is short by what it stands for. If something cannot be read,
  // INVALID_ARGUMENT, and `field` is its path in the file.
  absl::Status WriteOut(nlohmann::json* campaign, std::string* field);

  // Returns the place in the file of a field of the message:
  // `variants.sp.recipe` for `variants.0.recipe`.
  std::string PlaceOf(const std::string& field) const;

 private:
  absl::Status WriteOutVariants(nlohmann::json* campaign, std::string* field);
  absl::Status WriteOutShapes(nlohmann::json* campaign, std::string* field);

  const std::vector<std::string> variants_;
  bool list_at_top_ = false;  // of shapes
};

// A variant as a flag says it, with the same words:
// `no-residual:shape.residual=none,recipe.warmup_fraction=0`.
absl::StatusOr<v1::Variant> ParseVariant(absl::string_view text);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_FLAGS_CAMPAIGN_SHORTHAND_H_

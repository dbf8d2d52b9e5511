#include "search/external/external_entry.h"

#include "search/external/external.h"

namespace isoshape {

void FillExternalDefaults(const v1::Campaign& /*campaign*/,
                          v1::Algorithm* algorithm) {
  algorithm->mutable_external();
}

absl::Status CheckExternal(const v1::Campaign& campaign) {
  if (campaign.total_flops() > 0) {
    return absl::InvalidArgumentError(
        "total_flops limits what an algorithm proposes, and external proposes "
        "nothing; leave it out");
  }
  return absl::OkStatus();
}

std::unique_ptr<SearchAlgorithm> MakeExternal(
    const v1::Algorithm& /*algorithm*/) {
  return std::make_unique<ExternalSearch>();
}

}  // namespace isoshape

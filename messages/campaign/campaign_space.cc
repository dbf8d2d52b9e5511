#include "messages/campaign/campaign_space.h"

#include <algorithm>

#include "messages/shape/shape_proto.h"

namespace isoshape {
namespace {

// The smaller of two limits of which 0 stands for none.
int64_t Narrower(int64_t a, int64_t b) {
  if (a == 0) return b;
  return b == 0 ? a : std::min(a, b);
}

}  // namespace

SearchSpace SpaceOfCampaign(const v1::Campaign& campaign,
                            int64_t max_parameters, int64_t max_memory_bytes) {
  const v1::SearchSpace& proto = campaign.space();
  SearchSpace space;
  space.base = FromProto(proto.base());
  space.ffn_ratio = proto.ffn_ratio();
  space.ffn_multiple = proto.ffn_multiple();
  space.min_depth = proto.min_depth();
  space.max_depth = proto.max_depth();
  space.min_width = proto.min_width();
  space.max_width = proto.max_width();
  space.min_tokens = proto.min_tokens();
  space.max_parameters = Narrower(proto.max_parameters(), max_parameters);
  space.max_memory_bytes = Narrower(proto.max_memory_bytes(), max_memory_bytes);
  return space;
}

double DefaultTarget(const v1::Campaign& campaign) {
  return campaign.budgets().empty()
             ? 0
             : kDefaultReach * campaign.budgets(campaign.budgets_size() - 1);
}

}  // namespace isoshape

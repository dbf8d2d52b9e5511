#include "coordinator/connection_pace.h"

#include <algorithm>

namespace isoshape {

bool ConnectionPace::Admit(const std::string& address, bool crowded) {
  const absl::Duration now = options_.clock->Elapsed();
  if (crowded) until_ = now + options_.lasts;
  if (now >= until_) {
    allowances_.clear();
    return true;
  }
  if (allowances_.size() >= options_.max_addresses &&
      !allowances_.contains(address)) {
    allowances_.clear();
  }
  const auto [found, is_new] =
      allowances_.try_emplace(address, Allowance{options_.at_once, now});
  Allowance& its = found->second;
  its.connections =
      std::min(options_.at_once,
               its.connections + options_.per_second *
                                     absl::ToDoubleSeconds(now - its.as_of));
  its.as_of = now;
  if (its.connections < 1) return false;
  --its.connections;
  return true;
}

}  // namespace isoshape

#include "coordinator/scheduler/offers.h"

#include <utility>

namespace isoshape {

void Offers::Add(Offer offer) {
  ++count_;
  recent_.push_back(std::move(offer));
  if (recent_.size() > kMaxKept) recent_.pop_front();
}

bool Offers::AnyFor(const std::string& worker,
                    absl::FunctionRef<bool(const Offer&)> may_take) {
  const auto seen = nothing_at_.find(worker);
  if (seen == nothing_at_.end()) return true;
  const int64_t first = count_ - static_cast<int64_t>(recent_.size());
  if (seen->second < first) return true;
  for (auto offer = recent_.begin() + (seen->second - first);
       offer != recent_.end(); ++offer) {
    if (may_take(*offer)) return true;
  }
  seen->second = count_;
  return false;
}

}  // namespace isoshape

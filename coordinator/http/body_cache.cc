#include "coordinator/http/body_cache.h"

#include <algorithm>
#include <utility>

namespace isoshape {

BodyCache::Found BodyCache::Find(const std::string& key, int64_t at_least,
                                 absl::Time behind_from, absl::Time any_from) {
  absl::MutexLock lock(&mutex_);
  const auto it = entries_.find(key);
  if (it == entries_.end()) return {};
  Entry& entry = it->second;
  const bool known = entry.sequence >= at_least &&
                     (!entry.behind || entry.made >= behind_from);
  if (!known && entry.made < any_from) return {};
  entry.last_use = ++uses_;
  return {entry.body, entry.sequence};
}

void BodyCache::Put(const std::string& key, int64_t sequence, Body body,
                    absl::Time made, bool behind) {
  if (body->size() > limit_) return;
  absl::MutexLock lock(&mutex_);
  Entry& entry = entries_[key];
  if (entry.body != nullptr && entry.sequence > sequence) return;
  if (entry.body != nullptr) bytes_ -= entry.body->size();
  bytes_ += body->size();
  entry = {sequence, ++uses_, std::move(body), made, behind};
  while (bytes_ > limit_) {
    const auto oldest = std::min_element(
        entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
          return a.second.last_use < b.second.last_use;
        });
    bytes_ -= oldest->second.body->size();
    entries_.erase(oldest);
  }
}

}  // namespace isoshape

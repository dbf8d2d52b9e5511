#include "coordinator/http/body_cache.h"

#include <algorithm>
#include <utility>

namespace isoshape {

BodyCache::Body BodyCache::Find(const std::string& key, int64_t at_least,
                                absl::Time behind_from) {
  absl::MutexLock lock(&mutex_);
  const auto it = entries_.find(key);
  if (it == entries_.end() || it->second.sequence < at_least) return nullptr;
  if (it->second.behind_at.value_or(behind_from) < behind_from) return nullptr;
  it->second.last_use = ++uses_;
  return it->second.body;
}

void BodyCache::Put(const std::string& key, int64_t sequence, Body body,
                    std::optional<absl::Time> behind_at) {
  if (body->size() > limit_) return;
  absl::MutexLock lock(&mutex_);
  Entry& entry = entries_[key];
  if (entry.body != nullptr && entry.sequence > sequence) return;
  if (entry.body != nullptr) bytes_ -= entry.body->size();
  bytes_ += body->size();
  entry = {sequence, ++uses_, std::move(body), behind_at};
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

#include "coordinator/http/body_cache.h"

#include <algorithm>
#include <utility>

namespace isoshape {

BodyCache::Body BodyCache::Find(const std::string& key, int64_t sequence) {
  absl::MutexLock lock(&mutex_);
  const auto it = entries_.find(key);
  if (it == entries_.end() || it->second.sequence != sequence) return nullptr;
  it->second.last_use = ++uses_;
  return it->second.body;
}

void BodyCache::Put(const std::string& key, int64_t sequence, Body body) {
  if (body->size() > limit_) return;
  absl::MutexLock lock(&mutex_);
  Entry& entry = entries_[key];
  if (entry.body != nullptr) bytes_ -= entry.body->size();
  bytes_ += body->size();
  entry = {sequence, ++uses_, std::move(body)};
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

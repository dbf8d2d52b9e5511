#include "coordinator/http/body_cache.h"

#include <iterator>
#include <utility>

namespace isoshape {
namespace {

// What an entry takes beside the bytes of its key and its body, about: bodies
// of a few bytes are bounded in number by it.
constexpr size_t kEntryBytes = 256;

size_t BytesOf(const std::string& key, const BodyCache::Body& body) {
  return kEntryBytes + key.size() + body->size();
}

}  // namespace

BodyCache::Body BodyCache::Find(const std::string& key, int64_t at_least,
                                absl::Time behind_from) {
  absl::MutexLock lock(&mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  const Entry& entry = *found->second;
  if (entry.sequence < at_least) return nullptr;
  if (entry.behind_at.value_or(behind_from) < behind_from) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return entry.body;
}

void BodyCache::Put(const std::string& key, int64_t sequence, Body body,
                    std::optional<absl::Time> behind_at) {
  const size_t bytes = BytesOf(key, body);
  if (bytes > limit_) return;
  absl::MutexLock lock(&mutex_);
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) {
    if (found->second->sequence > sequence) return;
    Erase(found->second);
  }
  while (bytes_ + bytes > limit_) Erase(std::prev(entries_.end()));
  entries_.push_front({key, sequence, std::move(body), behind_at});
  by_key_.emplace(entries_.front().key, entries_.begin());
  bytes_ += bytes;
}

void BodyCache::Erase(Entries::iterator entry) {
  bytes_ -= BytesOf(entry->key, entry->body);
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace isoshape

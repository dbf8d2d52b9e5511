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

BodyCache::Found BodyCache::Find(const std::string& key, int64_t at_least,
                                 absl::Time behind_from, absl::Time any_from) {
  absl::MutexLock lock(&mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return {};
  const Entry& entry = *found->second;
  if (!entry.refused.ok()) return {};
  const bool known = entry.sequence >= at_least &&
                     (!entry.behind || entry.made >= behind_from);
  if (!known && entry.made < any_from) return {};
  entries_.splice(entries_.begin(), entries_, found->second);
  return {entry.body, entry.sequence};
}

void BodyCache::Put(const std::string& key, int64_t sequence, Body body,
                    absl::Time made, bool behind) {
  PutEntry({.key = key,
            .sequence = sequence,
            .body = std::move(body),
            .made = made,
            .behind = behind});
}

BodyCache::Refusal BodyCache::FindRefusal(const std::string& key,
                                          absl::Time now) {
  absl::MutexLock lock(&mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end() || found->second->until <= now) return {};
  const Entry& entry = *found->second;
  return {entry.refused, entry.sequence, entry.until};
}

void BodyCache::PutRefusal(const std::string& key, const Refusal& refusal) {
  PutEntry({.key = key,
            .sequence = refusal.sequence,
            .body = std::make_shared<const std::string>(refusal.why.message()),
            .refused = refusal.why,
            .until = refusal.until});
}

void BodyCache::PutEntry(Entry entry) {
  const size_t bytes = BytesOf(entry.key, entry.body);
  if (bytes > limit_) return;
  absl::MutexLock lock(&mutex_);
  const auto found = by_key_.find(entry.key);
  if (found != by_key_.end()) {
    if (found->second->sequence > entry.sequence) return;
    Erase(found->second);
  }
  while (bytes_ + bytes > limit_) Erase(std::prev(entries_.end()));
  entries_.push_front(std::move(entry));
  by_key_.emplace(entries_.front().key, entries_.begin());
  bytes_ += bytes;
}

void BodyCache::Erase(Entries::iterator entry) {
  bytes_ -= BytesOf(entry->key, entry->body);
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace isoshape

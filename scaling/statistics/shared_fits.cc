#include "scaling/statistics/shared_fits.h"

#include <algorithm>

#include "common/files/sha256.h"

namespace isoshape {

std::string FitKey::Digest() const { return Sha256(bytes_); }

std::shared_ptr<SharedFits::Entry> SharedFits::Find(const std::string& key) {
  absl::MutexLock lock(&mutex_);
  std::shared_ptr<Entry>& entry = entries_[key];
  if (entry == nullptr) entry = std::make_shared<Entry>();
  entry->last_use = ++uses_;
  const std::shared_ptr<Entry> found = entry;
  if (entries_.size() > kMaxFits) {
    entries_.erase(std::min_element(
        entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
          return a.second->last_use < b.second->last_use;
        }));
  }
  return found;
}

}  // namespace isoshape

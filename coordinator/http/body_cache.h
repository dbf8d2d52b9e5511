#ifndef ISOSHAPE_COORDINATOR_HTTP_BODY_CACHE_H_
#define ISOSHAPE_COORDINATOR_HTTP_BODY_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace isoshape {

// Bodies that were made, each as of one sequence of events. One that is behind
// rests on fewer trials than there were, and may be made anew without an event.
// The least recently used go when all together, with their keys, have more than
// `bytes`. Thread-safe.
class BodyCache {
 public:
  using Body = std::shared_ptr<const std::string>;

  explicit BodyCache(size_t bytes) : limit_(bytes) {}

  // Null if there is none as of this sequence or a later one. What is behind
  // counts only if it was made at `behind_from` or later.
  Body Find(const std::string& key, int64_t at_least,
            absl::Time behind_from = absl::InfiniteFuture());
  void Put(const std::string& key, int64_t sequence, Body body,
           std::optional<absl::Time> behind_at = std::nullopt);

 private:
  struct Entry {
    std::string key;
    int64_t sequence = 0;
    Body body;
    std::optional<absl::Time> behind_at;  // when it was made, if it is behind
  };
  using Entries = std::list<Entry>;

  void Erase(Entries::iterator entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t limit_;
  absl::Mutex mutex_;
  Entries entries_ ABSL_GUARDED_BY(mutex_);  // what was used last is first
  // The keys are the entries'.
  std::map<absl::string_view, Entries::iterator> by_key_
      ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_BODY_CACHE_H_

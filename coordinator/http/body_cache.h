#ifndef ISOSHAPE_COORDINATOR_HTTP_BODY_CACHE_H_
#define ISOSHAPE_COORDINATOR_HTTP_BODY_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace isoshape {

// Bodies that were made, each good as long as nothing has happened since: as of
// one sequence of events. The least recently used go when all together have
// more than `bytes`. Thread-safe.
class BodyCache {
 public:
  using Body = std::shared_ptr<const std::string>;

  explicit BodyCache(size_t bytes) : limit_(bytes) {}

  // Null if there is none of this sequence.
  Body Find(const std::string& key, int64_t sequence);
  void Put(const std::string& key, int64_t sequence, Body body);

 private:
  struct Entry {
    int64_t sequence = 0;
    uint64_t last_use = 0;
    Body body;
  };

  const size_t limit_;
  absl::Mutex mutex_;
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t uses_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_BODY_CACHE_H_

#ifndef ISOSHAPE_COORDINATOR_HTTP_BODY_CACHE_H_
#define ISOSHAPE_COORDINATOR_HTTP_BODY_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace isoshape {

// Bodies that were made, each as of one sequence of events. One that is behind
// may be another one if it is made anew without an event, as it rests on fewer
// trials than there were.
// The least recently used go when all together, with their keys, have more than
// `bytes`. Thread-safe.
class BodyCache {
 public:
  using Body = std::shared_ptr<const std::string>;

  explicit BodyCache(size_t bytes) : limit_(bytes) {}

  struct Found {
    Body body;  // null: there is none
    int64_t sequence = 0;
  };

  // One as of this sequence or a later one, which counts only if it was made at
  // `behind_from` or later if it is behind; or any that was made at `any_from`
  // or later.
  Found Find(const std::string& key, int64_t at_least,
             absl::Time behind_from = absl::InfiniteFuture(),
             absl::Time any_from = absl::InfiniteFuture());
  // `made`: when it was begun.
  void Put(const std::string& key, int64_t sequence, Body body, absl::Time made,
           bool behind = false);

  // Why there is no body, as of a sequence, and until when that is told to who
  // asks again and again. What is put later under its key takes its place.
  struct Refusal {
    absl::Status why;  // OK: there is none
    int64_t sequence = 0;
    absl::Time until;
  };
  // None if it is over by `now`.
  Refusal FindRefusal(const std::string& key, absl::Time now);
  void PutRefusal(const std::string& key, const Refusal& refusal);

 private:
  struct Entry {
    std::string key;
    int64_t sequence = 0;
    Body body;
    absl::Time made{};
    bool behind = false;
    absl::Status refused{};  // if it is not OK, `body` is its message
    absl::Time until{};
  };
  using Entries = std::list<Entry>;

  void PutEntry(Entry entry);
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

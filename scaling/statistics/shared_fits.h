#ifndef ISOSHAPE_SCALING_STATISTICS_SHARED_FITS_H_
#define ISOSHAPE_SCALING_STATISTICS_SHARED_FITS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/threads/cancellation.h"
#include "common/threads/thread_scope.h"

namespace isoshape {

// What a fit rests on, as a key that is equal for equal content.
//
//   FitKey key("surface");
//   key.Add(runs.size).Add(options.level);
class FitKey {
 public:
  explicit FitKey(absl::string_view what) : bytes_(what.data(), what.size()) {}

  // Numbers, and structures of numbers of one type.
  template <typename T>
  requires std::is_trivially_copyable_v<T> FitKey& Add(const T& value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value));
    return *this;
  }
  FitKey& Add(const std::string& text) {
    Add(text.size());
    bytes_ += text;
    return *this;
  }
  template <typename T>
  FitKey& Add(const std::vector<T>& values) {
    Add(values.size());
    for (const T& one : values) Add(one);
    return *this;
  }
  template <typename T>
  FitKey& Add(const std::optional<T>& value) {
    Add(value.has_value());
    if (value) Add(*value);
    return *this;
  }

  std::string Digest() const;

 private:
  std::string bytes_;
};

// Fits of the tables of runs of one campaign or file, each made once however
// many answers rest on it: figures, reports and predictions of the same runs
// then show the same resamples. The newest kMaxFits are kept. Thread-safe: who
// asks for a fit that is being made waits for it.
//
//   SharedFits fits;
//   const SharedFits::Scope scope(&fits);
//   … = FitLaw(runs, options);  // its parts are there for who comes next
class SharedFits {
 public:
  template <typename T>
  using Made = absl::StatusOr<std::shared_ptr<const T>>;

  SharedFits() = default;
  SharedFits(const SharedFits&) = delete;
  SharedFits& operator=(const SharedFits&) = delete;

  // While it lives, fits that this thread makes are shared by its value.
  using Scope = ThreadScope<SharedFits>;

  // What `compute` returns, a StatusOr<T>, made once for the key, which also
  // tells T. CANCELLED, and nothing is kept, if this thread's computation is
  // cancelled meanwhile.
  template <typename T, typename Compute>
  Made<T> Once(const std::string& key, const Compute& compute) {
    const std::shared_ptr<Entry> entry = Find(key);
    absl::MutexLock lock(&entry->mutex);
    if (!entry->made) {
      absl::StatusOr<T> value = compute();
      if (Cancelled()) return absl::CancelledError();
      entry->made = value.ok() ? absl::StatusOr<std::shared_ptr<const void>>(
                                     std::make_shared<T>(*std::move(value)))
                               : value.status();
    }
    if (!entry->made->ok()) return entry->made->status();
    return std::static_pointer_cast<const T>(**entry->made);
  }

 private:
  static constexpr int kMaxFits = 48;

  struct Entry {
    absl::Mutex mutex;
    std::optional<absl::StatusOr<std::shared_ptr<const void>>> made
        ABSL_GUARDED_BY(mutex);
    int64_t last_use = 0;  // guarded by the mutex of the fits
  };

  std::shared_ptr<Entry> Find(const std::string& key)
      ABSL_LOCKS_EXCLUDED(mutex_);

  absl::Mutex mutex_;
  int64_t uses_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::shared_ptr<Entry>> entries_
      ABSL_GUARDED_BY(mutex_);
};

// What `compute` returns, a StatusOr<T>: from the fits that this thread shares,
// if it shares any. `key_of` returns the FitKey, and is called only then.
template <typename T, typename KeyOf, typename Compute>
absl::StatusOr<T> Shared(const KeyOf& key_of, const Compute& compute) {
  SharedFits* const fits = SharedFits::Scope::Current();
  if (fits == nullptr) return compute();
  const SharedFits::Made<T> made = fits->Once<T>(key_of().Digest(), compute);
  if (!made.ok()) return made.status();
  return **made;
}

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_STATISTICS_SHARED_FITS_H_

#ifndef ISOSHAPE_COMMON_STATUS_OUT_OF_MEMORY_H_
#define ISOSHAPE_COMMON_STATUS_OUT_OF_MEMORY_H_

#include <new>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/status/retry_after.h"

namespace isoshape {

// UNAVAILABLE: there is no memory for an answer now. The first call allocates,
// those after it do not.
inline absl::Status OutOfMemoryError() {
  static const absl::Status& kept = []() -> const absl::Status& {
    auto* const made = new absl::Status(
        absl::StatusCode::kUnavailable,
        "the coordinator has no memory for that now; ask for less at once, or "
        "again in a moment");
    SetRetryAfter(absl::Seconds(1), *made);
    return *made;
  }();
  return kept;
}

// What `make` returns, an absl::Status or StatusOr; OutOfMemoryError where it
// throws std::bad_alloc. For answers whose size a stranger chooses: nothing
// that `make` changes beside its result may be used after that.
template <typename Make>
std::invoke_result_t<const Make&> UnlessOutOfMemory(const Make& make) {
  try {
    return make();
  } catch (const std::bad_alloc&) {
    return OutOfMemoryError();
  }
}

// Tells `done` the answer; where it throws std::bad_alloc, OutOfMemoryError
// instead, which takes less. Where there is no memory even for that, nobody is
// told, and the deadline of who asked ends his wait. For threads on which
// nobody catches what is thrown.
template <typename Done, typename Answer>
void TellDespiteOutOfMemory(const Done& done, const Answer& answer) {
  const auto tell = [&](const auto& what) {
    return UnlessOutOfMemory([&] {
      done(what);
      return absl::OkStatus();
    });
  };
  if (!tell(answer).ok()) tell(OutOfMemoryError()).IgnoreError();
}

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_STATUS_OUT_OF_MEMORY_H_

#ifndef ISOSHAPE_STORAGE_FORGOTTEN_NUMBERS_H_
#define ISOSHAPE_STORAGE_FORGOTTEN_NUMBERS_H_

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/store.h"

namespace isoshape {

// A database that is put back has forgotten which numbers were given since the
// backup. What goes on counting behind a jump gives none of them again.

// The counter of the events' sequences.
inline constexpr char kEventSequence[] = "event_sequence";

// By how much numbers jump: between 2^39 and 2^40, from the system's source of
// random numbers, so that two jumps from the same place do not end close to
// each other either.
int64_t DrawJump();

// Reads a counter; 0 if it was never put.
using CounterReader =
    absl::FunctionRef<absl::StatusOr<int64_t>(absl::string_view name)>;

// Between the last event of each backup that was put back and the first one
// after that: the sequences that no event of this history has, and that events
// of another one may have had. Immutable.
class EventGaps {
 public:
  // Errors of the reader.
  static absl::StatusOr<EventGaps> Read(CounterReader read);
  static absl::StatusOr<EventGaps> Read(Store& store);

  // Whether a sequence is one of another history, as somebody who has read up
  // to it has seen events that never happened here.
  bool Has(int64_t sequence) const;
  // How many numbers after `after` and up to `until` no event has as they were
  // jumped over.
  int64_t Within(int64_t after, int64_t until) const;

 private:
  struct Gap {
    int64_t last = 0;  // sequence of the backup
    int64_t end = 0;   // behind which events go on: known to new readers
  };
  std::vector<Gap> gaps_;
};

// What a database is to have before it is put back: its events go on `jump`
// behind their last, and the gap is noted. Nothing near 2^53, as browsers read
// sequences as doubles: that is eight thousand restores of restored databases.
// Errors of the reader.
absl::StatusOr<std::vector<Mutation>> JumpOfEvents(CounterReader read,
                                                   int64_t jump);

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_FORGOTTEN_NUMBERS_H_

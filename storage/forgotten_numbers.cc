#include "storage/forgotten_numbers.h"

#include <algorithm>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"

namespace isoshape {
namespace {

// How many gaps there are; each has two counters, numbered from 1.
constexpr char kGaps[] = "event_gaps";

std::string LastName(int64_t gap) {
  return absl::StrCat("event_gap_", gap, "_last");
}

std::string EndName(int64_t gap) {
  return absl::StrCat("event_gap_", gap, "_end");
}

}  // namespace

int64_t DrawJump() {
  constexpr uint64_t kLeast = uint64_t{1} << 39;
  std::random_device random;  // 32 bits each
  const uint64_t bits = uint64_t{random()} << 32 | random();
  return static_cast<int64_t>(kLeast + bits % kLeast);
}

absl::StatusOr<EventGaps> EventGaps::Read(CounterReader read) {
  EventGaps gaps;
  ISOSHAPE_ASSIGN_OR_RETURN(const int64_t count, read(kGaps));
  for (int64_t i = 1; i <= count; ++i) {
    Gap gap;
    ISOSHAPE_ASSIGN_OR_RETURN(gap.last, read(LastName(i)));
    ISOSHAPE_ASSIGN_OR_RETURN(gap.end, read(EndName(i)));
    gaps.gaps_.push_back(gap);
  }
  return gaps;
}

absl::StatusOr<EventGaps> EventGaps::Read(Store& store) {
  return Read([&](absl::string_view name) { return store.GetCounter(name); });
}

bool EventGaps::Has(int64_t sequence) const {
  return std::any_of(gaps_.begin(), gaps_.end(), [&](const Gap& gap) {
    return gap.last < sequence && sequence < gap.end;
  });
}

int64_t EventGaps::Within(int64_t after, int64_t until) const {
  int64_t count = 0;
  for (const Gap& gap : gaps_) {
    const int64_t begin = std::max(after, gap.last);
    count += std::max(int64_t{0}, std::min(until, gap.end) - begin);
  }
  return count;
}

absl::StatusOr<std::vector<Mutation>> JumpOfEvents(CounterReader read,
                                                   int64_t jump) {
  constexpr int64_t kMost = int64_t{1} << 53;
  constexpr int64_t kRoom = int64_t{1} << 40;  // for the events that follow
  ISOSHAPE_ASSIGN_OR_RETURN(const int64_t last, read(kEventSequence));
  if (last > kMost - kRoom - jump) return std::vector<Mutation>();
  ISOSHAPE_ASSIGN_OR_RETURN(const int64_t gaps, read(kGaps));
  return std::vector<Mutation>{PutCounter{kEventSequence, last + jump},
                               PutCounter{LastName(gaps + 1), last},
                               PutCounter{EndName(gaps + 1), last + jump},
                               PutCounter{kGaps, gaps + 1}};
}

}  // namespace isoshape

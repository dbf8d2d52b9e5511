#include "coordinator/memory_watch.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>

#include "common/process/process_use.h"
#include "common/threads/background_thread.h"

namespace isoshape {
namespace {

constexpr absl::Duration kLookInterval = absl::Seconds(1);
// What is counted walks the free lists of glibc, so that it is asked for only
// if the process has grown by so much, or, of a large one, this often.
constexpr int64_t kGrowth = int64_t{128} << 20;
constexpr int64_t kLarge = int64_t{256} << 20;
constexpr absl::Duration kCountInterval = absl::Seconds(15);
// Memory that is not worth giving back: programs, stacks, pages that are used
// again at once.
constexpr int64_t kWorthIt = int64_t{128} << 20;

int64_t ResidentBytes() {
  const auto use = UseOf(getpid());
  return use.has_value() ? use->resident_bytes : 0;
}

}  // namespace

MemoryWatch::MemoryWatch() : thread_([this] { Run(); }) {}

MemoryWatch::~MemoryWatch() {
  stop_.Notify();
  thread_.join();
}

int64_t MemoryWatch::GiveBack() {
  const int64_t resident = ResidentBytes();
  const struct mallinfo2 counted = mallinfo2();
  const auto in_use = static_cast<int64_t>(counted.uordblks + counted.hblkhd);
  if (resident - in_use < kWorthIt) return 0;
  malloc_trim(0);
  return resident - ResidentBytes();
}

void MemoryWatch::Run() {
  BecomeBackgroundThread();
  int64_t least = ResidentBytes();  // since the last count
  absl::Duration since_count;
  while (!stop_.WaitForNotificationWithTimeout(kLookInterval)) {
    since_count += kLookInterval;
    const int64_t resident = ResidentBytes();
    least = std::min(least, resident);
    if (resident - least < kGrowth &&
        (resident < kLarge || since_count < kCountInterval)) {
      continue;
    }
    GiveBack();
    least = ResidentBytes();
    since_count = absl::ZeroDuration();
  }
}

}  // namespace isoshape

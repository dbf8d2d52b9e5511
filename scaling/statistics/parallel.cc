#include "scaling/statistics/parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "common/threads/cancellation.h"
#include "machine/cpus.h"

namespace isoshape {

void ForEachIndex(int count, const Execution& execution,
                  absl::FunctionRef<void(int)> task) {
  static const int cores = UsableCpus();
  const int threads =
      std::min(count, execution.threads > 0 ? execution.threads : cores);
  std::atomic<int> next = 0;
  std::atomic<int> done = 0;
  const Cancellation* const cancellation = Cancellation::Scope::Current();
  const auto work = [&] {
    const Cancellation::Scope scope(cancellation);
    for (int i = next++; i < count && !Cancelled(); i = next++) {
      task(i);
      ++done;
    }
  };
  std::vector<std::thread> others;
  for (int t = 1; t < threads; ++t) others.emplace_back(work);
  if (execution.progress) {
    for (int i = next++; i < count && !Cancelled(); i = next++) {
      task(i);
      execution.progress(++done, count);
    }
  } else {
    work();
  }
  for (std::thread& other : others) other.join();
}

}  // namespace isoshape

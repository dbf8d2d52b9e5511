#include "scaling/statistics/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
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
  std::atomic<bool> failed = false;
  absl::Mutex mutex;
  std::exception_ptr thrown;  // the first; guarded by the mutex
  const auto work = [&](absl::FunctionRef<void(int)> after) {
    const Cancellation::Scope scope(cancellation);
    try {
      for (int i = next++; i < count && !failed && !Cancelled(); i = next++) {
        task(i);
        after(++done);
      }
    } catch (...) {
      failed = true;
      absl::MutexLock lock(&mutex);
      if (thrown == nullptr) thrown = std::current_exception();
    }
  };
  const auto nothing = [](int) {};
  std::vector<std::thread> others;
  others.reserve(std::max(0, threads - 1));
  for (int t = 1; t < threads; ++t) {
    try {
      others.emplace_back(work, nothing);
    } catch (const std::exception&) {
      break;  // no more are to be had
    }
  }
  if (execution.progress) {
    work([&](int so_far) { execution.progress(so_far, count); });
  } else {
    work(nothing);
  }
  for (std::thread& other : others) other.join();
  if (thrown != nullptr) std::rethrow_exception(thrown);
}

}  // namespace isoshape

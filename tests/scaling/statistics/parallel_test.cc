#include "scaling/statistics/parallel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <mutex>
#include <new>
#include <set>
#include <thread>
#include <vector>

#include "common/threads/cancellation.h"
#include "machine/cpus.h"

namespace isoshape {
namespace {

TEST(ForEachIndexTest, CallsEveryIndexOnceWhateverTheThreads) {
  for (const int threads : {0, 1, 3, 100}) {
    std::vector<std::atomic<int>> calls(57);
    ForEachIndex(57, {.threads = threads}, [&](int i) { ++calls[i]; });
    for (const auto& count : calls) EXPECT_EQ(count, 1) << threads;
  }
  ForEachIndex(0, {}, [](int) { FAIL() << "there is nothing to do"; });
}

// Threads beyond what affinity and quotas leave would only wait for one
// another.
TEST(ForEachIndexTest, TakesNoMoreThreadsThanCanCompute) {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  ForEachIndex(1000, {}, [&](int) {
    const std::scoped_lock lock(mutex);
    threads.insert(std::this_thread::get_id());
  });
  EXPECT_LE(threads.size(), static_cast<size_t>(UsableCpus()));
}

// Threads that it starts belong to the computation that is cancelled.
TEST(ForEachIndexTest, LeavesOutWhatRemainsWhenItIsCancelled) {
  for (const int threads : {1, 3}) {
    Cancellation cancellation;
    const Cancellation::Scope scope(&cancellation);
    std::atomic<int> calls = 0;
    ForEachIndex(1000, {.threads = threads}, [&](int) {
      if (++calls == 10) cancellation.Cancel();
    });
    // Each thread ends the call that it was at.
    EXPECT_GE(calls, 10) << threads;
    EXPECT_LT(calls, 10 + threads) << threads;
    ForEachIndex(7, {.threads = threads}, [&](int) { FAIL(); });
  }
}

// A fit for which there is no memory is an error, whichever thread finds none.
TEST(ForEachIndexTest, TheCallerGetsWhatATaskThrows) {
  for (const int threads : {1, 3}) {
    for (const int thrower : {0, 1, 500}) {
      std::atomic<int> calls = 0;
      EXPECT_THROW(ForEachIndex(100'000, {.threads = threads},
                                [&](int i) {
                                  ++calls;
                                  if (i == thrower) throw std::bad_alloc();
                                }),
                   std::bad_alloc);
      EXPECT_LT(calls, 100'000);
    }
    // Each of them.
    EXPECT_THROW(ForEachIndex(7, {.threads = threads},
                              [](int) { throw std::bad_alloc(); }),
                 std::bad_alloc);
  }
  EXPECT_THROW(
      ForEachIndex(
          7,
          {.threads = 1, .progress = [](int, int) { throw std::bad_alloc(); }},
          [](int) {}),
      std::bad_alloc);
}

TEST(ForEachIndexTest, ProgressGrowsToTheTotal) {
  std::vector<int> seen;
  ForEachIndex(10,
               {.threads = 1,
                .progress =
                    [&](int done, int total) {
                      EXPECT_EQ(total, 10);
                      seen.push_back(done);
                    }},
               [](int) {});
  EXPECT_THAT(seen, testing::ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
}

}  // namespace
}  // namespace isoshape

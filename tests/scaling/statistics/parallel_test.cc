#include "scaling/statistics/parallel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <vector>

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

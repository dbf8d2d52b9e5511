#include <atomic>
#include <thread>
#include <vector>

#include "tests/storage/store_contract.h"
#include "tests/storage/store_rows.h"

// The part of the contract that several threads are needed to see.

namespace isoshape {
namespace {

constexpr char kC1[] = "campaigns/c1";

}  // namespace

TEST_P(StoreContract, ReadersBesideAWriterSeeWholeCommitsThatNeverGoBack) {
  constexpr int kCommits = 200;
  constexpr int kReaders = 4;
  Put({PutCampaign{CampaignAt(kC1, 1)}});
  std::atomic<int64_t> acknowledged = 0;
  std::atomic<bool> failed = false;
  std::thread writer([&] {
    for (int64_t i = 1; i <= kCommits && !failed; ++i) {
      v1::Trial first = TrialOf(kC1, 1);
      v1::Trial second = TrialOf(kC1, 2);
      first.set_seed(i);
      second.set_seed(i);
      if (!store_
               ->Commit({PutTrial{first}, PutTrial{second}, PutCounter{"n", i}})
               .ok()) {
        failed = true;
        return;
      }
      acknowledged = i;
    }
  });
  std::vector<std::thread> readers;
  readers.reserve(kReaders);
  for (int r = 0; r < kReaders; ++r) {
    readers.emplace_back([&] {
      int64_t last = 0;
      while (last < kCommits && !failed) {
        const int64_t before = acknowledged;
        const auto trials = store_->ListTrials(kC1, std::nullopt, {});
        const auto count = store_->GetCounter("n");
        const int64_t seen =
            trials.ok() && !trials->empty() ? trials->front().seed() : 0;
        if (!trials.ok() || !count.ok() || seen < before || seen < last ||
            *count < seen ||
            (seen > 0 &&
             (trials->size() != 2 || (*trials)[1].seed() != seen))) {
          failed = true;
        }
        last = seen;
      }
    });
  }
  writer.join();
  for (std::thread& reader : readers) reader.join();
  EXPECT_FALSE(failed);
  EXPECT_EQ(acknowledged, kCommits);
}

TEST_P(StoreContract, CommitsOfSeveralThreadsAllHappenOnce) {
  constexpr int kThreads = 4;
  constexpr int kEach = 25;
  Put({PutCampaign{CampaignAt(kC1, 1)}});
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  std::atomic<int> refused = 0;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        if (!store_->Commit({EventOf(kC1, 1 + t * kEach + i)}).ok()) ++refused;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(refused, 0);
  const auto events = store_->ListEvents(kC1, {}).value();
  ASSERT_EQ(events.size(), static_cast<size_t>(kThreads * kEach));
  EXPECT_EQ(events.back().sequence(), kThreads * kEach);
}

}  // namespace isoshape

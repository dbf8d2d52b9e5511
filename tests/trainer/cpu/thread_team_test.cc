#include "trainer/cpu/thread_team.h"

#include <gtest/gtest.h>

#include <vector>

namespace isoshape::cpu {
namespace {

TEST(ThreadTeamTest, EveryThreadWorksOnceInEveryRound) {
  for (const int size : {1, 2, 5}) {
    ThreadTeam team(size);
    ASSERT_EQ(team.size(), size);
    std::vector<int> rounds(static_cast<size_t>(size), 0);
    for (int round = 1; round <= 500; ++round) {
      team.Run([&](int thread) { ++rounds[static_cast<size_t>(thread)]; });
      // What the threads wrote is seen here.
      ASSERT_EQ(rounds, std::vector<int>(static_cast<size_t>(size), round));
    }
  }
}

TEST(ThreadTeamTest, EndsWithoutHavingWorked) { const ThreadTeam team(3); }

}  // namespace
}  // namespace isoshape::cpu

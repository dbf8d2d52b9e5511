#include "storage/sqlite/newest_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using Place = std::pair<size_t, size_t>;  // a commit, and a mutation of it

constexpr char kCampaign[] = "campaigns/c1";

// Where what is applied stands in the commits, in the order in which it is.
std::vector<Place> Applied(const std::vector<std::vector<Mutation>>& commits) {
  NewestRows rows;
  for (const auto& commit : commits) rows.Add(commit);
  std::vector<Place> applied;
  for (const auto& commit : commits) {
    for (const Mutation& mutation : commit) {
      const Mutation* const taken = rows.Take(mutation);
      if (taken == nullptr) continue;
      for (size_t i = 0; i < commits.size(); ++i) {
        for (size_t j = 0; j < commits[i].size(); ++j) {
          if (&commits[i][j] == taken) applied.emplace_back(i, j);
        }
      }
    }
  }
  return applied;
}

PutTrial Trial(int64_t number) { return PutTrial{TrialOf(kCampaign, number)}; }
PutWorker Worker(const std::string& name) {
  PutWorker put;
  put.worker.set_name(name);
  return put;
}

// What refers to it stands behind that.
TEST(NewestRowsTest, ARowIsWrittenInThePlaceOfItsFirstChangeAsTheLastHasIt) {
  EXPECT_THAT(Applied({{PutCounter{"n", 1}, Trial(1), EventOf(kCampaign, 1)},
                       {Trial(2), PutCounter{"n", 2}},
                       {Trial(1), PutCounter{"m", 1}}}),
              ElementsAre(Place(1, 1), Place(2, 0), Place(0, 2), Place(1, 0),
                          Place(2, 1)));
}

TEST(NewestRowsTest, ARowThatACommitPutsTwiceIsWrittenOnce) {
  EXPECT_THAT(Applied({{PutCounter{"n", 1}, PutCounter{"n", 2}}}),
              ElementsAre(Place(0, 1)));
}

TEST(NewestRowsTest, AWorkerThatIsDeletedIsTheSameRow) {
  EXPECT_THAT(Applied({{Worker("workers/w")}, {DeleteWorker{"workers/w"}}}),
              ElementsAre(Place(1, 0)));
  EXPECT_THAT(Applied({{Worker("workers/w"), Worker("workers/v")},
                       {DeleteWorker{"workers/w"}},
                       {Worker("workers/w")}}),
              ElementsAre(Place(2, 0), Place(0, 1)));
}

TEST(NewestRowsTest, ANameOfAnotherKindIsAnotherRow) {
  EXPECT_THAT(Applied({{Worker("n"), PutCounter{"n", 1}}, {Worker("n")}}),
              ElementsAre(Place(1, 0), Place(0, 1)));
}

// Each of these is a row of its own, or changes what others wrote.
TEST(NewestRowsTest, OtherKindsAreAllApplied) {
  const PutRequest answer = {"M", "id", "print", "answer", absl::UnixEpoch()};
  EXPECT_THAT(
      Applied({{EventOf(kCampaign, 1), answer, PruneRequests{absl::UnixEpoch()},
                MeasurementOf("t", 1)},
               {EventOf(kCampaign, 1), answer}}),
      ElementsAre(Place(0, 0), Place(0, 1), Place(0, 2), Place(0, 3),
                  Place(1, 0), Place(1, 1)));
}

}  // namespace
}  // namespace isoshape

#include "claims/overlap.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "messages/json/proto_time.h"

namespace isoshape {
namespace {

// A run of a worker from one second to another.
v1::Trial TrialOf(const std::string& worker, int begin, int end) {
  v1::Trial trial;
  trial.set_name(absl::StrCat(worker, "/", begin, "-", end));
  trial.set_worker(worker);
  trial.set_state(v1::Trial::SUCCEEDED);
  *trial.mutable_start_time() = ToProto(absl::FromUnixSeconds(begin));
  *trial.mutable_end_time() = ToProto(absl::FromUnixSeconds(end));
  return trial;
}

std::vector<ClaimRuns> RunsOf(const std::vector<v1::Trial>& trials) {
  ClaimRuns runs;
  runs.trials = trials;
  return {runs};
}

int AtOnce(const std::vector<v1::Trial>& own,
           const std::vector<v1::Trial>& others) {
  RunOverlap overlap;
  overlap.Add(RunsOf(own));
  overlap.Add(RunsOf(others));
  return overlap.AtOnce(RunsOf(own));
}

TEST(RunOverlapTest, OneAfterTheOtherIsAlone) {
  EXPECT_EQ(AtOnce({TrialOf("a", 0, 10), TrialOf("a", 10, 20)},
                   {TrialOf("a", 20, 30)}),
            1);
}

TEST(RunOverlapTest, RunsOfOtherClaimsCount) {
  EXPECT_EQ(AtOnce({TrialOf("a", 0, 10)}, {TrialOf("a", 9, 30)}), 2);
  EXPECT_EQ(AtOnce({TrialOf("a", 0, 10)}, {TrialOf("b", 0, 10)}), 1);
}

// Two that follow each other beside a long one are never three at once.
TEST(RunOverlapTest, OnlyWhatWasThereTogetherIsCounted) {
  EXPECT_EQ(AtOnce({TrialOf("a", 0, 100)},
                   {TrialOf("a", 10, 20), TrialOf("a", 30, 40)}),
            2);
  EXPECT_EQ(AtOnce({TrialOf("a", 0, 100)},
                   {TrialOf("a", 10, 35), TrialOf("a", 30, 40)}),
            3);
}

TEST(RunOverlapTest, ARunThatClaimsShareIsNotBesideItself) {
  EXPECT_EQ(AtOnce({TrialOf("a", 0, 10)}, {TrialOf("a", 0, 10)}), 1);
}

TEST(RunOverlapTest, WithoutTimesNothingIsKnown) {
  v1::Trial trial = TrialOf("a", 0, 10);
  trial.clear_end_time();
  EXPECT_EQ(AtOnce({trial}, {}), 0);
}

}  // namespace
}  // namespace isoshape

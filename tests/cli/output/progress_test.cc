#include "cli/output/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <sstream>

#include "absl/strings/str_cat.h"
#include "tests/scoped_variable.h"

namespace isoshape {
namespace {

v1::Trial MakeTrial(const std::string& name, double budget,
                    v1::Trial::State state, double loss = 0) {
  v1::Trial trial;
  trial.set_name(name);
  trial.set_budget_flops(budget);
  trial.set_state(state);
  trial.mutable_shape()->set_depth(4);
  trial.mutable_shape()->set_width(32);
  if (state == v1::Trial::SUCCEEDED) {
    trial.mutable_shape_card()->set_validation_loss(loss);
  }
  return trial;
}

TEST(CampaignProgressTest, CountsWorkInFlopsAndNotInTrials) {
  CampaignProgress progress;
  const absl::Time start = absl::FromUnixSeconds(1000);
  progress.Update(MakeTrial("a", 100, v1::Trial::PENDING));
  progress.Update(MakeTrial("b", 300, v1::Trial::PENDING));
  progress.Start(start);
  EXPECT_EQ(progress.Remaining(start + absl::Seconds(5)), std::nullopt);
  progress.Update(MakeTrial("a", 100, v1::Trial::SUCCEEDED, 1.77));
  progress.Update(MakeTrial("b", 300, v1::Trial::LEASED));
  // 100 of 400 FLOPs in 10 s leave 30 s.
  EXPECT_EQ(progress.Remaining(start + absl::Seconds(10)), absl::Seconds(30));
  EXPECT_EQ(progress.Line(start + absl::Seconds(10)),
            "[######------------------] 1/2 trials  1 running  best 1.7700 at "
            "4x32  ETA 30s");
  progress.Measure("b", 100);
  EXPECT_EQ(progress.Remaining(start + absl::Seconds(20)), absl::Seconds(20));
}

TEST(CampaignProgressTest, WorkDoneBeforeDoesNotCountForTheRate) {
  CampaignProgress progress;
  const absl::Time start = absl::FromUnixSeconds(1000);
  progress.Update(MakeTrial("a", 1000, v1::Trial::SUCCEEDED, 2));
  progress.Update(MakeTrial("b", 100, v1::Trial::LEASED));
  progress.Start(start);
  progress.Measure("b", 50);
  EXPECT_EQ(progress.Remaining(start + absl::Seconds(10)), absl::Seconds(10));
}

TEST(CampaignProgressTest, ATrialThatGoesBackLosesItsProgress) {
  CampaignProgress progress;
  const absl::Time start = absl::FromUnixSeconds(1000);
  progress.Update(MakeTrial("a", 100, v1::Trial::LEASED));
  progress.Start(start);
  progress.Measure("a", 50);
  progress.Update(MakeTrial("a", 100, v1::Trial::PENDING));
  EXPECT_EQ(progress.Line(start + absl::Seconds(9)),
            "[------------------------] 0/1 trials  0 running");
}

TEST(CampaignProgressTest, WorkThatIsStillToBeProposedIsPartOfTheTotal) {
  CampaignProgress progress;
  const absl::Time start = absl::FromUnixSeconds(1000);
  progress.Update(MakeTrial("a", 100, v1::Trial::PENDING));
  progress.Expect(300);
  progress.Start(start);
  progress.Update(MakeTrial("a", 100, v1::Trial::SUCCEEDED, 2));
  EXPECT_EQ(progress.Line(start + absl::Seconds(10)),
            "[######------------------] 1/1 trials  0 running  best 2.0000 at "
            "4x32  ETA 30s");
  progress.Expect(0);
  EXPECT_EQ(progress.Remaining(start + absl::Seconds(10)),
            absl::ZeroDuration());
}

TEST(CampaignProgressTest, WorstAndFailedTrialsAreNotTheBest) {
  CampaignProgress progress;
  progress.Update(MakeTrial("a", 1, v1::Trial::SUCCEEDED, 1.5));
  progress.Update(MakeTrial("b", 1, v1::Trial::SUCCEEDED, 2.5));
  progress.Update(MakeTrial("c", 1, v1::Trial::FAILED));
  EXPECT_EQ(progress.Line(absl::UnixEpoch()),
            "[########################] 3/3 trials  0 running  best 1.5000 at "
            "4x32");
}

TEST(CampaignProgressTest, ANarrowTerminalKeepsTheCountsAndTheTimeLeft) {
  CampaignProgress progress;
  const absl::Time start = absl::FromUnixSeconds(1000);
  progress.Update(MakeTrial("b", 300, v1::Trial::PENDING));
  progress.Start(start);
  progress.Update(MakeTrial("a", 100, v1::Trial::SUCCEEDED, 1.77));
  const auto line = [&](size_t columns) {
    return progress.Line(start + absl::Seconds(10), columns);
  };
  EXPECT_EQ(line(79),
            "[######------------------] 1/2 trials  0 running  best 1.7700 at "
            "4x32  ETA 30s");
  EXPECT_EQ(line(71),
            "[####------------] 1/2 trials  0 running  best 1.7700 at 4x32  "
            "ETA 30s");
  EXPECT_EQ(line(63),
            "[##------] 1/2 trials  0 running  best 1.7700 at 4x32  ETA 30s");
  EXPECT_EQ(line(62),
            "[######------------------] 1/2 trials  0 running  ETA 30s");
  EXPECT_EQ(line(42), "[##------] 1/2 trials  0 running  ETA 30s");
  EXPECT_EQ(line(31), "[##------] 1/2 trials  ETA 30s");
  EXPECT_EQ(line(30), "1/2 trials  ETA 30s");
}

// As campaigns are: three digits of trials, hours to go.
TEST(CampaignProgressTest, EightyColumnsHoldTheTimeLeftOfALargeCampaign) {
  CampaignProgress progress;
  const absl::Time start = absl::FromUnixSeconds(1000);
  for (int trial = 0; trial < 144; ++trial) {
    progress.Update(MakeTrial(absl::StrCat(trial), 100, v1::Trial::LEASED));
  }
  progress.Start(start);
  for (int trial = 0; trial < 112; ++trial) {
    progress.Update(
        MakeTrial(absl::StrCat(trial), 100, v1::Trial::SUCCEEDED, 1.77));
  }
  const std::string line = progress.Line(start + absl::Hours(40), 80);
  EXPECT_LT(line.size(), 80) << line;
  EXPECT_THAT(line, testing::HasSubstr("] 112/144 trials  32 running  best "));
  EXPECT_THAT(line, testing::EndsWith("  ETA 11h25m")) << line;
}

TEST(FlopsToProposeTest, IsWhatIsExpectedLessWhatIsPlanned) {
  v1::Campaign campaign;
  EXPECT_EQ(FlopsToPropose(campaign, 100), 0);  // nobody can tell
  campaign.set_expected_flops(1000);
  EXPECT_EQ(FlopsToPropose(campaign, 400), 600);
  // Sums of the same numbers in another order.
  EXPECT_EQ(FlopsToPropose(campaign, 1000 - 1e-9), 0);
  EXPECT_EQ(FlopsToPropose(campaign, 1001), 0);
}

TEST(CampaignProgressTest, PlannedFlopsAreThoseOfTheTokens) {
  CampaignProgress progress;
  v1::Trial trial = MakeTrial("a", 100, v1::Trial::PENDING);
  trial.set_tokens(12);
  trial.set_flops_per_token(8);
  trial.add_branches()->set_added_flops(3);
  progress.Update(trial);
  EXPECT_EQ(progress.Planned(), 99);
  progress.Update(MakeTrial("b", 50, v1::Trial::PENDING));
  EXPECT_EQ(progress.Planned(), 149);
}

TEST(ProgressLineTest, DrawsInPlaceAndOnlyWhatChanged) {
  std::ostringstream out;
  {
    ProgressLine line(out);
    line.Draw("one");
    line.Draw("one");
    line.Draw("two");
  }
  EXPECT_EQ(out.str(), "\rone\x1b[K\rtwo\x1b[K\r\x1b[K");
}

// Standard error as a terminal of so many columns.
class ScopedTerminal {
 public:
  explicit ScopedTerminal(unsigned short columns)
      : before_(dup(STDERR_FILENO)) {
    winsize size = {};
    size.ws_row = 24;
    size.ws_col = columns;
    EXPECT_EQ(openpty(&master_, &slave_, nullptr, nullptr, &size), 0);
    EXPECT_EQ(dup2(slave_, STDERR_FILENO), STDERR_FILENO);
  }
  ~ScopedTerminal() {
    dup2(before_, STDERR_FILENO);
    for (const int handle : {before_, master_, slave_}) close(handle);
  }

 private:
  const int before_;
  int master_ = -1;
  int slave_ = -1;
};

TEST(ProgressLineTest, IsNoLongerThanTheTerminalIsWide) {
  const ScopedTerminal terminal(40);
  std::ostringstream out;
  {
    ProgressLine line(out);
    line.Draw(std::string(78, 'x'));
    line.Draw(std::string(78, 'x') + "y");  // what changed is not seen
  }
  EXPECT_EQ(out.str(), "\r" + std::string(39, 'x') + "\x1b[K\r\x1b[K");
}

TEST(ProgressLineTest, NothingIsDrawnOnWhatCannotDraw) {
  const ScopedTerminal terminal(40);
  const ScopedVariable can("TERM", "xterm");
  EXPECT_TRUE(ProgressLine::CanDraw());
  const ScopedVariable cannot("TERM", "dumb");
  EXPECT_FALSE(ProgressLine::CanDraw());
}

}  // namespace
}  // namespace isoshape

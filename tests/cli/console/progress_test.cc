#include "cli/console/progress.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <sstream>

#include "coordinator/planning/planned_request.h"
#include "coordinator/planning/search_problem.h"
#include "search/registry.h"
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

TEST(CampaignProgressTest, FitsANarrowTerminal) {
  CampaignProgress progress;
  const absl::Time start = absl::FromUnixSeconds(1000);
  progress.Update(MakeTrial("b", 300, v1::Trial::PENDING));
  progress.Start(start);
  progress.Update(MakeTrial("a", 100, v1::Trial::SUCCEEDED, 1.77));
  EXPECT_EQ(progress.Line(start + absl::Seconds(10), 79),
            "[##------] 1/2 trials  0 running  best 1.7700 at 4x32  ETA 30s");
  EXPECT_EQ(progress.Line(start + absl::Seconds(10), 40),
            "[##------] 1/2 trials  ETA 30s");
}

TEST(FlopsToProposeTest, CountsVariantsListsAndTheLimit) {
  v1::Campaign campaign;
  campaign.set_state(v1::Campaign::RUNNING);
  campaign.add_budgets(10);
  campaign.add_budgets(30);
  campaign.set_seeds(2);
  campaign.mutable_algorithm()->mutable_listed()->add_shapes();
  campaign.mutable_algorithm()->mutable_listed()->add_shapes();
  EXPECT_EQ(FlopsToPropose(campaign, {}), 2 * 2 * (10 + 30));
  // They are proposed together, however few the space has.
  EXPECT_EQ(FlopsToPropose(campaign, {{10, 3}}), 0);
  campaign.mutable_algorithm()->mutable_grid()->set_sizes(2);
  campaign.mutable_algorithm()->mutable_grid()->set_aspect_ratios(1);
  EXPECT_EQ(FlopsToPropose(campaign, {}), 2 * 2 * (10 + 30));
  campaign.add_variants();
  EXPECT_EQ(FlopsToPropose(campaign, {}), 2 * 2 * 2 * (10 + 30));
  EXPECT_EQ(FlopsToPropose(campaign, {{10, 8}}), 8 * 30);
  campaign.set_total_flops(100);
  EXPECT_EQ(FlopsToPropose(campaign, {{10, 8}}), 20);
  EXPECT_EQ(FlopsToPropose(campaign, {{10, 8}, {30, 1}}), 0);
}

// Of what the coordinator says of a campaign that is only checked.
TEST(FlopsToProposeTest, AgreesWithWhatTheSearchesExpect) {
  const auto agree = [](void (*set)(v1::Algorithm&)) {
    v1::CreateCampaignRequest request;
    v1::Campaign& asked = *request.mutable_campaign();
    asked.add_budgets(1e12);
    asked.add_budgets(3e12);
    asked.set_seeds(2);
    set(*asked.mutable_algorithm());
    const auto planned = PlanRequest(request);
    ASSERT_TRUE(planned.ok()) << planned.status();
    v1::Campaign campaign = planned->campaign;
    const auto outlook = ExpectOfAlgorithm(
        campaign.algorithm(), ProblemOf(campaign), planned->plan.proposed);
    ASSERT_TRUE(outlook.ok()) << outlook.status();
    ASSERT_EQ(outlook->trials.size(), 2u);
    campaign.set_state(v1::Campaign::RUNNING);
    EXPECT_EQ(FlopsToPropose(campaign, {}),
              1e12 * static_cast<double>(outlook->trials[0]) +
                  3e12 * static_cast<double>(outlook->trials[1]))
        << campaign.algorithm().ShortDebugString();
  };
  agree([](auto& a) { a.mutable_grid()->set_aspect_ratios(2); });
  agree([](auto& a) { a.mutable_sobol()->set_trials_per_budget(5); });
  agree([](auto& a) { a.mutable_random(); });
  agree([](auto& a) {
    for (const int depth : {2, 4, 8}) {
      v1::Shape& shape = *a.mutable_listed()->add_shapes();
      shape.set_depth(depth);
      shape.set_width(64);
    }
  });
}

// Where what is asked for is not known before, nothing is made up.
TEST(FlopsToProposeTest, IsKnownOfSearchesThatAskForAllAtOnce) {
  const auto flops_of = [](void (*set)(v1::Algorithm&)) {
    v1::Campaign campaign;
    campaign.set_state(v1::Campaign::RUNNING);
    campaign.add_budgets(10);
    set(*campaign.mutable_algorithm());
    return FlopsToPropose(campaign, {});
  };
  EXPECT_EQ(flops_of([](auto& a) {
              a.mutable_grid()->set_sizes(7);
              a.mutable_grid()->set_aspect_ratios(3);
            }),
            90);
  EXPECT_EQ(flops_of([](auto& a) {
              a.mutable_grid()->set_sizes(7);
              a.mutable_grid()->set_share_trunks(true);
            }),
            0);
  EXPECT_EQ(
      flops_of([](auto& a) { a.mutable_sobol()->set_trials_per_budget(4); }),
      40);
  EXPECT_EQ(
      flops_of([](auto& a) { a.mutable_random()->set_trials_per_budget(5); }),
      50);
  EXPECT_EQ(flops_of([](auto& a) { a.mutable_gp()->set_trials_per_budget(6); }),
            0);
  EXPECT_EQ(flops_of([](auto& a) { a.mutable_asha()->set_shapes(9); }), 0);
  EXPECT_EQ(flops_of([](auto& a) { a.mutable_hyperband()->set_rounds(2); }), 0);
  EXPECT_EQ(flops_of([](auto& a) { a.mutable_optimum(); }), 0);
  EXPECT_EQ(flops_of([](auto&) {}), 0);
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

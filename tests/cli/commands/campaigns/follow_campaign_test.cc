#include "cli/commands/campaigns/follow_campaign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "tests/cli/fake_coordinator.h"
#include "tests/cli/run_program.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class FollowCampaignTest : public ::testing::Test {
 protected:
  FollowCampaignTest() {
    for (int64_t sequence : {11, 14, 20}) {
      v1::CampaignEvent event;
      event.set_sequence(sequence);
      event.set_kind(v1::CampaignEvent::TRIAL_CHANGED);
      event.set_campaign("campaigns/c1");
      event.set_trial("campaigns/c1/trials/1");
      event.set_message("event " + std::to_string(sequence));
      coordinator_.events.push_back(event);
    }
    coordinator_.campaign.set_state(v1::Campaign::COMPLETED);
    options_.out = &out_;
    options_.err = &err_;
  }

  absl::Status Follow(const std::string& name = "campaigns/c1") {
    Client client(coordinator_.address());
    return FollowCampaign(client, name, options_);
  }

  FakeCoordinator coordinator_;
  FollowOptions options_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(FollowCampaignTest, PrintsALineForEachEventUntilItIsCompleted) {
  EXPECT_EQ(Follow(), absl::OkStatus());
  EXPECT_EQ(CountLines(out_.str()), 3);
  EXPECT_THAT(out_.str(), HasSubstr("event 11\n"));
  EXPECT_THAT(out_.str(), HasSubstr("event 20\n"));
}

// It says all that it knows each time.
TEST_F(FollowCampaignTest, OfThePlannersTextOnlyWhatIsNewIsPrinted) {
  coordinator_.events.clear();
  const auto add = [&](const std::string& note, v1::Campaign::State state) {
    v1::CampaignEvent event;
    event.set_sequence(static_cast<int64_t>(coordinator_.events.size()) + 1);
    event.set_kind(v1::CampaignEvent::CAMPAIGN_CHANGED);
    event.set_campaign("campaigns/c1");
    event.set_campaign_state(state);
    event.set_message(note);
    coordinator_.events.push_back(event);
  };
  add("budget 1: 7 sizes; budget 3: waits", v1::Campaign::RUNNING);
  add("budget 1: 7 sizes; budget 3: waits", v1::Campaign::RUNNING);
  add("budget 1: 7 sizes; budget 3: bracketed", v1::Campaign::RUNNING);
  add("budget 1: 7 sizes; budget 3: bracketed", v1::Campaign::COMPLETED);
  options_.planner_note = "budget 1: 7 sizes";
  EXPECT_EQ(Follow(), absl::OkStatus());
  const std::vector<std::string> lines =
      absl::StrSplit(out_.str(), '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 3);
  EXPECT_THAT(lines[0], EndsWith("0/0  budget 3: waits"));
  EXPECT_THAT(lines[1], EndsWith("0/0  budget 3: bracketed"));
  EXPECT_THAT(lines[2], EndsWith("0/0  c1 is completed"));
}

TEST_F(FollowCampaignTest, GoesOnAfterTheLastEventWhenTheCoordinatorIsBack) {
  coordinator_.watch_failures = 2;
  EXPECT_EQ(Follow(), absl::OkStatus());
  EXPECT_THAT(coordinator_.watched_after(), ElementsAre(0, 11, 14));
  EXPECT_EQ(CountLines(out_.str()), 3);
  EXPECT_THAT(err_.str(), HasSubstr("waiting for it to come back"));
}

// The coordinator begins anew if the sequence is not of its database.
TEST_F(FollowCampaignTest, ADatabaseThatWasPutBackIsSaidToBe) {
  v1::CampaignEvent first = coordinator_.events.front();
  first.set_sequence(3);
  coordinator_.events.push_back(first);
  EXPECT_EQ(Follow(), absl::OkStatus());
  EXPECT_EQ(CountLines(out_.str()), 4);
  EXPECT_EQ(CountLines(err_.str()), 1);
  EXPECT_THAT(err_.str(),
              AllOf(HasSubstr("event 20 is beyond what the database of the "
                              "coordinator"),
                    HasSubstr("put back since, or the number is another")));
}

// Whoever begins with the events to come may see none for long.
TEST_F(FollowCampaignTest, ACoordinatorThatGoesBeforeTheFirstEventIsWaitedFor) {
  options_.after_sequence = 10;
  coordinator_.fails_before_events = true;
  EXPECT_EQ(Follow(), absl::OkStatus());
  EXPECT_THAT(coordinator_.watched_after(), ElementsAre(10, 10));
  EXPECT_THAT(err_.str(), HasSubstr("waiting for it to come back"));
}

TEST_F(FollowCampaignTest, SaysWhyNothingRunsThoughNoEventComes) {
  coordinator_.events.clear();
  coordinator_.campaign.set_state(v1::Campaign::RUNNING);
  coordinator_.campaign.mutable_trial_counts()->Clear();
  coordinator_.campaign.mutable_trial_counts()->set_pending(4);
  coordinator_.campaign.set_waiting("4 trials wait: no worker is connected");
  coordinator_.stream_stays_open = true;
  options_.after_sequence = 20;
  options_.interrupted = [this] { return !err_.str().empty(); };
  EXPECT_EQ(Follow().code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(err_.str(), HasSubstr("isoshape: 4 trials wait: no worker"));
}

TEST_F(FollowCampaignTest, SaysWhatWaitsThoughOthersRun) {
  coordinator_.events.clear();
  coordinator_.campaign.set_state(v1::Campaign::RUNNING);
  coordinator_.campaign.mutable_trial_counts()->set_pending(1);
  coordinator_.campaign.mutable_trial_counts()->set_leased(2);
  coordinator_.campaign.set_waiting("1 trial waits for worker w9");
  coordinator_.stream_stays_open = true;
  options_.interrupted = [this] { return !err_.str().empty(); };
  EXPECT_EQ(Follow().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(err_.str(), "isoshape: 1 trial waits for worker w9\n");
}

// Each trial that runs is measured every two seconds: a file gets how far all
// is, now and then, and short names.
TEST_F(FollowCampaignTest, AFileGetsNoLineForEveryMeasurement) {
  v1::Trial trial;
  trial.set_name("campaigns/c1/trials/1");
  trial.set_budget_flops(1e11);
  trial.set_state(v1::Trial::LEASED);
  coordinator_.trials = {trial};
  coordinator_.events.clear();
  for (int i = 1; i <= 50; ++i) {
    v1::CampaignEvent event;
    event.set_sequence(i);
    event.set_campaign("campaigns/c1");
    event.set_trial(trial.name());
    event.set_kind(v1::CampaignEvent::TRIAL_MEASURED);
    event.set_message("campaigns/c1/trials/1: step 10");
    coordinator_.events.push_back(event);
  }
  coordinator_.events.back().set_kind(v1::CampaignEvent::TRIAL_CHANGED);
  EXPECT_EQ(Follow(), absl::OkStatus());
  const std::vector<std::string> lines =
      absl::StrSplit(out_.str(), '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 2) << out_.str();
  EXPECT_THAT(lines[0], HasSubstr("0/1 trials  1 running"));
  EXPECT_THAT(lines[1], EndsWith("  c1/1: step 10"));
}

TEST_F(FollowCampaignTest, APauseDoesNotMakeThePlannersTextNew) {
  coordinator_.events.clear();
  const auto add = [&](const std::string& message, v1::Campaign::State state) {
    v1::CampaignEvent event;
    event.set_sequence(static_cast<int64_t>(coordinator_.events.size()) + 1);
    event.set_kind(v1::CampaignEvent::CAMPAIGN_CHANGED);
    event.set_campaign("campaigns/c1");
    event.set_campaign_state(state);
    event.set_message(message);
    coordinator_.events.push_back(event);
  };
  add("paused", v1::Campaign::PAUSED);
  add("budget 1: 7 sizes; budget 3: bracketed", v1::Campaign::RUNNING);
  options_.planner_note = "budget 1: 7 sizes; budget 3: waits";
  EXPECT_EQ(Follow(), absl::OkStatus());
  const std::vector<std::string> lines =
      absl::StrSplit(out_.str(), '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 2);
  EXPECT_THAT(lines[0], EndsWith("0/0  paused"));
  EXPECT_THAT(lines[1], EndsWith("0/0  budget 3: bracketed"));
}

TEST_F(FollowCampaignTest, ACancelledCampaignIsAnError) {
  coordinator_.campaign.set_state(v1::Campaign::CANCELLED);
  const absl::Status status = Follow();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("c1 is cancelled"));
}

TEST_F(FollowCampaignTest, ACampaignThatDoesNotExistIsNotFound) {
  coordinator_.events.clear();
  EXPECT_EQ(Follow("campaigns/c9").code(), absl::StatusCode::kNotFound);
}

TEST_F(FollowCampaignTest, AnInterruptionEndsIt) {
  options_.interrupted = [] { return true; };
  EXPECT_EQ(Follow().code(), absl::StatusCode::kCancelled);
}

TEST_F(FollowCampaignTest, TheBarShowsTheTrialsThatTheEventsAreAbout) {
  v1::Trial trial;
  trial.set_name("campaigns/c1/trials/1");
  trial.set_budget_flops(1e11);
  trial.set_state(v1::Trial::SUCCEEDED);
  trial.mutable_shape()->set_depth(2);
  trial.mutable_shape()->set_width(48);
  trial.mutable_shape_card()->set_validation_loss(1.25);
  coordinator_.trials = {trial};
  options_.bar = true;
  EXPECT_EQ(Follow(), absl::OkStatus());
  EXPECT_EQ(out_.str(), "");
  EXPECT_THAT(err_.str(), HasSubstr("1/1 trials  0 running  best 1.2500 at "
                                    "2x48"));
}

}  // namespace
}  // namespace isoshape

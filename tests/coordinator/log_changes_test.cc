#include "coordinator/log_changes.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "storage/store.h"

namespace isoshape {
namespace {

// What is logged of the commits at that level.
std::string Logged(const std::vector<std::vector<Mutation>>& commits,
                   spdlog::level::level_enum level) {
  std::ostringstream out;
  const std::shared_ptr<spdlog::logger> before = spdlog::default_logger();
  const auto logger = std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_st>(out));
  logger->set_pattern("%l %v");
  logger->set_level(level);
  spdlog::set_default_logger(logger);
  ChangeWriter writer;
  for (const std::vector<Mutation>& commit : commits) writer.Write(commit);
  spdlog::set_default_logger(before);
  return out.str();
}

AppendEvent EventOf(v1::CampaignEvent::Kind kind, v1::Trial::State state,
                    const std::string& message) {
  AppendEvent append;
  append.event.set_kind(kind);
  append.event.set_campaign("campaigns/c1");
  append.event.set_trial_state(state);
  append.event.set_message(message);
  return append;
}

TEST(LogChangesTest, TellsOfCampaignsFailuresAndWorkers) {
  const std::vector<Mutation> mutations = {
      PutCampaign{},
      EventOf(v1::CampaignEvent::CAMPAIGN_CHANGED, v1::Trial::STATE_UNSPECIFIED,
              "running\nagain"),
      EventOf(v1::CampaignEvent::TRIAL_CHANGED, v1::Trial::FAILED,
              "campaigns/c1/trials/3: failed: no such norm"),
      EventOf(v1::CampaignEvent::TRIAL_CHANGED, v1::Trial::LEASED, "leased"),
      EventOf(v1::CampaignEvent::TRIAL_MEASURED, v1::Trial::LEASED, "a point"),
      PutRequest{},
      PutWorker{},
      DeleteWorker{"workers/w0"},
      TellChange{"workers/w0 is forgotten", "token:alice"},
      TellChange{"workers/w1 registered: cpu,\nslots 2, data text", ""}};
  EXPECT_EQ(Logged({mutations}, spdlog::level::info),
            "info campaigns/c1: running again\n"
            "warning campaigns/c1/trials/3: failed: no such norm\n"
            "info workers/w0 is forgotten, by token:alice\n"
            "info workers/w1 registered: cpu, slots 2, data text\n");
  EXPECT_EQ(Logged({mutations}, spdlog::level::warn),
            "warning campaigns/c1/trials/3: failed: no such norm\n");
  EXPECT_NE(Logged({mutations}, spdlog::level::debug).find("debug leased\n"),
            std::string::npos);
}

// A commit in which the campaign's planner has the note, and that is told.
std::vector<Mutation> CommitOf(
    const std::string& note, const std::string& told,
    const std::string& actor = "",
    v1::Campaign::State state = v1::Campaign::RUNNING) {
  PutCampaign put;
  put.campaign.set_name("campaigns/c1");
  put.campaign.set_planner_note(note);
  AppendEvent append = EventOf(v1::CampaignEvent::CAMPAIGN_CHANGED,
                               v1::Trial::STATE_UNSPECIFIED, told);
  append.event.set_campaign_state(state);
  append.event.set_actor(actor);
  return {put, append};
}

// It says all that it knows with each trial.
TEST(LogChangesTest, OfWhatAPlannerSaysOnlyWhatIsNewIsTold) {
  const std::string first = "regret 40 % by 0 losses; most uncertain is size";
  const std::string second = "regret 31 % by 2 losses; most uncertain is size";
  const std::string third =
      "regret 20 % by 3 losses; most uncertain is width; raise 9e11";
  const std::vector<std::vector<Mutation>> commits = {
      CommitOf(first, "created with 2 trials; " + first, "token:a"),
      CommitOf(second, second),
      CommitOf(third, third),
      CommitOf(third, "paused", "token:b", v1::Campaign::PAUSED),
      CommitOf(third, "resumed", "token:b"),
      CommitOf(third, "paused", "token:b", v1::Campaign::PAUSED),
      CommitOf(third, "workers/w1 is set aside for 10m", "",
               v1::Campaign::PAUSED),
      CommitOf(third, "workers/w1 is set aside for 20m", "",
               v1::Campaign::PAUSED),
      CommitOf(second, "completed; " + second, "", v1::Campaign::COMPLETED),
      CommitOf(second, second, "", v1::Campaign::RUNNING)};
  EXPECT_EQ(Logged(commits, spdlog::level::info),
            "info campaigns/c1: created with 2 trials, by token:a; " + first +
                "\n"
                "info campaigns/c1: most uncertain is width; raise 9e11\n"
                "info campaigns/c1: paused, by token:b\n"
                "info campaigns/c1: resumed, by token:b\n"
                "info campaigns/c1: paused, by token:b\n"
                "info campaigns/c1: workers/w1 is set aside for 10m\n"
                "info campaigns/c1: workers/w1 is set aside for 20m\n"
                "info campaigns/c1: completed; " +
                second + "\ninfo campaigns/c1: " + second + "\n");
  EXPECT_NE(Logged(commits, spdlog::level::debug)
                .find("debug campaigns/c1: " + second),
            std::string::npos);
}

// What is told beside a note in one commit does not stand for it.
TEST(LogChangesTest, ANoteBehindAnotherEventOfItsCommitIsTold) {
  const std::string note = "4 Sobol shapes at 2 budgets";
  std::vector<Mutation> commit = CommitOf(note, "changed: budgets", "token:a");
  commit.push_back(CommitOf(note, note).back());
  EXPECT_EQ(Logged({CommitOf("2 Sobol shapes", "2 Sobol shapes"), commit,
                    CommitOf(note, note)},
                   spdlog::level::info),
            "info campaigns/c1: 2 Sobol shapes\n"
            "info campaigns/c1: changed: budgets, by token:a\n"
            "info campaigns/c1: 4 Sobol shapes at 2 budgets\n");
}

// That of one budget is not that of another.
TEST(LogChangesTest, TheSameWordsOfAnotherPartAreNew) {
  const std::string first = "budget 1e11: bracketed; budget 3e11: waits";
  const std::string second = "budget 1e11: bracketed; budget 3e11: bracketed";
  EXPECT_EQ(Logged({CommitOf(first, first), CommitOf(second, second)},
                   spdlog::level::info),
            "info campaigns/c1: " + first +
                "\ninfo campaigns/c1: budget 3e11: bracketed\n");
}

}  // namespace
}  // namespace isoshape

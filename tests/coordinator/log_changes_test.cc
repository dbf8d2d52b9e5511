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

// What is logged at that level.
std::string Logged(const std::vector<Mutation>& mutations,
                   spdlog::level::level_enum level) {
  std::ostringstream out;
  const std::shared_ptr<spdlog::logger> before = spdlog::default_logger();
  const auto logger = std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_st>(out));
  logger->set_pattern("%l %v");
  logger->set_level(level);
  spdlog::set_default_logger(logger);
  LogChanges(mutations);
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
  EXPECT_EQ(Logged(mutations, spdlog::level::info),
            "info campaigns/c1: running again\n"
            "warning campaigns/c1/trials/3: failed: no such norm\n"
            "info workers/w0 is forgotten, by token:alice\n"
            "info workers/w1 registered: cpu, slots 2, data text\n");
  EXPECT_EQ(Logged(mutations, spdlog::level::warn),
            "warning campaigns/c1/trials/3: failed: no such norm\n");
  EXPECT_NE(Logged(mutations, spdlog::level::debug).find("debug leased\n"),
            std::string::npos);
}

}  // namespace
}  // namespace isoshape

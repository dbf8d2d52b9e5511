// What Prometheus scrapes, of a real coordinator.
#include <map>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "tests/coordinator/http/http_fixture.h"

namespace isoshape {
namespace {

using testing::HasSubstr;

class MetricsTest : public HttpTest {
 protected:
  // Each sample by its name and labels, as they stand in the text.
  std::map<std::string, double> Scrape() {
    const std::string answer = Get("/metrics");
    EXPECT_EQ(StatusOf(answer), 200);
    EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; version=0.0.4"));
    std::map<std::string, double> samples;
    const std::string body = BodyOf(answer);
    for (const absl::string_view line :
         absl::StrSplit(body, '\n', absl::SkipEmpty())) {
      if (line[0] == '#') continue;
      const size_t space = line.rfind(' ');
      double value = 0;
      EXPECT_TRUE(space != line.npos &&
                  absl::SimpleAtod(line.substr(space + 1), &value))
          << line;
      const std::string name(line.substr(0, space));
      EXPECT_FALSE(samples.contains(name)) << name;
      samples[name] = value;
    }
    return samples;
  }
};

TEST_F(MetricsTest, CampaignsTrialsAndWorkersAreCountedByState) {
  auto samples = Scrape();
  EXPECT_EQ(samples.at("isoshape_campaigns{state=\"running\"}"), 0);
  EXPECT_EQ(samples.at("isoshape_waiting_trials"), 0);
  EXPECT_EQ(samples.at("isoshape_workers"), 0);
  EXPECT_EQ(samples.at("isoshape_waiting_connections"), 0);

  Create();
  Create("c2");
  v1::CancelCampaignRequest cancel;
  cancel.set_name("campaigns/c2");
  Campaigns(&v1::CampaignService::Stub::CancelCampaign, cancel);
  v1::RegisterWorkerRequest worker;
  worker.mutable_worker()->set_name("workers/a");
  worker.mutable_worker()->set_slots(4);
  worker.mutable_worker()->add_datasets("text");
  Workers(&v1::WorkerService::Stub::RegisterWorker, worker);
  v1::LeaseTrialsRequest lease;
  lease.set_worker("workers/a");
  lease.set_max_trials(1);
  const v1::LeaseTrialsResponse leased =
      Workers(&v1::WorkerService::Stub::LeaseTrials, lease);
  ASSERT_EQ(leased.leases_size(), 1);

  samples = Scrape();
  EXPECT_EQ(samples.at("isoshape_campaigns{state=\"running\"}"), 1);
  EXPECT_EQ(samples.at("isoshape_campaigns{state=\"cancelled\"}"), 1);
  EXPECT_EQ(samples.at("isoshape_trials{state=\"leased\"}"), 1);
  EXPECT_EQ(samples.at("isoshape_waiting_trials"),
            GetCampaign().trial_counts().pending());
  EXPECT_EQ(samples.at("isoshape_workers"), 1);
  EXPECT_EQ(samples.at("isoshape_slots"), 4);
  EXPECT_EQ(samples.at("isoshape_trial_events_total{state=\"leased\"}"), 1);
  EXPECT_GE(samples.at("isoshape_commits_total"), 4);

  // A worker that is silent for a lease can train nothing.
  Advance(kLease + absl::Seconds(1));
  EXPECT_EQ(Scrape().at("isoshape_workers"), 0);
}

TEST_F(MetricsTest, CallsAreCountedByMethodAndStatus) {
  Create();
  GetCampaign();
  v1::GetCampaignRequest none;
  none.set_name("campaigns/none");
  Refused(StatusCode::NOT_FOUND, "none", *campaigns_,
          &v1::CampaignService::Stub::GetCampaign, none);
  const auto samples = Scrape();
  EXPECT_EQ(
      samples.at("isoshape_rpcs_total{code=\"ok\",method=\"GetCampaign\"}"), 1);
  EXPECT_EQ(samples.at("isoshape_rpcs_total{code=\"not_found\",method="
                       "\"GetCampaign\"}"),
            1);
  EXPECT_EQ(
      samples.at("isoshape_rpc_duration_seconds_count{method=\"GetCampaign\"}"),
      2);
  EXPECT_EQ(samples.at("isoshape_rpc_duration_seconds_bucket{method="
                       "\"GetCampaign\",le=\"+Inf\"}"),
            2);
  EXPECT_EQ(samples.at("isoshape_refused_calls_total"), 0);
}

TEST_F(MetricsTest, TheProcessIsMeasuredByTheUsualNames) {
  const auto samples = Scrape();
  EXPECT_GT(samples.at("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(samples.at("process_cpu_seconds_total"), 0);
  EXPECT_GE(samples.at("process_open_fds"), 5);
  EXPECT_GE(samples.at("process_max_fds"), samples.at("process_open_fds"));
  EXPECT_GT(samples.at("process_start_time_seconds"), 1.7e9);
}

// Names of methods that anybody may send must not become labels.
TEST_F(MetricsTest, NoLabelComesFromAStranger) {
  EXPECT_EQ(StatusOf(Post("CampaignService/Nonsense", "{}")), 404);
  for (const char* path : {"/isoshape.v1.CampaignService/Nonsense",
                           "/isoshape.v1.Nonsense/NonsenseToo",
                           "/isoshape.v1.Nonsense", "/Nonsense/Nonsense"}) {
    EXPECT_EQ(SendTo(path, "").error_code(), StatusCode::UNIMPLEMENTED) << path;
  }
  Create();  // which is counted
  const auto samples = Scrape();
  EXPECT_TRUE(samples.contains(
      "isoshape_rpcs_total{code=\"ok\",method=\"CreateCampaign\"}"));
  for (const auto& [name, value] : samples) {
    EXPECT_EQ(name.find("Nonsense"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace isoshape

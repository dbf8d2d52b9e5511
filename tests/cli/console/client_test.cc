#include "cli/console/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "cli/console/campaign_reads.h"
#include "cli/console/interruption.h"
#include "tests/cli/fake_coordinator.h"

namespace isoshape {
namespace {

using ::testing::SizeIs;

class ClientTest : public testing::Test {
 protected:
  absl::StatusOr<v1::Campaign> Pause() {
    v1::PauseCampaignRequest request;
    request.set_name("campaigns/c1");
    request.set_request_id("once");
    return client_.Call(&Client::CampaignStub::PauseCampaign, request);
  }

  FakeCoordinator coordinator_;
  Client client_{coordinator_.address()};
};

// `watch` could not be ended for 30 s by Ctrl-C while a coordinator hung.
TEST_F(ClientTest, ASignalEndsACallThatIsNotAnswered) {
  coordinator_.hangs = true;
  const Interruption interruption;
  const absl::Time begin = absl::Now();
  const auto campaign = GetCampaign(client_, "campaigns/c1");
  EXPECT_EQ(campaign.status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(campaign.status().message(), "interrupted");
  EXPECT_LT(absl::Now() - begin, absl::Seconds(10));
}

TEST_F(ClientTest, ARefusedCallIsSentAgainWhenABusyCoordinatorSays) {
  coordinator_.pause_refusals = 2;
  coordinator_.refusal_delay = absl::Milliseconds(20);
  EXPECT_EQ(Pause().status(), absl::OkStatus());
  const std::vector<std::string> ids = coordinator_.pause_request_ids();
  EXPECT_THAT(ids, SizeIs(3));
  EXPECT_THAT(std::set<std::string>(ids.begin(), ids.end()), SizeIs(1));
}

TEST_F(ClientTest, WhatNoWaitMendsIsNotSentAgain) {
  coordinator_.pause_refusals = 1;
  EXPECT_EQ(Pause().status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(coordinator_.pause_request_ids(), SizeIs(1));
  // Nor what is to wait for longer than a command does.
  coordinator_.pause_refusals = 1;
  coordinator_.refusal_delay = absl::Seconds(50);
  EXPECT_EQ(Pause().status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(coordinator_.pause_request_ids(), SizeIs(2));
}

}  // namespace
}  // namespace isoshape

#include "storage/sqlite/mutation_bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

constexpr char kTrial[] = "campaigns/c1/trials/7";

absl::Time At(int64_t nanos) { return absl::FromUnixNanos(nanos); }

// One of each kind that a table keeps.
std::vector<Mutation> OneOfEach() {
  AppendEvent event = EventOf("campaigns/c1", 41);
  event.event.set_message("campaigns/c1/trials/7 goes to workers/w1");
  event.event.set_actor("ada");
  return {PutCampaign{CampaignAt("campaigns/c1", 9)},
          DeleteCampaign{"campaigns/c2"},
          PutTrial{TrialOf("campaigns/c1", 7, v1::Trial::LEASED)},
          MeasurementOf(kTrial, 30, 2.25),
          DropMeasurements{kTrial, -1},
          event,
          PutWorker{WorkerNamed("workers/w1", 4)},
          DeleteWorker{"workers/w2"},
          PutRequest{"isoshape.v1.LeaseTrials", std::string("\0\xff", 2), "f",
                     "", At(1'764'460'800'123'456'789)},
          PruneRequests{At(-5), 100},
          PruneEvents{At(17), 3},
          PutCounter{"n", INT64_MIN}};
}

TEST(MutationBytes, EachKindIsReadAsItWas) {
  const std::string bytes = EncodeMutations(OneOfEach());
  const auto read = DecodeMutations(bytes);
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->size(), OneOfEach().size());
  for (size_t i = 0; i < read->size(); ++i) {
    EXPECT_EQ((*read)[i].index(), OneOfEach()[i].index());
  }
  EXPECT_EQ(EncodeMutations(*read), bytes);
  EXPECT_THAT(std::get<PutTrial>((*read)[2]).trial,
              EqualsProto(TrialOf("campaigns/c1", 7, v1::Trial::LEASED)));
  EXPECT_EQ(std::get<PutMeasurement>((*read)[3]).trial, kTrial);
  EXPECT_EQ(std::get<PutMeasurement>((*read)[3]).measurement.validation_loss(),
            2.25);
  EXPECT_EQ(std::get<DropMeasurements>((*read)[4]).after_step, -1);
  const v1::CampaignEvent& event = std::get<AppendEvent>((*read)[5]).event;
  EXPECT_EQ(event.sequence(), 41);
  EXPECT_EQ(event.campaign(), "campaigns/c1");
  EXPECT_EQ(event.actor(), "ada");
  EXPECT_EQ(event.message(), "campaigns/c1/trials/7 goes to workers/w1");
  const auto& request = std::get<PutRequest>((*read)[8]);
  EXPECT_EQ(request.request_id, std::string("\0\xff", 2));
  EXPECT_EQ(request.response, "");
  EXPECT_EQ(request.time, At(1'764'460'800'123'456'789));
  EXPECT_EQ(std::get<PruneRequests>((*read)[9]).before, At(-5));
  EXPECT_EQ(std::get<PruneRequests>((*read)[9]).limit, 100);
  EXPECT_EQ(std::get<PutCounter>((*read)[11]).value, INT64_MIN);
}

TEST(MutationBytes, WhatIsOnlyToldIsLeftOut) {
  EXPECT_EQ(EncodeMutations({TellChange{"workers/w1 drains", "ada"}}), "");
  EXPECT_EQ(DecodeMutations("")->size(), 0u);
}

TEST(MutationBytes, APartOfThemAndAnUnknownKindAreDataLoss) {
  const std::string bytes = EncodeMutations({PutCounter{"counter", 300}});
  for (size_t size = 1; size < bytes.size(); ++size) {
    EXPECT_EQ(DecodeMutations(bytes.substr(0, size)).status().code(),
              absl::StatusCode::kDataLoss)
        << size;
  }
  EXPECT_EQ(DecodeMutations("\x7f").status().code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace isoshape

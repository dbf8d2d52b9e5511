#include "messages/checks/field_limits.h"

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <gtest/gtest.h>

#include <string>

#include "isoshape/v1/campaign_service.pb.h"
#include "isoshape/v1/worker_service.pb.h"
#include "tests/error_of.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

std::string Refusal(const google::protobuf::Message& request) {
  std::string message = ErrorOf(CheckFields(request));
  EXPECT_LT(message.size(), 300);
  return message;
}

TEST(FieldLimits, AnEmptyRequestAndOneOfOrdinarySizeAreTaken) {
  EXPECT_TRUE(CheckFields(v1::CreateCampaignRequest()).ok());
  v1::CompleteTrialRequest request;
  request.set_error(std::string(60'000, 'e'));
  for (int i = 0; i < 1000; ++i) request.add_measurements()->set_step(i);
  request.mutable_shape_card()->add_warnings(std::string(1024, 'w'));
  EXPECT_TRUE(CheckFields(request).ok());
}

TEST(FieldLimits, ATextIsBoundedWhereverItIs) {
  v1::CompleteTrialRequest request;
  request.mutable_shape_card()->set_device_name(std::string(4'000'000, 'x'));
  EXPECT_EQ(Refusal(request),
            "shape_card.device_name has 4000000 bytes; give at most 1024");
  v1::RegisterWorkerRequest worker;
  worker.mutable_worker()->add_data()->set_dataset("text");
  worker.mutable_worker()->add_data()->set_fingerprint(std::string(2000, 'f'));
  EXPECT_EQ(Refusal(worker),
            "worker.data[1].fingerprint has 2000 bytes; give at most 1024");
  v1::CreateCampaignRequest labelled;
  (*labelled.mutable_campaign()->mutable_labels())["k"] =
      std::string(2000, 'v');
  EXPECT_THAT(Refusal(labelled),
              HasSubstr("campaign.labels[0].value has 2000"));
}

TEST(FieldLimits, HeartbeatsOfOneCallAreBoundedInNumberAlone) {
  v1::BatchHeartbeatRequest request;
  for (int i = 0; i < 1000; ++i) {
    request.add_heartbeats()->set_trial(std::string(2000, 't'));
  }
  EXPECT_TRUE(CheckFields(request).ok());
  request.add_heartbeats();
  EXPECT_EQ(Refusal(request), "heartbeats has 1001 entries; give at most 1000");
}

TEST(FieldLimits, AListIsBounded) {
  v1::ReportMeasurementsRequest report;
  for (int i = 0; i < 1001; ++i) report.add_measurements();
  EXPECT_EQ(Refusal(report),
            "measurements has 1001 entries; give at most 1000");
  v1::ListTrialTableRequest table;
  for (int i = 0; i < 101; ++i) table.add_columns("number");
  EXPECT_EQ(Refusal(table), "columns has 101 entries; give at most 100");
  table.clear_columns();
  for (int i = 0; i < 10'000; ++i) table.add_numbers(i);
  EXPECT_TRUE(CheckFields(table).ok());
}

TEST(FieldLimits, AnEnumIsOneOfItsValues) {
  v1::CreateTrialRequest request;
  request.mutable_trial()->mutable_shape()->set_norm(static_cast<v1::Norm>(99));
  const std::string refusal = Refusal(request);
  EXPECT_THAT(refusal, HasSubstr("trial.shape.norm 99 is unknown; give "));
  EXPECT_THAT(refusal, HasSubstr(v1::Norm_Name(static_cast<v1::Norm>(1))));
  request.mutable_trial()->mutable_shape()->set_norm(static_cast<v1::Norm>(1));
  EXPECT_TRUE(CheckFields(request).ok());
}

// As JSON's values do, which are lists of values.
TEST(FieldLimits, ATypeMayHoldItself) {
  google::protobuf::Value value;
  google::protobuf::Value* inner = value.mutable_list_value()
                                       ->add_values()
                                       ->mutable_list_value()
                                       ->add_values();
  inner->set_string_value("short");
  EXPECT_TRUE(CheckFields(value).ok());
  inner->set_string_value(std::string(2000, 'v'));
  EXPECT_THAT(Refusal(value), HasSubstr("string_value has 2000 bytes"));
}

// Adds a field that nothing has to a part of the request, and expects it to be
// dropped, and nothing else.
void ExpectDropped(google::protobuf::Message& request,
                   google::protobuf::Message& part) {
  SCOPED_TRACE(std::string(part.GetDescriptor()->full_name()));
  const std::string known = request.SerializeAsString();
  part.GetReflection()->MutableUnknownFields(&part)->AddLengthDelimited(
      12345, std::string(1'000'000, 'u'));
  ASSERT_GT(request.ByteSizeLong(), 1'000'000);
  ASSERT_TRUE(AdmitRequest(&request).ok());
  EXPECT_EQ(request.SerializeAsString(), known);
}

TEST(FieldLimits, WhatIsNotKnownIsDroppedWhereverItIs) {
  v1::CreateCampaignRequest create;
  v1::Campaign& campaign = *create.mutable_campaign();
  campaign.set_display_name("mine");
  campaign.mutable_create_time()->set_seconds(7);
  campaign.mutable_trial_timeout()->set_seconds(9);
  campaign.mutable_algorithm()->mutable_external();
  ExpectDropped(create, create);
  ExpectDropped(create, campaign);
  ExpectDropped(create, *campaign.mutable_create_time());
  ExpectDropped(create, *campaign.mutable_trial_timeout());
  ExpectDropped(create, *campaign.mutable_algorithm());
  ExpectDropped(create, *campaign.mutable_algorithm()->mutable_external());

  v1::ReportMeasurementsRequest report;
  for (int step = 1; step <= 3; ++step)
    report.add_measurements()->set_step(step);
  ExpectDropped(report, *report.mutable_measurements(1));

  // Whoever answers these checks each by itself.
  v1::BatchHeartbeatRequest batch;
  for (int i = 0; i < 3; ++i) batch.add_heartbeats()->set_trial("t");
  ExpectDropped(batch, *batch.mutable_heartbeats(2));
}

TEST(FieldLimits, ARequestWithoutWhatIsNotKnownStaysAsItIs) {
  v1::CompleteTrialRequest request;
  request.set_error(std::string(60'000, 'e'));
  for (int i = 0; i < 100; ++i) request.add_measurements()->set_step(i);
  request.mutable_shape_card()->add_warnings("slow");
  const std::string before = request.SerializeAsString();
  ASSERT_TRUE(AdmitRequest(&request).ok());
  EXPECT_EQ(request.SerializeAsString(), before);
}

}  // namespace
}  // namespace isoshape

// What strangers send to a coordinator: bytes that are no request, texts and
// lists without a bound, values that nothing has.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "coordinator/services/page_token.h"
#include "tests/coordinator/server_fixture.h"

namespace isoshape {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

using CampaignStub = v1::CampaignService::Stub;
using WorkerStub = v1::WorkerService::Stub;

class ServerStrangersTest : public ServerTest {
 protected:
  // Every unary method of the service.
  static std::vector<const MethodDescriptor*> Methods() {
    std::vector<const MethodDescriptor*> methods;
    for (const char* service :
         {"isoshape.v1.CampaignService", "isoshape.v1.WorkerService",
          "isoshape.v1.AnalysisService", "isoshape.v1.FigureService"}) {
      const auto* const found =
          DescriptorPool::generated_pool()->FindServiceByName(service);
      for (int i = 0; i < found->method_count(); ++i) {
        if (!found->method(i)->server_streaming()) {
          methods.push_back(found->method(i));
        }
      }
    }
    return methods;
  }

  // Sends bytes as a request of the method.
  grpc::Status Send(const MethodDescriptor& method, const std::string& bytes) {
    return SendTo(
        absl::StrCat("/", method.service()->full_name(), "/", method.name()),
        bytes);
  }

  static std::string RequestOf(const MethodDescriptor& method,
                               const std::string& text) {
    const std::unique_ptr<Message> request(
        MessageFactory::generated_factory()
            ->GetPrototype(method.input_type())
            ->New());
    Fill(text, 0, request.get());
    return request->SerializeAsString();
  }

  // Puts the text into every field that can hold it, and a number that no enum
  // has into every enum.
  static void Fill(const std::string& text, int depth, Message* message) {
    const auto& of = *message->GetReflection();
    const Descriptor& type = *message->GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor* field = type.field(i);
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        field->is_repeated() ? of.AddString(message, field, text)
                             : of.SetString(message, field, text);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
                 depth < 3 && !field->is_map()) {
        Fill(text, depth + 1,
             field->is_repeated() ? of.AddMessage(message, field)
                                  : of.MutableMessage(message, field));
      }
    }
  }

  v1::Trial UserTrial() const {
    v1::Trial trial;
    trial.mutable_shape()->set_depth(2);
    trial.mutable_shape()->set_width(64);
    trial.set_budget_flops(2.5e11);
    return trial;
  }
};

TEST_F(ServerStrangersTest, WhatCannotBeReadIsAnInvalidArgument) {
  for (const MethodDescriptor* method : Methods()) {
    if (method->input_type()->field_count() == 0) continue;
    SCOPED_TRACE(method->full_name());
    // Field 1, length-delimited, longer than what follows.
    const grpc::Status cut = Send(*method, "\x0a\x7fz");
    EXPECT_EQ(cut.error_code(), StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(cut.error_message(),
                HasSubstr(method->input_type()->full_name()));
  }
  const auto* const get = DescriptorPool::generated_pool()->FindMethodByName(
      "isoshape.v1.CampaignService.GetCampaign");
  const grpc::Status latin = Send(*get, "\x0a\x02\xc3\x28");
  EXPECT_EQ(latin.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(latin.error_message(), HasSubstr("not UTF-8"));
  // A method that there is not is still one.
  EXPECT_EQ(SendTo("/isoshape.v1.CampaignService/Nothing", "").error_code(),
            StatusCode::UNIMPLEMENTED);
}

TEST_F(ServerStrangersTest, ErrorsShowLittleOfWhatWasSentAndNothingRaw) {
  const std::vector<std::string> texts = {
      std::string(100'000, 'x'), std::string(1000, 'x'),
      "campaigns/" + std::string(900, 'y'), "a\nb\x1b[31m\tc\x01",
      "campaigns/c1/trials/\n\x1b[2J"};
  for (const MethodDescriptor* method : Methods()) {
    for (const std::string& text : texts) {
      SCOPED_TRACE(
          absl::StrCat(method->full_name(), " with ", text.size(), " bytes"));
      const grpc::Status status = Send(*method, RequestOf(*method, text));
      EXPECT_NE(status.error_code(), StatusCode::UNKNOWN);
      EXPECT_NE(status.error_code(), StatusCode::INTERNAL);
      const std::string message = status.error_message();
      EXPECT_LE(message.size(), 700) << message.substr(0, 1000);
      EXPECT_TRUE(std::none_of(message.begin(), message.end(), [](char c) {
        return c >= 0 && c < 0x20 && c != '\n';
      })) << message;
    }
  }
}

TEST_F(ServerStrangersTest, NothingIsStoredWithoutABound) {
  const std::string megabyte(1 << 20, 'm');
  v1::CreateCampaignRequest create;
  *create.mutable_campaign() = SmallCampaign();
  create.set_campaign_id("c1");
  v1::Campaign& campaign = *create.mutable_campaign();
  campaign.GetReflection()->MutableUnknownFields(&campaign)->AddLengthDelimited(
      54321, megabyte);
  EXPECT_LT(Campaigns(&CampaignStub::CreateCampaign, create).ByteSizeLong(),
            2000);
  EXPECT_LT(GetCampaign().ByteSizeLong(), 2000);

  v1::RegisterWorkerRequest registration;
  registration.mutable_worker()->set_name("workers/a");
  registration.mutable_worker()->add_datasets("text");
  registration.mutable_worker()->set_device_name(megabyte);
  Refused(StatusCode::INVALID_ARGUMENT,
          "worker.device_name has 1048576 bytes; give at most 1024", *workers_,
          &WorkerStub::RegisterWorker, registration);
  Register();

  // A measurement has numbers alone: what it is sent with is dropped.
  const v1::Lease lease = LeaseOne();
  auto report = For<v1::ReportMeasurementsRequest>(lease);
  for (int i = 0; i < 3; ++i) {
    v1::Measurement& point = *report.add_measurements();
    point.set_step(i);
    point.GetReflection()->MutableUnknownFields(&point)->AddLengthDelimited(
        99, megabyte);
  }
  Workers(&WorkerStub::ReportMeasurements, report);
  auto done = Success(lease);
  done.mutable_shape_card()->set_engine(megabyte);
  Refused(StatusCode::INVALID_ARGUMENT, "shape_card.engine has 1048576 bytes",
          *workers_, &WorkerStub::CompleteTrial, done);
  done.mutable_shape_card()->clear_engine();
  done.mutable_shape_card()
      ->GetReflection()
      ->MutableUnknownFields(done.mutable_shape_card())
      ->AddLengthDelimited(12345, megabyte);
  Workers(&WorkerStub::CompleteTrial, done);
  server_.reset();
  EXPECT_LT(std::filesystem::file_size(folder_.File("campaigns.db")), 1 << 20);
}

TEST_F(ServerStrangersTest, AnEnumThatNothingHasIsRefused) {
  Create();
  v1::CreateTrialRequest request;
  request.set_parent("campaigns/c1");
  *request.mutable_trial() = UserTrial();
  request.mutable_trial()->mutable_shape()->set_norm(static_cast<v1::Norm>(99));
  Refused(StatusCode::INVALID_ARGUMENT,
          "trial.shape.norm 99 is unknown; give NORM_RMS, NORM_LAYER",
          *campaigns_, &CampaignStub::CreateTrial, request);
  request.mutable_trial()->mutable_shape()->clear_norm();
  request.mutable_trial()->set_purpose(static_cast<v1::Trial::Purpose>(7));
  Refused(StatusCode::INVALID_ARGUMENT, "trial.purpose 7 is unknown",
          *campaigns_, &CampaignStub::CreateTrial, request);
}

TEST_F(ServerStrangersTest, ACardOfAnotherTrialIsRefused) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  const auto refused = [&](const auto& change, const std::string& why) {
    auto request = Success(lease);
    change(*request.mutable_shape_card());
    Refused(StatusCode::INVALID_ARGUMENT, why, *workers_,
            &WorkerStub::CompleteTrial, request);
  };
  refused([](auto& card) { card.set_steps(1); }, "it says 1 step, and");
  refused([](auto& card) { card.set_tokens(7); }, "it says 7 tokens");
  refused([](auto& card) { card.set_parameters(3); },
          "it says that its model has 3 parameters");
  for (const double loss : {5e-324, 1e-300, 0.0, -1.0, 1.0001e4, 1.7e308}) {
    refused([loss](auto& card) { card.set_validation_loss(loss); },
            "shape_card.validation_loss");
    refused(
        [loss](auto& card) { card.add_branches()->set_validation_loss(loss); },
        "shape_card.branches[0].validation_loss");
  }
  EXPECT_EQ(GetTrial(lease.trial().name()).state(), v1::Trial::LEASED);
  auto request = Success(lease);
  request.mutable_shape_card()->set_steps(lease.trial().steps());
  request.mutable_shape_card()->set_tokens(lease.trial().tokens());
  EXPECT_EQ(Workers(&WorkerStub::CompleteTrial, request).state(),
            v1::Trial::SUCCEEDED);
}

TEST_F(ServerStrangersTest, NumbersThatNoRunHasAreRefused) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  auto result = Success(lease);
  result.mutable_shape_card()->set_flops_per_token(1.7e308);
  Refused(StatusCode::INVALID_ARGUMENT,
          "shape_card.flops_per_token 1.7e+308 is more than any run has",
          *workers_, &WorkerStub::CompleteTrial, result);
  auto report = For<v1::ReportMeasurementsRequest>(lease);
  v1::Measurement& point = *report.add_measurements();
  point.set_step(1);
  point.set_elapsed_seconds(-1);
  Refused(StatusCode::INVALID_ARGUMENT,
          "measurements[0].elapsed_seconds -1 is negative; give 0 or more",
          *workers_, &WorkerStub::ReportMeasurements, report);
  EXPECT_FALSE(GetTrial(lease.trial().name()).has_last_measurement());
}

TEST_F(ServerStrangersTest, FencingTokensAreToldToTheirWorkerAlone) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  ASSERT_GT(lease.fencing_token(), 0);
  auto report = For<v1::ReportMeasurementsRequest>(lease);
  report.add_measurements()->set_step(1);
  Workers(&WorkerStub::ReportMeasurements, report);
  const v1::Trial trial = GetTrial(lease.trial().name());
  EXPECT_EQ(trial.state(), v1::Trial::LEASED);
  EXPECT_EQ(trial.fencing_token(), 0);
  EXPECT_EQ(trial.curve_token(), 0);
  v1::ListTrialsRequest list;
  list.set_parent("campaigns/c1");
  const auto listed = Campaigns(&CampaignStub::ListTrials, list);
  for (const v1::Trial& one : listed.trials()) {
    EXPECT_EQ(one.fencing_token(), 0);
  }
  v1::IncludeTrialRequest include;
  include.set_name(lease.trial().name());
  EXPECT_EQ(Campaigns(&CampaignStub::IncludeTrial, include).fencing_token(), 0);
  // Nor does a refusal tell which one is right.
  auto guess = For<v1::HeartbeatRequest>(lease);
  guess.set_fencing_token(999'999);
  v1::HeartbeatResponse response;
  const grpc::Status status =
      Call(*workers_, &WorkerStub::Heartbeat, guess, &response);
  EXPECT_EQ(status.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(
      status.error_message(),
      AllOf(HasSubstr("is not the newest"),
            Not(HasSubstr(absl::StrCat("newest, ", lease.fencing_token())))));
}

TEST_F(ServerStrangersTest, AWorkerLeasesNoMoreThanItHasSlotsFor) {
  Create();
  v1::RegisterWorkerRequest request;
  request.mutable_worker()->set_name("workers/one");
  request.mutable_worker()->set_slots(1);
  request.mutable_worker()->add_datasets("text");
  Workers(&WorkerStub::RegisterWorker, request);
  size_t held = 0;
  for (int i = 0; i < 5; ++i) {
    held += Lease(LeaseRequest("one", absl::ZeroDuration(), 64)).size();
  }
  EXPECT_EQ(held, 2u);
  // Those of a process that was killed run out, and then it has others.
  Advance(kLease + absl::Seconds(1));
  EXPECT_EQ(Lease(LeaseRequest("one")).size(), 1u);
}

TEST_F(ServerStrangersTest, PagesAreBoundedByBytesAndNothingIsLeftOut) {
  Create();
  StoreErrors(100, 100'000);
  v1::ListTrialsRequest request;
  request.set_parent("campaigns/c1");
  request.set_page_size(1000);
  std::set<std::string> names;
  int pages = 0;
  do {
    const auto page = Campaigns(&CampaignStub::ListTrials, request);
    EXPECT_LE(page.ByteSizeLong(), kMaxPageBytes + 1000);
    for (const v1::Trial& trial : page.trials()) names.insert(trial.name());
    request.set_page_token(page.next_page_token());
    ASSERT_LT(++pages, 10);
  } while (!request.page_token().empty());
  EXPECT_EQ(names.size(), 100u);
  EXPECT_GE(pages, 3);
}

TEST_F(ServerStrangersTest, AColumnIsNotAskedForWithoutEnd) {
  Create();
  v1::ListTrialTableRequest table;
  table.set_parent("campaigns/c1");
  for (int i = 0; i < 101; ++i) table.add_columns("number");
  Refused(StatusCode::INVALID_ARGUMENT, "columns has 101 entries", *campaigns_,
          &CampaignStub::ListTrialTable, table);
}

}  // namespace
}  // namespace isoshape

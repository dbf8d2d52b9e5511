// What is told to clients that say of which event they have heard.
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "coordinator/http/router.h"
#include "isoshape/v1/analysis_service.grpc.pb.h"
#include "tests/coordinator/http/http_fixture.h"

namespace isoshape {
namespace {

using testing::HasSubstr;

// The value of a header, as it is written; empty if there is none.
std::string HeaderOf(const std::string& response, const std::string& name) {
  const size_t end = response.find("\r\n\r\n");
  const size_t at = response.find(absl::StrCat("\r\n", name, ": "));
  if (at == std::string::npos || at > end) return "";
  const size_t begin = at + name.size() + 4;
  return response.substr(begin, response.find("\r\n", begin) - begin);
}

TEST_F(HttpTest, WhoSaysWhatHeHeardIsToldAsOfWhatHisAnswerIs) {
  Create();
  constexpr char kMethod[] = "CampaignService/ListTrialTable";
  constexpr char kBody[] = R"({"parent":"campaigns/c1"})";
  const std::string plain = Post(kMethod, kBody);
  EXPECT_EQ(HeaderOf(plain, "Isoshape-As-Of"), "");
  const int64_t heard = Json(plain)["sequence"];
  Register();
  LeaseOne();
  const std::string later =
      Post(absl::StrCat(kMethod, "?as_of=", heard + 1), kBody);
  EXPECT_EQ(HeaderOf(later, "Isoshape-As-Of"),
            absl::StrCat(Json(later)["sequence"].get<int64_t>()));
  // One page that asks now and then need not wait.
  EXPECT_EQ(HeaderOf(later, "Isoshape-Pace-Ms"), "");
}

// No event tells that a worker came, which changes why trials wait.
TEST_F(HttpTest, WhyTrialsWaitIsToldAnewToWhoAsksForItself) {
  Create();
  constexpr char kMethod[] = "CampaignService/GetCampaign";
  constexpr char kBody[] = R"({"name":"campaigns/c1"})";
  const auto waiting = [&](const std::string& query) {
    return Json(Post(absl::StrCat(kMethod, query), kBody))["waiting"]
        .get<std::string>();
  };
  EXPECT_THAT(waiting("?as_of=1"), HasSubstr("no worker"));
  Register();
  EXPECT_EQ(waiting(""), "");
}

// A campaign whose trials do not tell a law.
class TellsNoLaw : public v1::AnalysisService::CallbackService {
 public:
  grpc::ServerUnaryReactor* FitLaw(grpc::CallbackServerContext* context,
                                   const v1::FitLawRequest* request,
                                   v1::FitLawResponse*) override {
    ++asked;
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish({request->campaign() == "campaigns/none"
                         ? grpc::StatusCode::NOT_FOUND
                         : grpc::StatusCode::FAILED_PRECONDITION,
                     "too few"});
    return reactor;
  }

  // What is cheap is no reason to rest.
  grpc::ServerUnaryReactor* ListBestShapes(
      grpc::CallbackServerContext* context, const v1::ListBestShapesRequest*,
      v1::ListBestShapesResponse*) override {
    ++asked;
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish({grpc::StatusCode::FAILED_PRECONDITION, "too few"});
    return reactor;
  }

  std::atomic<int> asked = 0;
};

TEST(RouterTest, WhatIsRefusedToPagesIsTriedAgainAfterTheCampaignsRest) {
  TellsNoLaw service;
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> grpc = builder.BuildAndStart();
  std::atomic<int64_t> sequence = 5;
  Router::Options options;
  options.channel = grpc->InProcessChannel({});
  options.sequence = [&] { return sequence.load(); };
  options.rest_of = [](const std::string& campaign) {
    return campaign == "campaigns/busy" ? absl::Minutes(1)
                                        : absl::ZeroDuration();
  };
  Router router(std::move(options));
  const auto ask = [&](const std::string& campaign, const std::string& query,
                       const std::string& method = "FitLaw") {
    HttpRequest request;
    request.method = "POST";
    request.target =
        absl::StrCat("/isoshape.v1.AnalysisService/", method, query);
    request.content_type = "application/json";
    request.body = absl::StrCat(R"({"campaign":"campaigns/)", campaign, "\"}");
    HttpResponse response;
    absl::Notification replied;
    router.Handle(request, [&](HttpResponse told) {
      response = std::move(told);
      replied.Notify();
    });
    replied.WaitForNotification();
    return response;
  };
  for (const int64_t newest : {5, 6, 7}) {
    sequence = newest;
    const HttpResponse told =
        ask("busy", absl::StrCat("?as_of=", sequence.load()));
    EXPECT_EQ(told.status, 400);
    EXPECT_THAT(std::string(told.body), HasSubstr("too few"));
    // So that a page that has heard of more asks again then.
    EXPECT_EQ(told.as_of, 5);
    // Not until all of the rest is over, which may be very long.
    EXPECT_GT(told.pace, absl::Seconds(20));
    EXPECT_LE(told.pace, absl::Seconds(30));
  }
  EXPECT_EQ(service.asked, 1);
  // Who asks by himself, and what is no matter of trials, is not kept waiting.
  EXPECT_EQ(ask("busy", "").pace, absl::ZeroDuration());
  EXPECT_EQ(service.asked, 2);
  for (const std::string campaign : {"none", "idle"}) {
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(ask(campaign, "?as_of=7").pace, absl::ZeroDuration());
    }
  }
  EXPECT_EQ(service.asked, 6);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(ask("busy", "?as_of=7", "ListBestShapes").pace,
              absl::ZeroDuration());
  }
  EXPECT_EQ(service.asked, 8);
  grpc->Shutdown();
}

}  // namespace
}  // namespace isoshape

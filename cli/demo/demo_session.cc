#include "cli/demo/demo_session.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/channel.h"
#include "common/grpc_status.h"
#include "common/status_macros.h"

namespace isoshape {
namespace {

// One unary call with a deadline, as a StatusOr.
template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> Call(Stub& stub,
                              grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                           const Request&,
                                                           Response*),
                              const Request& request) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(30));
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return FromGrpcStatus(status);
  return response;
}

}  // namespace

DemoSession::DemoSession(const std::string& address,
                         const std::string& campaign_id)
    : campaign_id_(campaign_id),
      campaign_(absl::StrCat("campaigns/", campaign_id)) {
  const auto channel = MakeChannel(address);
  campaigns_ = v1::CampaignService::NewStub(channel);
  analysis_ = v1::AnalysisService::NewStub(channel);
}

absl::StatusOr<v1::Campaign> DemoSession::EnsureCampaign(
    const v1::Campaign& campaign) {
  v1::CreateCampaignRequest request;
  *request.mutable_campaign() = campaign;
  request.set_campaign_id(campaign_id_);
  request.set_request_id(absl::StrCat("create-", campaign_id_));
  absl::StatusOr<v1::Campaign> created =
      Call(*campaigns_, &v1::CampaignService::Stub::CreateCampaign, request);
  if (!absl::IsAlreadyExists(created.status())) return created;
  return GetCampaign();
}

absl::StatusOr<v1::Campaign> DemoSession::GetCampaign() {
  v1::GetCampaignRequest request;
  request.set_name(campaign_);
  return Call(*campaigns_, &v1::CampaignService::Stub::GetCampaign, request);
}

absl::StatusOr<std::vector<v1::Trial>> DemoSession::ListTrials() {
  std::vector<v1::Trial> trials;
  v1::ListTrialsRequest request;
  request.set_parent(campaign_);
  request.set_page_size(1000);
  do {
    ISOSHAPE_ASSIGN_OR_RETURN(
        const v1::ListTrialsResponse page,
        Call(*campaigns_, &v1::CampaignService::Stub::ListTrials, request));
    trials.insert(trials.end(), page.trials().begin(), page.trials().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return trials;
}

absl::Status DemoSession::EnsureVerification(
    const v1::PredictShapeResponse& prediction, int64_t seed) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<v1::Trial> trials, ListTrials());
  for (const v1::Trial& trial : trials) {
    if (trial.purpose() == v1::Trial::VERIFICATION && trial.seed() == seed) {
      return absl::OkStatus();
    }
  }
  v1::CreateTrialRequest request;
  request.set_parent(campaign_);
  *request.mutable_trial()->mutable_shape() = prediction.shape();
  request.mutable_trial()->set_budget_flops(prediction.target_flops());
  request.mutable_trial()->set_seed(seed);
  request.mutable_trial()->set_purpose(v1::Trial::VERIFICATION);
  request.set_request_id(absl::StrCat("verify-", campaign_id_, "-", seed));
  return Call(*campaigns_, &v1::CampaignService::Stub::CreateTrial, request)
      .status();
}

absl::StatusOr<v1::ListBestShapesResponse> DemoSession::BestShapes() {
  v1::ListBestShapesRequest request;
  request.set_campaign(campaign_);
  request.set_top(100);
  request.set_wait_for_newest(true);
  return Call(*analysis_, &v1::AnalysisService::Stub::ListBestShapes, request);
}

absl::StatusOr<v1::FitCampaignResponse> DemoSession::Fit() {
  v1::FitCampaignRequest request;
  request.set_campaign(campaign_);
  request.set_wait_for_newest(true);
  return Call(*analysis_, &v1::AnalysisService::Stub::FitCampaign, request);
}

absl::StatusOr<v1::PredictShapeResponse> DemoSession::Predict() {
  v1::PredictShapeRequest request;
  request.set_campaign(campaign_);
  request.set_wait_for_newest(true);
  return Call(*analysis_, &v1::AnalysisService::Stub::PredictShape, request);
}

}  // namespace isoshape

#include "tests/cli/fake_coordinator.h"

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/status/grpc_status.h"
#include "common/status/retry_after.h"

namespace isoshape {
namespace {

constexpr int kPage = 2;

// Writes a page of `all` and the token of the next.
template <typename Items, typename Add>
std::string Page(const Items& all, const std::string& token, Add add) {
  size_t at = token.empty() ? 0 : std::strtoul(token.c_str(), nullptr, 10);
  const size_t end = at + kPage;
  for (; at < end && at < all.size(); ++at) add(all[at]);
  return at < all.size() ? absl::StrCat(at) : "";
}

}  // namespace

FakeCoordinator::FakeCoordinator() {
  campaign.set_name("campaigns/c1");
  campaign.set_display_name("first");
  campaign.set_state(v1::Campaign::RUNNING);
  campaign.add_budgets(2.5e11);
  campaign.add_budgets(7.5e11);
  campaign.mutable_trial_counts()->set_succeeded(2);
  campaign.mutable_trial_counts()->set_leased(1);
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(static_cast<v1::CampaignService::Service*>(this));
  builder.RegisterService(static_cast<v1::AnalysisService::Service*>(this));
  builder.RegisterService(static_cast<v1::FigureService::Service*>(this));
  server_ = builder.BuildAndStart();
  address_ = absl::StrCat("127.0.0.1:", port);
}

FakeCoordinator::~FakeCoordinator() { server_->Shutdown(); }

v1::CreateCampaignRequest FakeCoordinator::last_create() {
  absl::MutexLock lock(&mutex_);
  return last_create_;
}

v1::FitLawRequest FakeCoordinator::last_law() {
  absl::MutexLock lock(&mutex_);
  return last_law_;
}

v1::PredictShapeRequest FakeCoordinator::last_predict() {
  absl::MutexLock lock(&mutex_);
  return last_predict_;
}

v1::GetFigureRequest FakeCoordinator::last_figure() {
  absl::MutexLock lock(&mutex_);
  return last_figure_;
}

v1::ListTrialTableRequest FakeCoordinator::last_table() {
  absl::MutexLock lock(&mutex_);
  return last_table_;
}

std::vector<std::string> FakeCoordinator::pause_request_ids() {
  absl::MutexLock lock(&mutex_);
  return pause_request_ids_;
}

std::vector<int64_t> FakeCoordinator::watched_after() {
  absl::MutexLock lock(&mutex_);
  return watched_after_;
}

grpc::Status FakeCoordinator::Check(const std::string& name) const {
  if (name == campaign.name()) return grpc::Status::OK;
  return {grpc::StatusCode::NOT_FOUND,
          absl::StrCat("there is no campaign ", name)};
}

grpc::Status FakeCoordinator::CreateCampaign(
    grpc::ServerContext* /*context*/, const v1::CreateCampaignRequest* request,
    v1::Campaign* response) {
  absl::MutexLock lock(&mutex_);
  last_create_ = *request;
  *response = request->campaign();
  response->set_name(campaign.name());
  return grpc::Status::OK;
}

grpc::Status FakeCoordinator::GetCampaign(grpc::ServerContext* context,
                                          const v1::GetCampaignRequest* request,
                                          v1::Campaign* response) {
  if (hangs) {
    kill(getpid(), SIGTERM);
    while (!context->IsCancelled()) absl::SleepFor(absl::Milliseconds(5));
  }
  *response = campaign;
  return Check(request->name());
}

grpc::Status FakeCoordinator::ListCampaigns(
    grpc::ServerContext* /*context*/,
    const v1::ListCampaignsRequest* /*request*/,
    v1::ListCampaignsResponse* response) {
  *response->add_campaigns() = campaign;
  return grpc::Status::OK;
}

grpc::Status FakeCoordinator::PauseCampaign(
    grpc::ServerContext* /*context*/, const v1::PauseCampaignRequest* request,
    v1::Campaign* response) {
  absl::MutexLock lock(&mutex_);
  pause_request_ids_.push_back(request->request_id());
  if (pause_failures-- > 0) {
    return {grpc::StatusCode::UNAVAILABLE, "the disk is slow"};
  }
  if (pause_refusals-- > 0) {
    absl::Status busy = absl::ResourceExhaustedError("it is busy");
    if (refusal_delay > absl::ZeroDuration())
      SetRetryAfter(refusal_delay, busy);
    return ToGrpcStatus(busy);
  }
  *response = campaign;
  response->set_state(v1::Campaign::PAUSED);
  return Check(request->name());
}

grpc::Status FakeCoordinator::WatchCampaign(
    grpc::ServerContext* context, const v1::WatchCampaignRequest* request,
    grpc::ServerWriter<v1::CampaignEvent>* writer) {
  {
    absl::MutexLock lock(&mutex_);
    watched_after_.push_back(request->after_sequence());
  }
  if (stream_stays_open) {
    while (!context->IsCancelled()) absl::SleepFor(absl::Milliseconds(5));
    return grpc::Status::CANCELLED;
  }
  absl::MutexLock lock(&mutex_);
  if (std::exchange(fails_before_events, false)) {
    return {grpc::StatusCode::UNAVAILABLE, "the coordinator stops"};
  }
  for (const v1::CampaignEvent& event : events) {
    if (event.sequence() <= request->after_sequence()) continue;
    writer->Write(event);
    if (watch_failures > 0) {
      --watch_failures;
      return {grpc::StatusCode::UNAVAILABLE, "the coordinator stops"};
    }
  }
  return Check(request->name());
}

grpc::Status FakeCoordinator::GetTrial(grpc::ServerContext* /*context*/,
                                       const v1::GetTrialRequest* request,
                                       v1::Trial* response) {
  for (const v1::Trial& trial : trials) {
    if (trial.name() != request->name()) continue;
    *response = trial;
    return grpc::Status::OK;
  }
  return {grpc::StatusCode::NOT_FOUND,
          absl::StrCat("there is no trial ", request->name())};
}

grpc::Status FakeCoordinator::CreateTrial(grpc::ServerContext* /*context*/,
                                          const v1::CreateTrialRequest* request,
                                          v1::Trial* response) {
  *response = request->trial();
  response->set_name(
      absl::StrCat(request->parent(), "/trials/", trials.size() + 1));
  trials.push_back(*response);
  return Check(request->parent());
}

grpc::Status FakeCoordinator::ListTrials(grpc::ServerContext* /*context*/,
                                         const v1::ListTrialsRequest* request,
                                         v1::ListTrialsResponse* response) {
  std::vector<v1::Trial> wanted;
  for (const v1::Trial& trial : trials) {
    if (request->state() == v1::Trial::STATE_UNSPECIFIED ||
        request->state() == trial.state()) {
      wanted.push_back(trial);
    }
  }
  response->set_next_page_token(Page(
      wanted, request->page_token(),
      [response](const v1::Trial& trial) { *response->add_trials() = trial; }));
  return Check(request->parent());
}

grpc::Status FakeCoordinator::ListMeasurements(
    grpc::ServerContext* /*context*/,
    const v1::ListMeasurementsRequest* request,
    v1::ListMeasurementsResponse* response) {
  response->set_next_page_token(Page(measurements, request->page_token(),
                                     [response](const v1::Measurement& point) {
                                       *response->add_measurements() = point;
                                     }));
  return grpc::Status::OK;
}

grpc::Status FakeCoordinator::ListBestShapes(
    grpc::ServerContext* /*context*/, const v1::ListBestShapesRequest* request,
    v1::ListBestShapesResponse* response) {
  *response = best;
  return Check(request->campaign());
}

grpc::Status FakeCoordinator::FitLaw(grpc::ServerContext* /*context*/,
                                     const v1::FitLawRequest* request,
                                     v1::FitLawResponse* response) {
  absl::MutexLock lock(&mutex_);
  last_law_ = *request;
  *response = law;
  return Check(request->campaign());
}

grpc::Status FakeCoordinator::PredictShape(
    grpc::ServerContext* /*context*/, const v1::PredictShapeRequest* request,
    v1::PredictShapeResponse* response) {
  absl::MutexLock lock(&mutex_);
  last_predict_ = *request;
  *response = prediction;
  return Check(request->campaign());
}

grpc::Status FakeCoordinator::GetFigure(grpc::ServerContext* /*context*/,
                                        const v1::GetFigureRequest* request,
                                        v1::Figure* response) {
  grpc::Status status = Check(request->campaign());
  if (!status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  last_figure_ = *request;
  *response = draw ? draw(*request) : figure;
  response->set_kind(request->kind());
  return grpc::Status::OK;
}

grpc::Status FakeCoordinator::ListTrialTable(
    grpc::ServerContext* /*context*/, const v1::ListTrialTableRequest* request,
    v1::ListTrialTableResponse* response) {
  grpc::Status status = Check(request->parent());
  if (!status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  last_table_ = *request;
  *response = table;
  return grpc::Status::OK;
}

}  // namespace isoshape

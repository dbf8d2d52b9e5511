#include "coordinator/services/campaign_service.h"

#include <utility>

#include "coordinator/services/campaign_reads.h"
#include "coordinator/services/changes/change_stream.h"
#include "coordinator/services/changes/watch_stream.h"
#include "coordinator/services/handler.h"
#include "coordinator/services/planned_calls.h"
#include "coordinator/services/table_reads.h"
#include "messages/campaign/dashboard_header.h"

namespace isoshape {

void CampaignService::SetDashboard(std::string address) {
  absl::MutexLock lock(&mutex_);
  dashboard_ = std::move(address);
}

grpc::ServerUnaryReactor* CampaignService::CreateCampaign(
    grpc::CallbackServerContext* context,
    const v1::CreateCampaignRequest* request, v1::Campaign* response) {
  return StartCreateCampaign(callers_, executor_, context, request, response);
}

grpc::ServerUnaryReactor* CampaignService::PauseCampaign(
    grpc::CallbackServerContext* context,
    const v1::PauseCampaignRequest* request, v1::Campaign* response) {
  return RunFor(callers_, executor_, context, &Scheduler::PauseCampaign,
                request, response);
}

grpc::ServerUnaryReactor* CampaignService::ResumeCampaign(
    grpc::CallbackServerContext* context,
    const v1::ResumeCampaignRequest* request, v1::Campaign* response) {
  return RunFor(callers_, executor_, context, &Scheduler::ResumeCampaign,
                request, response);
}

grpc::ServerUnaryReactor* CampaignService::CancelCampaign(
    grpc::CallbackServerContext* context,
    const v1::CancelCampaignRequest* request, v1::Campaign* response) {
  return RunFor(callers_, executor_, context, &Scheduler::CancelCampaign,
                request, response);
}

grpc::ServerUnaryReactor* CampaignService::DeleteCampaign(
    grpc::CallbackServerContext* context,
    const v1::DeleteCampaignRequest* request,
    google::protobuf::Empty* response) {
  return RunFor(callers_, executor_, context, &Scheduler::DeleteCampaign,
                request, response);
}

grpc::ServerUnaryReactor* CampaignService::CreateTrial(
    grpc::CallbackServerContext* context, const v1::CreateTrialRequest* request,
    v1::Trial* response) {
  return RunFor(callers_, executor_, context, &Scheduler::CreateTrial, request,
                response);
}

grpc::ServerUnaryReactor* CampaignService::ImportTrials(
    grpc::CallbackServerContext* context,
    const v1::ImportTrialsRequest* request,
    v1::ImportTrialsResponse* response) {
  return RunFor(callers_, executor_, context, &Scheduler::ImportTrials, request,
                response);
}

grpc::ServerUnaryReactor* CampaignService::UpdateCampaign(
    grpc::CallbackServerContext* context,
    const v1::UpdateCampaignRequest* request, v1::Campaign* response) {
  return StartUpdateCampaign(callers_, executor_, context, request, response);
}

grpc::ServerUnaryReactor* CampaignService::RetryTrial(
    grpc::CallbackServerContext* context, const v1::RetryTrialRequest* request,
    v1::Trial* response) {
  return RunFor(callers_, executor_, context, &Scheduler::RetryTrial, request,
                response);
}

grpc::ServerUnaryReactor* CampaignService::ExcludeTrial(
    grpc::CallbackServerContext* context,
    const v1::ExcludeTrialRequest* request, v1::Trial* response) {
  return RunFor(callers_, executor_, context, &Scheduler::ExcludeTrial, request,
                response);
}

grpc::ServerUnaryReactor* CampaignService::IncludeTrial(
    grpc::CallbackServerContext* context,
    const v1::IncludeTrialRequest* request, v1::Trial* response) {
  return RunFor(callers_, executor_, context, &Scheduler::IncludeTrial, request,
                response);
}

grpc::ServerUnaryReactor* CampaignService::GetCampaign(
    grpc::CallbackServerContext* context, const v1::GetCampaignRequest* request,
    v1::Campaign* response) {
  {
    absl::MutexLock lock(&mutex_);
    if (!dashboard_.empty()) {
      context->AddInitialMetadata(kDashboardHeader, dashboard_);
    }
  }
  return Read(reads_, callers_, context, response, [this, request] {
    return ReadCampaign(*store_, *request, clock_->Now(), lease_duration_);
  });
}

grpc::ServerUnaryReactor* CampaignService::ListCampaigns(
    grpc::CallbackServerContext* context,
    const v1::ListCampaignsRequest* request,
    v1::ListCampaignsResponse* response) {
  return Read(reads_, callers_, context, response,
              [this, request] { return ReadCampaigns(*store_, *request); });
}

grpc::ServerUnaryReactor* CampaignService::GetTrial(
    grpc::CallbackServerContext* context, const v1::GetTrialRequest* request,
    v1::Trial* response) {
  return Read(reads_, callers_, context, response,
              [this, request] { return ReadTrial(*store_, *request); });
}

grpc::ServerUnaryReactor* CampaignService::ListTrials(
    grpc::CallbackServerContext* context, const v1::ListTrialsRequest* request,
    v1::ListTrialsResponse* response) {
  return Read(reads_, callers_, context, response,
              [this, request] { return ReadTrials(*store_, *request); });
}

grpc::ServerUnaryReactor* CampaignService::ListMeasurements(
    grpc::CallbackServerContext* context,
    const v1::ListMeasurementsRequest* request,
    v1::ListMeasurementsResponse* response) {
  return Read(reads_, callers_, context, response,
              [this, request] { return ReadMeasurements(*store_, *request); });
}

grpc::ServerWriteReactor<v1::CampaignEvent>* CampaignService::WatchCampaign(
    grpc::CallbackServerContext* context,
    const v1::WatchCampaignRequest* request) {
  return StartWatchStream(
      hub_, watch_places_->Take(callers_.Origin(*context)), *request,
      callers_.Standing(*context,
                        "/isoshape.v1.CampaignService/WatchCampaign"));
}

grpc::ServerUnaryReactor* CampaignService::ListTrialTable(
    grpc::CallbackServerContext* context,
    const v1::ListTrialTableRequest* request,
    v1::ListTrialTableResponse* response) {
  return ReadAside(reads_, callers_, context,
                   [=, this](grpc::ServerUnaryReactor* reactor) {
                     ReadTrialTable(*tables_, *request, response,
                                    [reactor](const absl::Status& status) {
                                      reactor->Finish(ToGrpcStatus(status));
                                    });
                   });
}

grpc::ServerUnaryReactor* CampaignService::ListCurves(
    grpc::CallbackServerContext* context, const v1::ListCurvesRequest* request,
    v1::ListCurvesResponse* response) {
  return ReadAside(reads_, callers_, context,
                   [=, this](grpc::ServerUnaryReactor* reactor) {
                     ReadCurves(*store_, *tables_, *request, response,
                                [reactor](const absl::Status& status) {
                                  reactor->Finish(ToGrpcStatus(status));
                                });
                   });
}

grpc::ServerWriteReactor<v1::ChangeBatch>* CampaignService::WatchChanges(
    grpc::CallbackServerContext* context,
    const v1::WatchChangesRequest* request) {
  return StartChangeStream(
      changes_, watch_places_->Take(callers_.Origin(*context)), *request,
      callers_.Standing(*context, "/isoshape.v1.CampaignService/WatchChanges"));
}

}  // namespace isoshape

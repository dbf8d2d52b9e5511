#ifndef ISOSHAPE_COORDINATOR_SERVICES_CAMPAIGN_SERVICE_H_
#define ISOSHAPE_COORDINATOR_SERVICES_CAMPAIGN_SERVICE_H_

#include <grpcpp/grpcpp.h>

#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/threads/clock.h"
#include "coordinator/scheduler/executor.h"
#include "coordinator/services/callers.h"
#include "coordinator/services/changes/change_hub.h"
#include "coordinator/services/changes/watch_hub.h"
#include "coordinator/services/changes/watch_places.h"
#include "coordinator/services/read_queue.h"
#include "coordinator/table/table_cache.h"
#include "isoshape/v1/campaign_service.grpc.pb.h"
#include "storage/store.h"

namespace isoshape {

// The calls of users. Changes go through the executor; reads go to the store
// beside it or to the tables of trials, by the threads of the queue; streams
// are the hubs'. Thread-safe; borrows what it is given.
class CampaignService final : public v1::CampaignService::CallbackService {
 public:
  CampaignService(Store* store, Executor* executor, ReadQueue* reads,
                  Callers callers, WatchHub* hub, TableCache* tables,
                  ChangeHub* changes, WatchPlaces* watch_places, Clock* clock,
                  absl::Duration lease_duration)
      : store_(store),
        executor_(executor),
        reads_(reads),
        callers_(std::move(callers)),
        hub_(hub),
        tables_(tables),
        changes_(changes),
        watch_places_(watch_places),
        clock_(clock),
        lease_duration_(lease_duration) {}

  // The address of the dashboard, which clients are told from now on.
  void SetDashboard(std::string address) ABSL_LOCKS_EXCLUDED(mutex_);

  grpc::ServerUnaryReactor* CreateCampaign(
      grpc::CallbackServerContext* context,
      const v1::CreateCampaignRequest* request,
      v1::Campaign* response) override;
  grpc::ServerUnaryReactor* GetCampaign(grpc::CallbackServerContext* context,
                                        const v1::GetCampaignRequest* request,
                                        v1::Campaign* response) override;
  grpc::ServerUnaryReactor* ListCampaigns(
      grpc::CallbackServerContext* context,
      const v1::ListCampaignsRequest* request,
      v1::ListCampaignsResponse* response) override;
  grpc::ServerUnaryReactor* UpdateCampaign(
      grpc::CallbackServerContext* context,
      const v1::UpdateCampaignRequest* request,
      v1::Campaign* response) override;
  grpc::ServerUnaryReactor* PauseCampaign(
      grpc::CallbackServerContext* context,
      const v1::PauseCampaignRequest* request, v1::Campaign* response) override;
  grpc::ServerUnaryReactor* ResumeCampaign(
      grpc::CallbackServerContext* context,
      const v1::ResumeCampaignRequest* request,
      v1::Campaign* response) override;
  grpc::ServerUnaryReactor* CancelCampaign(
      grpc::CallbackServerContext* context,
      const v1::CancelCampaignRequest* request,
      v1::Campaign* response) override;
  grpc::ServerUnaryReactor* DeleteCampaign(
      grpc::CallbackServerContext* context,
      const v1::DeleteCampaignRequest* request,
      google::protobuf::Empty* response) override;
  grpc::ServerWriteReactor<v1::CampaignEvent>* WatchCampaign(
      grpc::CallbackServerContext* context,
      const v1::WatchCampaignRequest* request) override;
  grpc::ServerUnaryReactor* CreateTrial(grpc::CallbackServerContext* context,
                                        const v1::CreateTrialRequest* request,
                                        v1::Trial* response) override;
  grpc::ServerUnaryReactor* ImportTrials(
      grpc::CallbackServerContext* context,
      const v1::ImportTrialsRequest* request,
      v1::ImportTrialsResponse* response) override;
  grpc::ServerUnaryReactor* RetryTrial(grpc::CallbackServerContext* context,
                                       const v1::RetryTrialRequest* request,
                                       v1::Trial* response) override;
  grpc::ServerUnaryReactor* ExcludeTrial(grpc::CallbackServerContext* context,
                                         const v1::ExcludeTrialRequest* request,
                                         v1::Trial* response) override;
  grpc::ServerUnaryReactor* IncludeTrial(grpc::CallbackServerContext* context,
                                         const v1::IncludeTrialRequest* request,
                                         v1::Trial* response) override;
  grpc::ServerUnaryReactor* GetTrial(grpc::CallbackServerContext* context,
                                     const v1::GetTrialRequest* request,
                                     v1::Trial* response) override;
  grpc::ServerUnaryReactor* ListTrials(
      grpc::CallbackServerContext* context,
      const v1::ListTrialsRequest* request,
      v1::ListTrialsResponse* response) override;
  grpc::ServerUnaryReactor* ListMeasurements(
      grpc::CallbackServerContext* context,
      const v1::ListMeasurementsRequest* request,
      v1::ListMeasurementsResponse* response) override;
  grpc::ServerUnaryReactor* ListTrialTable(
      grpc::CallbackServerContext* context,
      const v1::ListTrialTableRequest* request,
      v1::ListTrialTableResponse* response) override;
  grpc::ServerUnaryReactor* ListCurves(
      grpc::CallbackServerContext* context,
      const v1::ListCurvesRequest* request,
      v1::ListCurvesResponse* response) override;
  grpc::ServerWriteReactor<v1::ChangeBatch>* WatchChanges(
      grpc::CallbackServerContext* context,
      const v1::WatchChangesRequest* request) override;

 private:
  Store* const store_;
  Executor* const executor_;
  ReadQueue* const reads_;
  const Callers callers_;
  WatchHub* const hub_;
  TableCache* const tables_;
  ChangeHub* const changes_;
  WatchPlaces* const watch_places_;  // of all streams, whichever hub's
  Clock* const clock_;
  const absl::Duration lease_duration_;  // for whether a worker is connected
  absl::Mutex mutex_;
  std::string dashboard_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_CAMPAIGN_SERVICE_H_

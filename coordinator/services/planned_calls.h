#ifndef ISOSHAPE_COORDINATOR_SERVICES_PLANNED_CALLS_H_
#define ISOSHAPE_COORDINATOR_SERVICES_PLANNED_CALLS_H_

#include <grpcpp/grpcpp.h>

#include "coordinator/scheduler/executor.h"
#include "coordinator/services/callers.h"
#include "isoshape/v1/campaign_service.pb.h"

namespace isoshape {

// Calls whose plan is made before the executor's thread has them, as it may
// take seconds. RESOURCE_EXHAUSTED if too many calls wait for their plans.
grpc::ServerUnaryReactor* StartCreateCampaign(
    const Callers& callers, Executor* executor,
    grpc::CallbackServerContext* context,
    const v1::CreateCampaignRequest* request, v1::Campaign* response);
grpc::ServerUnaryReactor* StartUpdateCampaign(
    const Callers& callers, Executor* executor,
    grpc::CallbackServerContext* context,
    const v1::UpdateCampaignRequest* request, v1::Campaign* response);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_PLANNED_CALLS_H_

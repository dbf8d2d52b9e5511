#ifndef ISOSHAPE_COORDINATOR_SERVICES_TABLE_READS_H_
#define ISOSHAPE_COORDINATOR_SERVICES_TABLE_READS_H_

#include <functional>

#include "absl/status/statusor.h"
#include "coordinator/table/table_cache.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "storage/store.h"

namespace isoshape {

// The calls of CampaignService that are answered from tables of trials. `done`
// is called once, from any thread. INVALID_ARGUMENT if a field is malformed;
// NOT_FOUND if there is no such campaign; the store's errors.

// Fills `response`, which must live until `done`.
void ReadTrialTable(TableCache& tables,
                    const v1::ListTrialTableRequest& request,
                    v1::ListTrialTableResponse* response,
                    std::function<void(const absl::Status&)> done);

void ReadCurves(Store& store, TableCache& tables,
                const v1::ListCurvesRequest& request,
                v1::ListCurvesResponse* response,
                std::function<void(const absl::Status&)> done);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_TABLE_READS_H_

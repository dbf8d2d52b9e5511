#ifndef ISOSHAPE_MESSAGES_TRIAL_WORKER_DATA_H_
#define ISOSHAPE_MESSAGES_TRIAL_WORKER_DATA_H_

#include <string>

#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/worker.pb.h"

namespace isoshape {

// The name of the data that simulated workers have. Their losses are invented,
// so they train nothing else, and no real worker has data of that name.
inline constexpr char kSimulatedData[] = "simulated";

// Whether a worker's data of that name are known not to be those that the
// campaign's results rest on.
bool HasOtherData(const v1::Worker& worker, const v1::Campaign& campaign,
                  const std::string& dataset);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_TRIAL_WORKER_DATA_H_

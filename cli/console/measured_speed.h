#ifndef ISOSHAPE_CLI_CONSOLE_MEASURED_SPEED_H_
#define ISOSHAPE_CLI_CONSOLE_MEASURED_SPEED_H_

#include <string>

#include "absl/status/statusor.h"
#include "cli/console/client.h"
#include "isoshape/v1/campaign.pb.h"

namespace isoshape {

// How fast the connected workers that have a campaign's data train, as the
// trials of other campaigns were measured on such devices.
struct MeasuredSpeed {
  double flops_per_second = 0;  // of all slots together
  int slots = 0;                // whose devices trials were measured on
  std::string unmeasured;       // another device that they have
};

// Reads the newest campaigns that have results. Errors of Client::Call.
absl::StatusOr<MeasuredSpeed> SpeedFor(Client& client,
                                       const v1::Campaign& campaign);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CONSOLE_MEASURED_SPEED_H_

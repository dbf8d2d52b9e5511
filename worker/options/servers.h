#ifndef ISOSHAPE_WORKER_OPTIONS_SERVERS_H_
#define ISOSHAPE_WORKER_OPTIONS_SERVERS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace isoshape {

// The addresses of coordinators that `--server` names: one, several with
// commas, or `@FILE`, whose lines they are (a batch job writes such a file when
// its coordinator is up). INVALID_ARGUMENT if one is no address or there is
// none; a file that is not there yet has none, and is no error.
//
//   ReadServers("10.0.0.5:50551,10.0.0.6:50551")
absl::StatusOr<std::vector<std::string>> ReadServers(const std::string& flag);

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_OPTIONS_SERVERS_H_

#ifndef ISOSHAPE_COMMON_NET_SERVERS_H_
#define ISOSHAPE_COMMON_NET_SERVERS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// The addresses of coordinators that a setting names: one, several with commas,
// or `@FILE`, whose lines they are (a batch job writes such a file when its
// coordinator is up). INVALID_ARGUMENT if one is no address or there is none; a
// file that is not there yet has none, and is no error. `what` names the
// setting in messages.
//
//   ReadServers("--server", "10.0.0.5:50551,10.0.0.6:50551")
absl::StatusOr<std::vector<std::string>> ReadServers(absl::string_view what,
                                                     const std::string& value);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_NET_SERVERS_H_

#ifndef ISOSHAPE_COMMON_NET_CONNECTION_PROBLEM_H_
#define ISOSHAPE_COMMON_NET_CONNECTION_PROBLEM_H_

#include <string>

#include "absl/status/status.h"

namespace isoshape {

// Why calls over MakeChannel(server) find no coordinator there though somebody
// listens: gRPC says UNAVAILABLE of all of it. Connects by itself, as that
// channel would, and looks how far TLS comes; a second or two, besides how long
// the machine looks a name up. One line with the remedy:
//
//   the coordinator at h:50551 speaks TLS, and this program does not; set
//   ISOSHAPE_TLS_CA to the file that signs its certificate
//
// It tells too that a host has no address, and why nobody listens at a Unix
// socket. Empty if nobody listens at a port, or nothing is wrong with TLS and
// it is no port of HTTP/1, such as a dashboard's.
std::string ConnectionProblem(const std::string& server);

// Whether the certificate that a client shows (ISOSHAPE_TLS_CERT), in PEM, and
// its key (ISOSHAPE_TLS_KEY) can be used together: gRPC connects without, and
// the server alone says that none was shown. INVALID_ARGUMENT with the file
// that is wrong.
absl::Status CheckOwnCertificate(const std::string& cert,
                                 const std::string& key);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_NET_CONNECTION_PROBLEM_H_

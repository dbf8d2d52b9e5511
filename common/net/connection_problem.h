#ifndef ISOSHAPE_COMMON_NET_CONNECTION_PROBLEM_H_
#define ISOSHAPE_COMMON_NET_CONNECTION_PROBLEM_H_

#include <string>

namespace isoshape {

// Why calls over MakeChannel(server) find no coordinator there though somebody
// listens: gRPC says UNAVAILABLE of all of it. Connects by itself, as that
// channel would, and looks how far TLS comes; a second or two. One line with
// the remedy:
//
//   the coordinator at h:50551 speaks TLS, and this program does not; set
//   ISOSHAPE_TLS_CA to the file that signs its certificate
//
// Empty if nobody listens there, or nothing is wrong with TLS and it is no port
// of HTTP/1, such as a dashboard's.
std::string ConnectionProblem(const std::string& server);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_NET_CONNECTION_PROBLEM_H_

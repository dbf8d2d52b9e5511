#ifndef ISOSHAPE_COORDINATOR_END_CONNECTION_H_
#define ISOSHAPE_COORDINATOR_END_CONNECTION_H_

#include <string>

namespace isoshape {

// Ends the TCP connections of this process to a peer, as gRPC names it
// (`ipv4:127.0.0.1:4711`, `ipv6:%5B::1%5D:4711`), at once: what it has sent and
// was not read is dropped. For connections of which another owns the
// descriptor, who finds that they are reset. Others, such as those of a Unix
// socket, are left.
void EndConnection(const std::string& peer);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_END_CONNECTION_H_

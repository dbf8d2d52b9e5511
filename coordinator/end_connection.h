#ifndef ISOSHAPE_COORDINATOR_END_CONNECTION_H_
#define ISOSHAPE_COORDINATOR_END_CONNECTION_H_

#include <cstdint>
#include <map>
#include <string>

namespace isoshape {

// Ends the TCP connection of this process from a peer, as gRPC names it
// (`ipv4:127.0.0.1:4711`, `ipv6:%5B::1%5D:4711`), to the port that it listens
// on, at once, and logs that the peer `did` something: what it has sent and was
// not read is dropped. For one of which another owns the descriptor, who finds
// that it is reset. Others are left: the peer may have sent from the same port
// to HTTP, and a Unix socket has no port.
void EndConnection(const std::string& peer, uint16_t port,
                   const std::string& did);

// The bytes that came over each TCP connection to the port, by its peer.
std::map<std::string, int64_t> ReceivedBytes(uint16_t port);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_END_CONNECTION_H_

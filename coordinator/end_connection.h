#ifndef ISOSHAPE_COORDINATOR_END_CONNECTION_H_
#define ISOSHAPE_COORDINATOR_END_CONNECTION_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace isoshape {

// Ends the TCP connections of this process from peers, as gRPC names them
// (`ipv4:127.0.0.1:4711`, `ipv6:%5B::1%5D:4711`), to the port that it listens
// on, at once, and logs what each peer `did`, or that it has no connection that
// could be ended: what it has sent and was not read is dropped. For those of
// which another owns the descriptor, who finds that it is reset. Others are
// left: the peer may have sent from the same port to HTTP, and a Unix socket
// has no port. Returns how many peers' connections were ended.
int64_t EndConnections(std::map<std::string, std::string> did, uint16_t port);

// The peer of a TCP connection as gRPC names it; empty for any other file.
std::string PeerOf(int descriptor);

// The bytes that came over each TCP connection to the port, by its peer;
// nothing if this process has no descriptor left to look with.
std::optional<std::map<std::string, int64_t>> ReceivedBytes(uint16_t port);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_END_CONNECTION_H_

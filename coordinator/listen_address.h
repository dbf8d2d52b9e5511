#ifndef ISOSHAPE_COORDINATOR_LISTEN_ADDRESS_H_
#define ISOSHAPE_COORDINATOR_LISTEN_ADDRESS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace isoshape {

// `127.0.0.1:50551` or `[::1]:50551`, port 0: any that is free.
struct ListenAddress {
  std::string host;  // without brackets
  uint16_t port = 0;

  std::string ToString() const;
  bool IsLoopback() const;
};

// INVALID_ARGUMENT if the text is not HOST:PORT.
absl::StatusOr<ListenAddress> ParseListenAddress(const std::string& text);

// Tries to bind the address, as gRPC does not say why it could not: UNAVAILABLE
// if another program listens there or the host is not this machine's.
absl::Status CheckBindable(const ListenAddress& address);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_LISTEN_ADDRESS_H_

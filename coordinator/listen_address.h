#ifndef ISOSHAPE_COORDINATOR_LISTEN_ADDRESS_H_
#define ISOSHAPE_COORDINATOR_LISTEN_ADDRESS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace isoshape {

// `127.0.0.1:50551` or `[::1]:50551`, port 0: any that is free; or the path of
// a Unix socket, `unix:/run/isoshape.sock`.
struct ListenAddress {
  std::string host = {};  // without brackets
  uint16_t port = 0;
  std::string unix_path = {};  // if not empty, there is no host

  std::string ToString() const;
  // Whether only this machine reaches it.
  bool IsLoopback() const;
};

// INVALID_ARGUMENT if the text is neither HOST:PORT nor unix:PATH.
absl::StatusOr<ListenAddress> ParseListenAddress(const std::string& text);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_LISTEN_ADDRESS_H_

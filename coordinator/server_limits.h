#ifndef ISOSHAPE_COORDINATOR_SERVER_LIMITS_H_
#define ISOSHAPE_COORDINATOR_SERVER_LIMITS_H_

#include <grpcpp/server_builder.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace isoshape {

// Bounds what strangers who reach the port can make the process hold: no
// compressed requests (gRPC 1.51 looks at the size only after it has
// decompressed), memory and threads for calls, calls under way on a connection,
// bytes of headers, connections whose peer has gone without a word.
void LimitServer(grpc::ServerBuilder& builder);

// Raises the number of descriptors that the process may have, one for each
// connection, as far as it may without privileges.
void RaiseDescriptorLimit();

// How many threads a coordinator takes.
struct ThreadNeed {
  int to_start = 0;  // while nobody calls
  int in_use = 0;    // with those that calls add, an estimate
};
// On a machine of so many processors, not all of which it may have to use: gRPC
// goes by those that are there.
ThreadNeed ThreadsOn(int processors);

// RESOURCE_EXHAUSTED if the process may not start the threads that a start
// takes: to be asked before anything else starts some, as most of what does so,
// gRPC too, ends the process if it cannot, or hangs. A warning, one line, if it
// may start these and not as many as are estimated; else empty.
absl::StatusOr<std::string> CheckThreads(const ThreadNeed& need);

// A file that may not grow any more (RLIMIT_FSIZE) fails the write, as a full
// disk does, and does not end the process.
void IgnoreFileSizeSignal();

// How much memory answers over HTTP may take together: 512 MB, or a third of
// what this process may still take of addresses (RLIMIT_AS), if that is less,
// but 64 MB at least: a warning says so if that is more than a third.
size_t AnswerBytes();

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVER_LIMITS_H_

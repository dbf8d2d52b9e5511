#ifndef ISOSHAPE_BENCH_COORDINATOR_ECHO_SERVER_H_
#define ISOSHAPE_BENCH_COORDINATOR_ECHO_SERVER_H_

#include <string>

namespace isoshape {

// A gRPC server with the calls of workers that does nothing but answer: what
// gRPC alone costs. With a folder for a file it syncs each group of calls
// before it answers them, on a thread of its own, as a coordinator does: what
// gRPC and the disk cost. Prints the address and serves
// until the process ends; 1 if it cannot listen, or not sync.
int RunEchoServer(const std::string& folder);

}  // namespace isoshape

#endif  // ISOSHAPE_BENCH_COORDINATOR_ECHO_SERVER_H_

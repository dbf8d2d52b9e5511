#ifndef ISOSHAPE_BENCH_COORDINATOR_ECHO_SERVER_H_
#define ISOSHAPE_BENCH_COORDINATOR_ECHO_SERVER_H_

#include <string>

namespace isoshape {

// A gRPC server with the calls of workers that does nothing but answer: what
// gRPC alone costs. Prints the address and serves until the process ends; 1 if
// it cannot listen.
int RunEchoServer();

}  // namespace isoshape

#endif  // ISOSHAPE_BENCH_COORDINATOR_ECHO_SERVER_H_

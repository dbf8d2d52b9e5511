#ifndef ISOSHAPE_COORDINATOR_MALFORMED_REQUESTS_H_
#define ISOSHAPE_COORDINATOR_MALFORMED_REQUESTS_H_

#include <grpcpp/support/server_interceptor.h>

#include <memory>

namespace isoshape {

// An interceptor that has the server say INVALID_ARGUMENT to a request that
// cannot be read: bytes that are no message of the method's type, or a text
// that is not UTF-8. gRPC 1.51 says UNIMPLEMENTED, and nothing else, for which
// clients look for a newer server.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
ExplainMalformedRequests();

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_MALFORMED_REQUESTS_H_

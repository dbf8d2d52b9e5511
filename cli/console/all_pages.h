#ifndef ISOSHAPE_CLI_CONSOLE_ALL_PAGES_H_
#define ISOSHAPE_CLI_CONSOLE_ALL_PAGES_H_

#include <google/protobuf/repeated_field.h>
#include <grpcpp/client_context.h>

#include <algorithm>
#include <cstdint>

#include "absl/status/statusor.h"
#include "cli/console/client.h"
#include "common/status/status_macros.h"

namespace isoshape {

// The rows of a listing over all pages, in one response. `rows` is the
// response's field of rows, `page_size` the max that the method allows, and
// `limit` the max of rows (0: all). The page token is that of the last page
// read, so it is empty if there are no more rows. Errors are those of
// Client::Call.
//
//   AllPages(client, &Stub::ListTrials, request,
//            &v1::ListTrialsResponse::trials, 1000);
template <typename Stub, typename Request, typename Response, typename Row>
absl::StatusOr<Response> AllPages(
    Client& client,
    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                 Response*),
    Request request,
    const google::protobuf::RepeatedPtrField<Row>& (Response::*rows)() const,
    int64_t page_size, int64_t limit = 0) {
  Response all;
  int64_t read = 0;
  do {
    request.set_page_size(static_cast<int32_t>(
        limit > 0 ? std::min(limit - read, page_size) : page_size));
    ISOSHAPE_ASSIGN_OR_RETURN(const Response page,
                              client.Call(method, request));
    all.MergeFrom(page);
    request.set_page_token(page.next_page_token());
    read = (all.*rows)().size();
  } while (!request.page_token().empty() && (limit == 0 || read < limit));
  all.set_next_page_token(request.page_token());
  return all;
}

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CONSOLE_ALL_PAGES_H_

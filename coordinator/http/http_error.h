#ifndef ISOSHAPE_COORDINATOR_HTTP_HTTP_ERROR_H_
#define ISOSHAPE_COORDINATOR_HTTP_HTTP_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "coordinator/http/http_message.h"

namespace isoshape {

// The HTTP status of a canonical code, as Google's APIs map it: 404 for
// NOT_FOUND.
int HttpStatus(absl::StatusCode code);

// `{"code":"not_found","message":"…"}` with the status that belongs to it; the
// message is made one printable line.
HttpResponse ErrorResponse(const absl::Status& status);
// A response whose HTTP status does not follow from `code` (421, 431).
HttpResponse ErrorResponse(int http_status, absl::StatusCode code,
                           absl::string_view message);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_HTTP_ERROR_H_

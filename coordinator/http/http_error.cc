#include "coordinator/http/http_error.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status/code_name.h"
#include "common/status/retry_after.h"
#include "common/text/one_line.h"
#include "messages/json/json_text.h"

namespace isoshape {

int HttpStatus(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return 409;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kCancelled:
      return 499;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return 503;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

namespace {

HttpResponse Response(int http_status, absl::StatusCode code,
                      absl::string_view message, absl::Duration retry_delay) {
  std::string body =
      absl::StrCat("{\"code\":\"", CodeName(code), "\",\"message\":");
  AppendJsonString(OneLine(message, 2000), &body);
  if (retry_delay > absl::ZeroDuration()) {
    // As JSON has a google.protobuf.Duration.
    absl::StrAppend(&body, ",\"retry_delay\":\"",
                    absl::ToDoubleSeconds(retry_delay), "s\"");
  }
  return TextResponse(http_status, "application/json",
                      absl::StrCat(body, "}\n"));
}

}  // namespace

HttpResponse ErrorResponse(const absl::Status& status) {
  return Response(HttpStatus(status.code()), status.code(), status.message(),
                  RetryAfter(status).value_or(absl::ZeroDuration()));
}

HttpResponse ErrorResponse(int http_status, absl::StatusCode code,
                           absl::string_view message) {
  return Response(http_status, code, message, absl::ZeroDuration());
}

}  // namespace isoshape

#include "coordinator/http/response_head.h"

#include "absl/strings/str_cat.h"

namespace isoshape {
namespace {

namespace http = boost::beast::http;

// Neither scripts nor styles may stand in a page; what has them, such as the
// report, has a policy of its own.
constexpr char kPolicy[] =
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'";

}  // namespace

void SetHeaders(const HttpResponse& response, http::fields& fields) {
  fields.set("X-Content-Type-Options", "nosniff");
  fields.set("X-Frame-Options", "DENY");
  fields.set("Referrer-Policy", "no-referrer");
  fields.set("Cross-Origin-Resource-Policy", "same-origin");
  fields.set("Cross-Origin-Opener-Policy", "same-origin");
  fields.set("Content-Security-Policy",
             response.policy.empty() ? kPolicy : response.policy);
  fields.set(http::field::cache_control, response.cache_control);
  if (!response.etag.empty()) fields.set(http::field::etag, response.etag);
  if (!response.allow.empty()) fields.set(http::field::allow, response.allow);
  if (!response.location.empty()) {
    fields.set(http::field::location, response.location);
  }
  if (!response.set_cookie.empty()) {
    fields.set(http::field::set_cookie, response.set_cookie);
  }
  if (response.as_of.has_value()) {
    fields.set("Isoshape-As-Of", absl::StrCat(*response.as_of));
  }
  if (response.pace > absl::ZeroDuration()) {
    fields.set("Isoshape-Pace-Ms",
               absl::StrCat(absl::ToInt64Milliseconds(response.pace)));
  }
  if (response.status == 401) {
    fields.set(http::field::www_authenticate, "Bearer");
  }
  if (response.vary_encoding) {
    fields.set(http::field::vary, "Accept-Encoding");
  }
  if (response.status == 304) return;
  fields.set(http::field::content_type, response.content_type);
  if (!response.content_encoding.empty()) {
    fields.set(http::field::content_encoding, response.content_encoding);
  }
}

}  // namespace isoshape

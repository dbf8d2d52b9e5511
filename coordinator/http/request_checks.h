#ifndef ISOSHAPE_COORDINATOR_HTTP_REQUEST_CHECKS_H_
#define ISOSHAPE_COORDINATOR_HTTP_REQUEST_CHECKS_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "coordinator/http/http_message.h"

namespace isoshape {

// The hosts that a request may name. The checks keep out a page of somebody
// else's, open in a browser on this machine; docs/http.md, "Security", says
// what each is for.
struct RequestPolicy {
  // Names beside those of the loopback interface and the address that the
  // client connected to (--allow-host), in lower case.
  std::vector<std::string> allowed_hosts{};
  // Whether the certificate that is shown now is for this name; null without
  // TLS. Only who holds its key is called so: no page of a stranger is.
  std::function<bool(const std::string& host)> certified{};

  // Whether a name, in lower case, is one of either.
  bool Allows(const std::string& host) const;
};

// INVALID_ARGUMENT unless `host` is a name or an address without a port.
absl::Status CheckAllowedHost(absl::string_view host);

// The answer to a request that is refused, by its head alone: 400 (no Host),
// 421 (a foreign one), and for all methods but GET and HEAD 403 (another
// page's) and 415 (a form's). Nothing if it may pass.
std::optional<HttpResponse> RefuseRequest(const HttpRequest& request,
                                          const RequestPolicy& policy);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_REQUEST_CHECKS_H_

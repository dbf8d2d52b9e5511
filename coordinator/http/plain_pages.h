#ifndef ISOSHAPE_COORDINATOR_HTTP_PLAIN_PAGES_H_
#define ISOSHAPE_COORDINATOR_HTTP_PLAIN_PAGES_H_

#include <functional>

#include "coordinator/http/http_message.h"
#include "coordinator/http/rpc_bridge.h"

namespace isoshape {

// Answers `GET /plain/` (the campaigns) and `GET /plain/campaigns/{id}` (one of
// them with its figures as pictures and its trials): pages without a script,
// for browsers without one and for builds without the dashboard. `reply` is
// called once, from any thread. The memory of pages is borrowed for the
// bridge's lifetime.
std::function<void()> AnswerPlain(RpcBridge& bridge, const AnswerMemory& memory,
                                  const HttpRequest& request, HttpReply reply);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_PLAIN_PAGES_H_

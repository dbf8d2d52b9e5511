#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_SCHEDULER_ONCE_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_SCHEDULER_ONCE_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/status_macros.h"
#include "coordinator/planning/campaign_validation.h"
#include "coordinator/scheduler/scheduler.h"

namespace isoshape {

// `isoshape.v1.CreateCampaign` for CreateCampaignRequest.
template <typename Request>
std::string MethodOf() {
  return std::string(
      absl::StripSuffix(Request::descriptor()->full_name(), "Request"));
}

// Included by the scheduler's own files only.
template <typename Request, typename Verb>
auto Scheduler::Once(const Request& request, Verb verb) -> decltype(verb()) {
  using Response = decltype(verb())::value_type;
  ExpireLeases();
  ISOSHAPE_RETURN_IF_ERROR(
      CheckLength("request_id", request.request_id(), 128));
  if (request.request_id().empty()) return verb();
  const std::string method = MethodOf<Request>();
  const std::string fingerprint = RequestFingerprint(request);
  ISOSHAPE_ASSIGN_OR_RETURN(
      const std::optional<std::string> kept,
      requests_.Find(method, request.request_id(), fingerprint));
  if (kept.has_value()) {
    Response response;
    if (!response.ParseFromString(*kept)) {
      return absl::DataLossError(absl::StrCat("the kept answer to ", method,
                                              " cannot be read: the database "
                                              "is damaged"));
    }
    return response;
  }
  decltype(verb()) response = verb();
  if (response.ok()) {
    requests_.Keep(method, request.request_id(), fingerprint,
                   response->SerializeAsString(), Now());
  }
  return response;
}

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_SCHEDULER_ONCE_H_

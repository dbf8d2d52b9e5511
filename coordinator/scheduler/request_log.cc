#include "coordinator/scheduler/request_log.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/files/hash.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"

namespace isoshape {

namespace {

constexpr size_t kMaxIdBytes = 128;

// `isoshape.v1.CreateCampaign` of a CreateCampaignRequest.
std::string MethodOf(const google::protobuf::Message& request) {
  return std::string(
      absl::StripSuffix(request.GetDescriptor()->full_name(), "Request"));
}

std::string RequestIdOf(const google::protobuf::Message& request) {
  return request.GetReflection()->GetString(
      request, request.GetDescriptor()->FindFieldByName("request_id"));
}

}  // namespace

absl::StatusOr<std::optional<std::string>> RequestLog::FindSerialized(
    const google::protobuf::Message& request) {
  const std::string request_id = RequestIdOf(request);
  if (request_id.empty()) return std::nullopt;
  ISOSHAPE_RETURN_IF_ERROR(CheckRequestId(request_id));
  const std::string method = MethodOf(request);
  PutRequest kept;
  if (const auto it = fresh_.find({method, request_id}); it != fresh_.end()) {
    kept = it->second;
  } else {
    absl::StatusOr<PutRequest> stored = store_->GetRequest(method, request_id);
    if (absl::IsNotFound(stored.status())) return std::nullopt;
    if (!stored.ok()) return stored.status();
    kept = *std::move(stored);
  }
  if (kept.fingerprint != RequestFingerprint(request)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "request_id '", OneLine(request_id),
        "' was used before for a request of other content; use a new one for "
        "each new request"));
  }
  return std::move(kept.response);
}

void RequestLog::Keep(const google::protobuf::Message& request,
                      const google::protobuf::Message& response,
                      absl::Time time) {
  const std::string request_id = RequestIdOf(request);
  if (request_id.empty()) return;
  const std::string method = MethodOf(request);
  fresh_[{method, request_id}] =
      PutRequest{method, request_id, RequestFingerprint(request),
                 response.SerializeAsString(), time};
}

std::vector<PutRequest> RequestLog::Take() {
  std::vector<PutRequest> taken;
  taken.reserve(fresh_.size());
  for (auto& [key, put] : fresh_) taken.push_back(std::move(put));
  fresh_.clear();
  return taken;
}

absl::Status CheckRequestId(absl::string_view request_id) {
  return CheckLength("request_id", request_id, kMaxIdBytes);
}

std::string RequestFingerprint(const google::protobuf::Message& request) {
  const std::unique_ptr<google::protobuf::Message> content(request.New());
  content->CopyFrom(request);
  for (const char* left_out : {"request_id", "wait"}) {
    const auto* field = content->GetDescriptor()->FindFieldByName(left_out);
    if (field != nullptr) {
      content->GetReflection()->ClearField(content.get(), field);
    }
  }
  const std::string bytes = content->SerializeAsString();
  return absl::StrCat(bytes.size(), ":",
                      absl::Hex(Fnv1a64(bytes), absl::kZeroPad16));
}

}  // namespace isoshape

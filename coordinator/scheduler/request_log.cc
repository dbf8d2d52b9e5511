#include "coordinator/scheduler/request_log.h"

#include <cstdint>
#include <memory>

#include "absl/strings/str_cat.h"

namespace isoshape {

absl::StatusOr<std::optional<std::string>> RequestLog::Find(
    const std::string& method, const std::string& request_id,
    const std::string& fingerprint) {
  PutRequest kept;
  if (const auto it = fresh_.find({method, request_id}); it != fresh_.end()) {
    kept = it->second;
  } else {
    absl::StatusOr<PutRequest> stored = store_->GetRequest(method, request_id);
    if (absl::IsNotFound(stored.status())) return std::nullopt;
    if (!stored.ok()) return stored.status();
    kept = *std::move(stored);
  }
  if (kept.fingerprint != fingerprint) {
    return absl::InvalidArgumentError(absl::StrCat(
        "request_id '", request_id,
        "' was used before for a request of other content; use a new one for "
        "each new request"));
  }
  return std::move(kept.response);
}

void RequestLog::Keep(const std::string& method, const std::string& request_id,
                      const std::string& fingerprint, std::string response,
                      absl::Time time) {
  fresh_[{method, request_id}] =
      PutRequest{method, request_id, fingerprint, std::move(response), time};
}

std::vector<PutRequest> RequestLog::Take() {
  std::vector<PutRequest> taken;
  taken.reserve(fresh_.size());
  for (auto& [key, put] : fresh_) taken.push_back(std::move(put));
  fresh_.clear();
  return taken;
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
  uint64_t hash = 14695981039346656037u;
  for (const char byte : bytes) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211u;
  }
  return absl::StrCat(bytes.size(), ":", absl::Hex(hash, absl::kZeroPad16));
}

}  // namespace isoshape

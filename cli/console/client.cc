#include "cli/console/client.h"

#include <cstdint>
#include <random>

#include "absl/strings/str_cat.h"

namespace isoshape {

Client::Client(const std::string& server) : server_(server) {
  grpc::ChannelArguments arguments;
  // A coordinator that was started again is found again at once.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  channel_ = grpc::CreateCustomChannel(
      server, grpc::InsecureChannelCredentials(), arguments);
  campaigns_ = v1::CampaignService::NewStub(channel_);
  analysis_ = v1::AnalysisService::NewStub(channel_);
}

absl::Status Client::Explain(const grpc::Status& status) const {
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      return absl::UnavailableError(
          absl::StrCat("no coordinator answers at ", server_,
                       " (UNAVAILABLE: ", status.error_message(),
                       "); start one with 'isoshape serve' or set --server or "
                       "ISOSHAPE_SERVER"));
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return absl::DeadlineExceededError(absl::StrCat(
          "the coordinator at ", server_, " gave no answer within ",
          kDeadline.count(),
          " s (DEADLINE_EXCEEDED); look at its log, then try again"));
    case grpc::StatusCode::UNIMPLEMENTED:
      return absl::UnimplementedError(absl::StrCat(
          "the server at ", server_, " does not know this call (UNIMPLEMENTED",
          status.error_message().empty() ? "" : ": ", status.error_message(),
          "); is it an isoshape coordinator of this version?"));
    default:
      return FromGrpcStatus(status);
  }
}

std::string NewRequestId() {
  std::random_device random;
  std::string id = "cli-";
  for (int i = 0; i < 4; ++i) {
    absl::StrAppend(
        &id, absl::Hex(static_cast<uint32_t>(random()), absl::kZeroPad8));
  }
  return id;
}

}  // namespace isoshape

#include "cli/console/client.h"

#include <algorithm>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "cli/console/command.h"
#include "cli/console/interruption.h"
#include "common/net/channel.h"
#include "common/net/connection_problem.h"
#include "common/net/servers.h"
#include "common/status/retry_after.h"
#include "common/threads/clock.h"

namespace isoshape {
namespace {

constexpr char kSetting[] = "--server (or ISOSHAPE_SERVER)";
// Where nobody listens, for a client that will not be used.
constexpr char kNowhere[] = "127.0.0.1:1";
// How soon a signal is noticed.
constexpr absl::Duration kTick = absl::Milliseconds(50);

// Whether a signal has come that an Interruption has caught which still is.
bool Interrupted() { return Interruption::Installed() && Interruption::Seen(); }

// Whether a coordinator is no standby: that has a connection to give and no
// answer.
bool Serves(const std::shared_ptr<grpc::Channel>& channel) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(5));
  v1::ListCampaignsRequest request;
  request.set_page_size(1);
  v1::ListCampaignsResponse response;
  return v1::CampaignService::NewStub(channel)
             ->ListCampaigns(&context, request, &response)
             .error_code() != grpc::StatusCode::UNAVAILABLE;
}

}  // namespace

Client::Client(const std::string& server) : server_(server) {
  const absl::StatusOr<std::vector<std::string>> servers =
      ReadServers(kSetting, server);
  if (!servers.ok()) {
    usage_ = UsageError(servers.status().message());
  } else if (servers->empty()) {
    usage_ = UsageError(absl::StrCat(
        kSetting, " '", server,
        "' names no coordinator yet; give its address, or wait until the file "
        "is written"));
  }
  // gRPC complains on standard error of a server that is no address.
  Connect(usage_.ok() ? *servers : std::vector<std::string>{kNowhere});
  campaigns_ = v1::CampaignService::NewStub(channel_);
  analysis_ = v1::AnalysisService::NewStub(channel_);
  figures_ = v1::FigureService::NewStub(channel_);
  workers_ = v1::WorkerService::NewStub(channel_);
}

void Client::Connect(const std::vector<std::string>& servers) {
  for (const std::string& server : servers) {
    channel_ = MakeChannel(server);
    if (servers.size() == 1) return;  // it connects when it is called
    if (channel_->WaitForConnected(std::chrono::system_clock::now() +
                                   kConnectPatience)) {
      server_ = server;
      // A standby has the lead of nothing: the next one may.
      if (Serves(channel_)) return;
    }
  }
}

Client::CallWatch::CallWatch(grpc::ClientContext& context, absl::Duration begin,
                             absl::Duration& silence) {
  const bool can_be_interrupted = Interruption::Installed();
  if (!can_be_interrupted && silence == absl::InfiniteDuration()) return;
  thread_ = std::thread([this, &context, begin, &silence, can_be_interrupted] {
    while (!ended_.WaitForNotificationWithTimeout(kTick)) {
      if (can_be_interrupted && Interrupted()) context.TryCancel();
      if (Clock::Real()->Elapsed() - begin < silence) continue;
      silence = absl::InfiniteDuration();
      std::cerr << "isoshape: the coordinator is computing the answer; Ctrl-C "
                   "ends the wait\n";
    }
  });
}

Client::CallWatch::~CallWatch() {
  ended_.Notify();
  if (thread_.joinable()) thread_.join();
}

bool Client::AwaitNext(const grpc::Status& status, int attempt,
                       absl::Time end) {
  absl::Duration wait;
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    if (attempt >= kAttempts) return false;
    wait = absl::Milliseconds(150 * attempt);
  } else {
    const auto delay = RetryAfter(FromGrpcStatus(status));
    if (!delay || *delay == absl::ZeroDuration()) return false;
    wait = *delay;
    if (absl::Now() + wait >= end) return false;
  }
  // A clock that is set back does not prolong it.
  const absl::Duration next = Clock::Real()->Elapsed() + wait;
  while (Clock::Real()->Elapsed() < next) {
    if (Interrupted()) return false;
    Clock::Real()->Sleep(std::min(kTick, next - Clock::Real()->Elapsed()));
  }
  return true;
}

absl::Status Client::Explain(const grpc::Status& status,
                             std::chrono::seconds deadline) const {
  if (!usage_.ok()) return usage_;
  if (Interrupted()) {
    return absl::CancelledError("interrupted");
  }
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      // The coordinator's own answer: its disk is full, for example.
      if (channel_->GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_READY) {
        return FromGrpcStatus(status);
      }
      if (std::string problem = ConnectionProblem(server_); !problem.empty()) {
        return absl::UnavailableError(problem);
      }
      return absl::UnavailableError(
          absl::StrCat("no coordinator answers at ", server_,
                       " (UNAVAILABLE: ", status.error_message(),
                       "); start one with 'isoshape serve' or set --server or "
                       "ISOSHAPE_SERVER"));
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return absl::DeadlineExceededError(absl::StrCat(
          "the coordinator at ", server_, " gave no answer within ",
          deadline.count(),
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

}  // namespace isoshape

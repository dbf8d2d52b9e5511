#ifndef ISOSHAPE_CLI_CONSOLE_CLIENT_H_
#define ISOSHAPE_CLI_CONSOLE_CLIENT_H_

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/status/grpc_status.h"
#include "common/threads/clock.h"
#include "isoshape/v1/analysis_service.grpc.pb.h"
#include "isoshape/v1/campaign_service.grpc.pb.h"
#include "isoshape/v1/figure_service.grpc.pb.h"
#include "isoshape/v1/worker_service.grpc.pb.h"

namespace isoshape {

// The command line's calls to a coordinator. Every unary call has a deadline,
// 30 s, or 10 min if the coordinator computes the answer (fits and figures),
// and is sent again, up to three times, if the coordinator did not answer:
// reads change nothing and changes carry a request_id. One that is refused
// since the coordinator is busy is sent again when the coordinator says, within
// that deadline. A signal that an Interruption catches ends a call at once
// (CANCELLED). Thread-safe.
//
//   Client client("127.0.0.1:50551");
//   auto campaign = client.Call(&CampaignStub::GetCampaign, request);
class Client {
 public:
  using CampaignStub = v1::CampaignService::Stub;
  using AnalysisStub = v1::AnalysisService::Stub;
  using FigureStub = v1::FigureService::Stub;
  using WorkerStub = v1::WorkerService::Stub;

  // `server` as ReadServers takes it; of several the first that answers is
  // called.
  explicit Client(const std::string& server);

  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(
      grpc::Status (CampaignStub::*method)(grpc::ClientContext*, const Request&,
                                           Response*),
      const Request& request) {
    return CallStub(*campaigns_, method, request);
  }
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(
      grpc::Status (AnalysisStub::*method)(grpc::ClientContext*, const Request&,
                                           Response*),
      const Request& request) {
    return CallLong(*analysis_, method, request);
  }
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(
      grpc::Status (FigureStub::*method)(grpc::ClientContext*, const Request&,
                                         Response*),
      const Request& request) {
    return CallLong(*figures_, method, request);
  }
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(
      grpc::Status (WorkerStub::*method)(grpc::ClientContext*, const Request&,
                                         Response*),
      const Request& request) {
    return CallStub(*workers_, method, request);
  }

  // Asks an analysis of a campaign (`campaigns/c1`). With `newest` the answer
  // rests on every trial that has ended when it is asked.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Ask(
      grpc::Status (AnalysisStub::*method)(grpc::ClientContext*, const Request&,
                                           Response*),
      const std::string& campaign, Request request = {}, bool newest = true) {
    request.set_campaign(campaign);
    request.set_wait_for_newest(newest);
    return Call(method, request);
  }

  CampaignStub& campaigns() { return *campaigns_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  const std::string& server() const { return server_; }

  // Says what a failed call means for the user. UNAVAILABLE is told apart from
  // what the coordinator answered and comes with a remedy; a server that is no
  // address is a usage error.
  absl::Status Explain(const grpc::Status& status) const {
    return Explain(status, kDeadline);
  }

 private:
  static constexpr int kAttempts = 3;
  static constexpr std::chrono::seconds kDeadline{30};
  // The deadline of calls whose answer is computed when it is asked for; the
  // client for Python has the same.
  static constexpr std::chrono::seconds kLongDeadline{600};
  // How long nothing is said of an answer that is being computed.
  static constexpr absl::Duration kSilence = absl::Seconds(5);
  // Time that a coordinator started a moment ago gets to listen.
  static constexpr std::chrono::seconds kConnectPatience{1};

  // Watches over a call from another thread until it has ended: a signal that
  // an Interruption catches ends it, and if the call takes longer than
  // `silence`, standard error says that the answer is being computed.
  class CallWatch {
   public:
    // `silence` is measured from `begin` on, when the call was first sent, by
    // Clock::Elapsed. Sets it to infinity when it has spoken, so that a call
    // that is sent again is not announced again.
    CallWatch(grpc::ClientContext& context, absl::Duration begin,
              absl::Duration& silence);
    ~CallWatch();

   private:
    absl::Notification ended_;
    std::thread thread_;
  };

  absl::Status Explain(const grpc::Status& status,
                       std::chrono::seconds deadline) const;
  // Waits until a call that ended so may be sent again; false if it is not to
  // be. `attempt` counts from 1, `end` is that of the patience with a busy
  // coordinator.
  static bool AwaitNext(const grpc::Status& status, int attempt,
                        absl::Time end);
  // Makes the channel: to the first that answers, or else to the last.
  void Connect(const std::vector<std::string>& servers);

  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> CallLong(
      Stub& stub,
      grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                   Response*),
      const Request& request) {
    return CallStub(stub, method, request, kLongDeadline, kSilence);
  }

  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> CallStub(
      Stub& stub,
      grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                   Response*),
      const Request& request, std::chrono::seconds deadline = kDeadline,
      absl::Duration silence = absl::InfiniteDuration()) {
    if (!usage_.ok()) return usage_;
    channel_->WaitForConnected(std::chrono::system_clock::now() +
                               kConnectPatience);
    const absl::Time end = absl::Now() + absl::FromChrono(deadline);
    const absl::Duration begin = Clock::Real()->Elapsed();
    for (int attempt = 1;; ++attempt) {
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::now() + deadline);
      Response response;
      grpc::Status status;
      {
        const CallWatch watch(context, begin, silence);
        status = (stub.*method)(&context, request, &response);
      }
      if (status.ok()) return response;
      if (!AwaitNext(status, attempt, end)) return Explain(status, deadline);
    }
  }

  std::string server_;  // which answers, or all that were given
  absl::Status usage_;  // an error if `server_` is no address
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<CampaignStub> campaigns_;
  std::unique_ptr<AnalysisStub> analysis_;
  std::unique_ptr<FigureStub> figures_;
  std::unique_ptr<WorkerStub> workers_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CONSOLE_CLIENT_H_

// Which of several coordinators the client asks: it stays with one that
// answers, be it not as asked, and leaves one that does not for the next.
#include "worker/coordinator/coordinator_client.h"

#include <gmock/gmock.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "tests/worker/captured_log.h"

namespace isoshape {
namespace {

// Answers each heartbeat with one status. A call for leases that may wait waits
// until it is cancelled; another one is granted nothing.
class OneAnswer : public v1::WorkerService::Service {
 public:
  explicit OneAnswer(grpc::Status answer) : answer_(std::move(answer)) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }

  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }
  int times_asked() const { return times_asked_; }
  int times_leased() const { return times_leased_; }
  void AwaitLeaseCall() { lease_waits_.WaitForNotification(); }

 private:
  grpc::Status Heartbeat(grpc::ServerContext* /*context*/,
                         const v1::HeartbeatRequest* /*request*/,
                         v1::HeartbeatResponse* /*response*/) override {
    ++times_asked_;
    return answer_;
  }
  grpc::Status LeaseTrials(grpc::ServerContext* context,
                           const v1::LeaseTrialsRequest* request,
                           v1::LeaseTrialsResponse* /*response*/) override {
    ++times_leased_;
    if (!request->has_wait()) return grpc::Status::OK;
    lease_waits_.Notify();
    const absl::Notification never;
    while (!context->IsCancelled()) {
      never.WaitForNotificationWithTimeout(absl::Milliseconds(1));
    }
    return grpc::Status::CANCELLED;
  }

  const grpc::Status answer_;
  int port_ = 0;
  std::atomic<int> times_asked_ = 0;
  std::atomic<int> times_leased_ = 0;
  absl::Notification lease_waits_;
  std::unique_ptr<grpc::Server> server_;
};

// Asks the first of two coordinators, which answers so, three times.
void AskThreeTimes(const grpc::Status& answer, OneAnswer& first,
                   OneAnswer& second) {
  CoordinatorClient client(
      absl::StrCat(first.address(), ",", second.address()));
  for (int i = 0; i < 3; ++i) {
    const auto response =
        client.Heartbeat(v1::HeartbeatRequest(), absl::Seconds(30));
    if (i == 0) {
      EXPECT_EQ(static_cast<int>(response.status().code()),
                static_cast<int>(answer.error_code()));
    }
  }
}

TEST(CoordinatorClientTest, OneThatIsBusyIsStayedWithAndToldOfOnce) {
  const CapturedLog log;
  const grpc::Status answer(grpc::StatusCode::RESOURCE_EXHAUSTED, "256 calls");
  OneAnswer busy(answer);
  OneAnswer other(grpc::Status::OK);
  AskThreeTimes(answer, busy, other);
  EXPECT_EQ(busy.times_asked(), 3);
  EXPECT_EQ(other.times_asked(), 0);
  EXPECT_EQ(log.Count("is busy: 256 calls"), 1);
  EXPECT_EQ(log.Count("no answer from the coordinator"), 0);
}

TEST(CoordinatorClientTest, OneThatAbortsACallHasAnswered) {
  const CapturedLog log;
  const grpc::Status answer(grpc::StatusCode::ABORTED, "another process");
  OneAnswer aborts(answer);
  OneAnswer other(grpc::Status::OK);
  AskThreeTimes(answer, aborts, other);
  EXPECT_EQ(aborts.times_asked(), 3);
  EXPECT_EQ(other.times_asked(), 0);
  EXPECT_EQ(log.text(), "");
}

TEST(CoordinatorClientTest, OneThatCannotAnswerIsLeftForTheNext) {
  const CapturedLog log;
  const grpc::Status answer(grpc::StatusCode::UNAVAILABLE, "shutting down");
  OneAnswer gone(answer);
  OneAnswer other(grpc::Status::OK);
  AskThreeTimes(answer, gone, other);
  EXPECT_EQ(gone.times_asked(), 1);
  EXPECT_EQ(other.times_asked(), 2);
  EXPECT_EQ(log.Count("no answer from the coordinator"), 1);
}

// It had asked the next, a standby, whether the call was granted something, and
// the trial that it was granted was lost.
TEST(CoordinatorClientTest, OneWhoseLeaseCallIsCancelledIsStayedWith) {
  const CapturedLog log;
  OneAnswer first(grpc::Status::OK);
  OneAnswer second(grpc::Status::OK);
  CoordinatorClient client(
      absl::StrCat(first.address(), ",", second.address()));
  v1::LeaseTrialsRequest request;
  request.mutable_wait()->set_seconds(300);
  std::thread cancel([&] {
    first.AwaitLeaseCall();
    client.CancelLease();
  });
  EXPECT_EQ(client.Lease(request, absl::Minutes(5)).status().code(),
            absl::StatusCode::kCancelled);
  cancel.join();
  EXPECT_TRUE(client.LeaseAgain(request, absl::Minutes(5)).ok());
  EXPECT_EQ(first.times_leased(), 2);
  EXPECT_EQ(second.times_leased(), 0);
  EXPECT_EQ(log.text(), "");
}

// As the first call is that asks what was granted, after which the trials of
// the worker's slots were handed back to a standby.
TEST(CoordinatorClientTest, OneThatIsGivenTooLittleTimeToAnswerIsStayedWith) {
  const CapturedLog log;
  OneAnswer first(grpc::Status::OK);
  OneAnswer second(grpc::Status::OK);
  CoordinatorClient client(
      absl::StrCat(first.address(), ",", second.address()));
  v1::LeaseTrialsRequest request;
  request.mutable_wait()->set_nanos(200'000'000);
  EXPECT_EQ(client.Lease(request, absl::ZeroDuration()).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(client.Heartbeat(v1::HeartbeatRequest(), absl::Minutes(5)).ok());
  EXPECT_EQ(first.times_asked(), 1);
  EXPECT_EQ(second.times_asked(), 0);
  EXPECT_EQ(log.text(), "");
}

TEST(CoordinatorClientTest, OneThatDoesNotAnswerInTimeIsLeftForTheNext) {
  OneAnswer silent(grpc::Status::OK);
  OneAnswer other(grpc::Status::OK);
  CoordinatorClient client(
      absl::StrCat(silent.address(), ",", other.address()));
  v1::LeaseTrialsRequest request;
  request.mutable_wait()->set_seconds(300);
  EXPECT_EQ(client
                .Lease(request, LeasingCoordinator::kTellingDeadline -
                                    absl::Seconds(300))
                .status()
                .code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(client.LeaseAgain(request, absl::Minutes(5)).ok());
  EXPECT_EQ(silent.times_leased(), 1);
  EXPECT_EQ(other.times_leased(), 1);
}

TEST(CoordinatorClientTest, OneThatCancelsOtherCallsIsLeftAfterThatToo) {
  OneAnswer gone(grpc::Status(grpc::StatusCode::CANCELLED, "shutting down"));
  OneAnswer other(grpc::Status::OK);
  CoordinatorClient client(absl::StrCat(gone.address(), ",", other.address()));
  client.CancelLease();
  EXPECT_FALSE(client.Heartbeat(v1::HeartbeatRequest(), absl::Minutes(5)).ok());
  EXPECT_TRUE(client.Heartbeat(v1::HeartbeatRequest(), absl::Minutes(5)).ok());
}

// It was waited for until the deadline of the call.
TEST(CoordinatorClientTest, OneThatRefusesIsLeftForTheNextAtOnce) {
  OneAnswer there(grpc::Status::OK);
  CoordinatorClient client(absl::StrCat("127.0.0.1:1,", there.address()));
  const absl::Time begin = absl::Now();
  EXPECT_EQ(client.Heartbeat(v1::HeartbeatRequest(), absl::Minutes(5))
                .status()
                .code(),
            absl::StatusCode::kUnavailable);
  EXPECT_LT(absl::Now() - begin, absl::Minutes(1));
  EXPECT_TRUE(client.Heartbeat(v1::HeartbeatRequest(), absl::Minutes(5)).ok());
}

}  // namespace
}  // namespace isoshape

#include "coordinator/services/read_queue.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "common/status/retry_after.h"
#include "coordinator/services/worker_service.h"
#include "isoshape/v1/worker_service.grpc.pb.h"
#include "tests/coordinator/memory_store.h"

namespace isoshape {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Seconds(30);

// A job of the queue that is kept until the test lets it go.
class LongRead {
 public:
  ReadQueue::Job Job() {
    return [this](const absl::Status&) {
      begun_.Notify();
      go_.WaitForNotificationWithTimeout(kPatience);
    };
  }
  bool AwaitBegun() { return begun_.WaitForNotificationWithTimeout(kPatience); }
  void Go() { go_.Notify(); }

 private:
  absl::Notification begun_;
  absl::Notification go_;
};

TEST(ReadQueueTest, EachClientHasItsTurnHoweverMuchAnotherAsks) {
  LongRead first;
  std::vector<std::string> order;
  absl::BlockingCounter left(5);
  ReadQueue queue({.threads = 1});
  queue.Add("a", first.Job());
  ASSERT_TRUE(first.AwaitBegun());
  for (const char* client : {"a", "a", "a", "b", "c"}) {
    queue.Add(client, [&, client](const absl::Status& status) {
      EXPECT_TRUE(status.ok()) << status;
      order.emplace_back(client);
      left.DecrementCount();
    });
  }
  first.Go();
  left.Wait();
  EXPECT_THAT(order, ElementsAre("a", "b", "c", "a", "a"));
}

TEST(ReadQueueTest, WhatFindsTooManyBeforeItIsRefusedAndToldWhenToComeAgain) {
  LongRead first;
  std::vector<absl::Status> ends(3, absl::UnknownError("not called"));
  {
    ReadQueue queue({.threads = 1, .max_waiting = 2});
    queue.Add("a", first.Job());
    ASSERT_TRUE(first.AwaitBegun());
    for (absl::Status& end : ends) {
      queue.Add("a", [&end](const absl::Status& status) { end = status; });
    }
    EXPECT_EQ(ends[2].code(), absl::StatusCode::kResourceExhausted);
    EXPECT_THAT(ends[2].message(),
                HasSubstr("2 questions to answer before this one"));
    EXPECT_GT(RetryAfter(ends[2]), absl::ZeroDuration());
    // Who waits when it stops is told so, before what has begun is over.
    queue.Stop();
    EXPECT_EQ(ends[0].code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(ends[1].code(), absl::StatusCode::kUnavailable);
    queue.Add("a", [&ends](const absl::Status& status) { ends[2] = status; });
    EXPECT_EQ(ends[2].code(), absl::StatusCode::kUnavailable);
    first.Go();
  }
}

// Once the scheduler has read them, lists of workers wait until the test lets
// them go.
class SlowStore final : public MemoryStore {
 public:
  void Hold() { held_ = true; }
  absl::StatusOr<std::vector<v1::Worker>> ListWorkers(
      const Page<std::string>& page) override {
    if (!held_) return MemoryStore::ListWorkers(page);
    {
      absl::MutexLock lock(&mutex_);
      ++begun_;
    }
    go_.WaitForNotificationWithTimeout(kPatience);
    return MemoryStore::ListWorkers(page);
  }
  bool AwaitBegun(int count) {
    const auto reached = [&] { return begun_ >= count; };
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(&reached), kPatience);
  }
  void Go() { go_.Notify(); }

 private:
  std::atomic<bool> held_ = false;
  absl::Mutex mutex_;
  int begun_ = 0;
  absl::Notification go_;
};

// One list on each of the two threads that gRPC has on a small machine keeps
// all calls waiting if it reads there, heartbeats and probes of health among
// them.
TEST(ReadQueueTest, LongReadsHoldUpNoCallThatChangesSomethingNorHealth) {
  SlowStore store;
  FakeClock clock;
  Executor::Options options;
  options.scheduler = {.store = &store, .clock = &clock};
  auto executor = Executor::Start(std::move(options));
  ASSERT_TRUE(executor.ok()) << executor.status();
  store.Hold();
  ReadQueue reads;
  WorkerService service({.store = &store,
                         .executor = executor->get(),
                         .reads = &reads,
                         .clock = &clock});
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  const auto channel = server->InProcessChannel({});
  const auto stub = v1::WorkerService::NewStub(channel);
  const auto deadline = absl::ToChronoTime(absl::Now() + kPatience);

  struct List {
    grpc::ClientContext context;
    v1::ListWorkersRequest request;
    v1::ListWorkersResponse response;
    std::promise<grpc::Status> end;
  };
  std::list<List> lists(8);
  for (List& list : lists) {
    stub->async()->ListWorkers(
        &list.context, &list.request, &list.response,
        [&list](const grpc::Status& status) { list.end.set_value(status); });
  }
  ASSERT_TRUE(store.AwaitBegun(2));

  grpc::ClientContext context;
  context.set_deadline(deadline);
  v1::RegisterWorkerRequest request;
  request.mutable_worker()->set_name("workers/a");
  v1::RegisterWorkerResponse response;
  const grpc::Status registered =
      stub->RegisterWorker(&context, request, &response);
  EXPECT_TRUE(registered.ok()) << registered.error_message();

  grpc::GenericStub any(channel);
  grpc::ClientContext probe;
  probe.set_deadline(deadline);
  const grpc::Slice nothing("");
  const grpc::ByteBuffer question(&nothing, 1);
  grpc::ByteBuffer answer;
  std::promise<grpc::Status> healthy;
  any.UnaryCall(&probe, "/grpc.health.v1.Health/Check", {}, &question, &answer,
                [&](const grpc::Status& status) { healthy.set_value(status); });
  const grpc::Status health = healthy.get_future().get();
  EXPECT_TRUE(health.ok()) << health.error_message();

  store.Go();
  for (List& list : lists) {
    const grpc::Status end = list.end.get_future().get();
    EXPECT_TRUE(end.ok()) << end.error_message();
  }
  server->Shutdown();
  server->Wait();
}

}  // namespace
}  // namespace isoshape

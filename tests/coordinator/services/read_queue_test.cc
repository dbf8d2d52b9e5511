#include "coordinator/services/read_queue.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <list>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

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
    return {.end = [this](const absl::Status&) {
      begun_.Notify();
      go_.WaitForNotificationWithTimeout(kPatience);
    }};
  }
  bool AwaitBegun() { return begun_.WaitForNotificationWithTimeout(kPatience); }
  void Go() { go_.Notify(); }

 private:
  absl::Notification begun_;
  absl::Notification go_;
};

// A queue of one thread, which reads something long until Go.
class BusyQueue {
 public:
  explicit BusyQueue(size_t max_waiting = 4096)
      : queue_({.threads = 1, .max_waiting = max_waiting}) {
    queue_.Add({"first", "1"}, first_.Job());
    EXPECT_TRUE(first_.AwaitBegun());
  }
  ~BusyQueue() { Go(); }

  // Asks for a read that is noted under its name when it is done.
  void Ask(const std::string& who, const std::string& connection) {
    ++asked_;
    queue_.Add({who, connection},
               {.end = [this, name = who + connection](
                           const absl::Status& status) { End(name, status); }});
  }
  // The same of one that nobody waits for any more.
  void AskAndGo(const std::string& who, const std::string& connection) {
    ++asked_;
    queue_.Add({who, connection},
               {.end = [this, name = who + connection](
                           const absl::Status& status) { End(name, status); },
                .abandoned = [] { return true; }});
  }
  void Go() {
    if (!std::exchange(gone_, true)) first_.Go();
  }
  ReadQueue& queue() { return queue_; }

  // What has been done, in its order, once all that was asked for has ended.
  std::vector<std::string> Done() {
    Go();
    absl::MutexLock lock(&mutex_);
    const auto all = [this] { return ended_ == asked_; };
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&all), kPatience));
    return done_;
  }
  // What was not, by name.
  std::vector<std::pair<std::string, absl::Status>> Refused() {
    absl::MutexLock lock(&mutex_);
    return refused_;
  }

 private:
  void End(const std::string& name, const absl::Status& status) {
    absl::MutexLock lock(&mutex_);
    ++ended_;
    if (status.ok()) {
      done_.push_back(name);
    } else {
      refused_.emplace_back(name, status);
    }
  }

  LongRead first_;
  bool gone_ = false;
  std::atomic<int> asked_ = 0;
  absl::Mutex mutex_;
  int ended_ = 0;
  std::vector<std::string> done_;
  std::vector<std::pair<std::string, absl::Status>> refused_;
  ReadQueue queue_;  // last: its thread uses the others
};

TEST(ReadQueueTest, EachHasHisTurnHoweverMuchAnotherAsks) {
  BusyQueue busy;
  for (const char* who : {"a", "a", "a", "b", "c"}) busy.Ask(who, "1");
  EXPECT_THAT(busy.Done(), ElementsAre("a1", "b1", "c1", "a1", "a1"));
}

TEST(ReadQueueTest, WhoOpensManyConnectionsHasOneTurn) {
  BusyQueue busy;
  for (const char* connection : {"1", "2", "3"}) busy.Ask("a", connection);
  busy.Ask("a", "1");
  busy.Ask("b", "1");
  busy.Ask("b", "1");
  EXPECT_THAT(busy.Done(), ElementsAre("a1", "b1", "a2", "b1", "a3", "a1"));
}

TEST(ReadQueueTest, WhatNobodyWaitsForTakesNoTurn) {
  BusyQueue busy;
  for (int i = 0; i < 3; ++i) busy.AskAndGo("a", "1");
  busy.AskAndGo("a", "2");
  busy.Ask("a", "3");
  busy.Ask("b", "1");
  busy.AskAndGo("c", "1");
  EXPECT_THAT(busy.Done(), ElementsAre("a3", "b1"));
  ASSERT_EQ(busy.Refused().size(), 5u);
  for (const auto& [name, status] : busy.Refused()) {
    EXPECT_EQ(status.code(), absl::StatusCode::kCancelled) << name;
  }
}

TEST(ReadQueueTest, NobodyTakesTheRoomOfOthers) {
  BusyQueue busy(/*max_waiting=*/30);
  // One connection has a third, as much as it leaves to its owner's others.
  for (int i = 0; i < 30; ++i) busy.Ask("a", "1");
  EXPECT_EQ(busy.Refused().size(), 20u);
  EXPECT_EQ(busy.Refused()[0].second.code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(busy.Refused()[0].second.message(),
              HasSubstr("10 reads to do, 10 of them yours"));
  EXPECT_GT(RetryAfter(busy.Refused()[0].second), absl::ZeroDuration());
  // Many of them have half.
  for (int i = 0; i < 30; ++i) busy.Ask("a", std::to_string(i));
  EXPECT_EQ(busy.Refused().size(), 45u);
  // Whoever comes finds room, of which he leaves some.
  for (int i = 0; i < 4; ++i) busy.Ask("b", "1");
  EXPECT_EQ(busy.Refused().size(), 45u);
  busy.Ask("c", "1");
  EXPECT_EQ(busy.Refused().size(), 45u);
}

TEST(ReadQueueTest, WhatWaitsWhenItStopsIsToldSoBeforeWhatHasBegunIsOver) {
  BusyQueue busy;
  busy.Ask("a", "1");
  busy.Ask("b", "1");
  busy.queue().Stop();
  busy.Ask("c", "1");
  ASSERT_EQ(busy.Refused().size(), 3u);
  for (const auto& [name, status] : busy.Refused()) {
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << name;
  }
}

// WorkerService of a store, served in this process.
class ServedWorkers {
 public:
  explicit ServedWorkers(Store* store) {
    Executor::Options options;
    options.scheduler = {.store = store, .clock = &clock_};
    auto executor = Executor::Start(std::move(options));
    EXPECT_TRUE(executor.ok()) << executor.status();
    if (!executor.ok()) return;
    executor_ = *std::move(executor);
    service_ = std::make_unique<WorkerService>(
        WorkerService::Options{.store = store,
                               .executor = executor_.get(),
                               .reads = &reads_,
                               .clock = &clock_});
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
  }
  ~ServedWorkers() {
    if (server_ == nullptr) return;
    server_->Shutdown();
    server_->Wait();
  }

  std::shared_ptr<grpc::Channel> channel() {
    return server_->InProcessChannel({});
  }

 private:
  FakeClock clock_;
  std::unique_ptr<Executor> executor_;
  ReadQueue reads_;
  std::unique_ptr<WorkerService> service_;
  std::unique_ptr<grpc::Server> server_;
};

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
}

// Has no memory for a list of workers once it is told to.
class StoreWithoutMemory final : public MemoryStore {
 public:
  absl::StatusOr<std::vector<v1::Worker>> ListWorkers(
      const Page<std::string>& page) override {
    if (full) throw std::bad_alloc();
    return MemoryStore::ListWorkers(page);
  }
  std::atomic<bool> full = false;
};

TEST(ReadQueueTest, AReadThatFindsNoMemoryIsAnsweredAndSoIsTheNext) {
  StoreWithoutMemory store;
  ServedWorkers served(&store);
  const auto stub = v1::WorkerService::NewStub(served.channel());
  const auto list = [&] {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::ListWorkersResponse response;
    return stub->ListWorkers(&context, {}, &response);
  };
  store.full = true;
  // As many as there are threads, and one.
  for (int i = 0; i < 3; ++i) {
    const grpc::Status refused = list();
    EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_THAT(refused.error_message(), HasSubstr("no memory for that now"));
  }
  store.full = false;
  const grpc::Status listed = list();
  EXPECT_TRUE(listed.ok()) << listed.error_message();
}

// Once the scheduler has read them, lists of workers wait until the test lets
// them go.
class SlowStore final : public MemoryStore {
 public:
  void HoldReads() { held_ = true; }
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
  struct List {
    grpc::ClientContext context;
    v1::ListWorkersRequest request;
    v1::ListWorkersResponse response;
    std::promise<grpc::Status> end;
  };
  // More than gRPC has threads, which are as many as processors at most 16.
  std::list<List> lists(32);
  SlowStore store;
  ServedWorkers served(&store);
  store.HoldReads();
  const auto channel = served.channel();
  const auto stub = v1::WorkerService::NewStub(channel);
  for (List& list : lists) {
    stub->async()->ListWorkers(
        &list.context, &list.request, &list.response,
        [&list](const grpc::Status& status) { list.end.set_value(status); });
  }
  EXPECT_TRUE(store.AwaitBegun(2));

  grpc::ClientContext context;
  SetDeadline(context);
  v1::RegisterWorkerRequest request;
  request.mutable_worker()->set_name("workers/a");
  v1::RegisterWorkerResponse response;
  const grpc::Status registered =
      stub->RegisterWorker(&context, request, &response);
  EXPECT_TRUE(registered.ok()) << registered.error_message();

  grpc::GenericStub any(channel);
  grpc::ClientContext probe;
  SetDeadline(probe);
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
}

}  // namespace
}  // namespace isoshape

// A database that does not answer: what needs it waits, and nothing else does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "common/threads/clock.h"
#include "coordinator/http/http_message.h"
#include "coordinator/http/http_server.h"
#include "coordinator/http/router.h"
#include "coordinator/listen_address.h"
#include "coordinator/listener.h"
#include "coordinator/metrics/metrics.h"
#include "coordinator/scheduler/disk_watch.h"
#include "tests/coordinator/http/http_fixture.h"
#include "tests/coordinator/staging_store.h"
#include "tests/http_client.h"
#include "tests/storage/sqlite/sqlite_folder.h"

namespace isoshape {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr absl::Duration kPatience = absl::Seconds(30);

// A router on a port of its own.
class RoutedServer {
 public:
  explicit RoutedServer(Router::Options options) : router_(std::move(options)) {
    auto listener = Listener::Bind(*ParseListenAddress("127.0.0.1:0"));
    EXPECT_TRUE(listener.ok()) << listener.status();
    listener_ = *std::move(listener);
    listener_->Start([this](int descriptor) { http_.Accept(descriptor); });
  }

  uint16_t port() const {
    return static_cast<uint16_t>(listener_->address().port);
  }
  std::string Ask(absl::string_view target) const {
    RawClient client(port());
    client.Send(HttpText("GET", target));
    return client.ReadResponse();
  }

 private:
  Router router_;
  HttpServer http_{{}, [this](const HttpRequest& request, HttpReply reply) {
                     return router_.Handle(request, std::move(reply));
                   }};
  std::unique_ptr<Listener> listener_;
};

// Whose waits for an event last until a test has moved it on.
class HeldClock : public FakeClock {
 public:
  bool SleepUntil(const Event& event, absl::Duration duration) override {
    const absl::Duration end = Elapsed() + duration;
    while (Elapsed() < end) {
      if (event.WaitFor(absl::Milliseconds(1))) return true;
    }
    return event.HasBeenNotified();
  }
};

TEST(DiskStallTest, AProbeThatComesAloneIsToldInTimeThatItsCheckHangs) {
  absl::Notification begun;
  std::function<void(const absl::Status&)> answer;
  HeldClock clock;
  Router::Options options;
  options.clock = &clock;
  options.ready = [&](const auto& done) {
    answer = done;
    begun.Notify();
  };
  Router router(std::move(options));
  HttpRequest probe;
  probe.method = "GET";
  probe.target = "/readyz";
  absl::Notification told;
  router.Handle(probe, [&](const HttpResponse& response) {
    EXPECT_EQ(response.status, 503);
    told.Notify();
  });
  ASSERT_TRUE(begun.WaitForNotificationWithTimeout(kPatience));
  clock.Advance(absl::Milliseconds(4999));
  EXPECT_FALSE(told.HasBeenNotified());
  clock.Advance(absl::Milliseconds(1));
  ASSERT_TRUE(told.WaitForNotificationWithTimeout(kPatience));
  // Whom it told is not told again.
  answer(absl::OkStatus());
}

TEST(DiskStallTest, ACheckOfReadinessThatHangsHoldsUpNothingElse) {
  absl::Notification begun;
  absl::Notification go;
  std::atomic<int> checks = 0;
  HeldClock clock;
  Router::Options options;
  options.clock = &clock;
  options.ready = [&](const auto& done) {
    if (++checks == 1) begun.Notify();
    go.WaitForNotificationWithTimeout(kPatience);
    done(absl::OkStatus());
  };
  const RoutedServer server(std::move(options));
  RawClient first(server.port());
  first.Send(HttpText("GET", "/readyz"));
  ASSERT_TRUE(begun.WaitForNotificationWithTimeout(kPatience));
  EXPECT_EQ(BodyOf(server.Ask("/healthz")), "live\n");
  clock.Advance(absl::Seconds(5));
  const std::string second = server.Ask("/readyz");
  EXPECT_EQ(StatusOf(second), 503);
  EXPECT_THAT(BodyOf(second), HasSubstr("the check has not ended after 5s"));
  EXPECT_EQ(StatusOf(first.ReadResponse()), 503);
  EXPECT_EQ(StatusOf(server.Ask("/readyz")), 503);
  EXPECT_EQ(checks, 1);
  go.Notify();
  // Until the check has ended as well.
  while (StatusOf(server.Ask("/readyz")) != 200) {
  }
  EXPECT_GE(checks, 2);
}

// Whoever asked without end had a check of his own under way all the time, and
// another's probe was told that it is not ready: a stranger took a coordinator
// out of service.
TEST(DiskStallTest, WhoAsksWhileACheckIsUnderWayIsToldWhatItFinds) {
  constexpr int kProbes = 20;
  absl::Notification begun;
  absl::Notification go;
  std::atomic<int> checks = 0;
  HeldClock clock;
  Router::Options options;
  options.clock = &clock;
  options.ready = [&](const auto& done) {
    if (++checks > 1) return done(absl::UnavailableError("it is gone"));
    begun.Notify();
    go.WaitForNotificationWithTimeout(kPatience);
    done(absl::OkStatus());
  };
  Router router(std::move(options));
  HttpRequest probe;
  probe.method = "GET";
  probe.target = "/readyz";
  std::atomic<int> ready = 0;
  absl::BlockingCounter told(kProbes);
  const auto ask = [&] {
    router.Handle(probe, [&](const HttpResponse& response) {
      if (response.status == 200) ++ready;
      told.DecrementCount();
    });
  };
  ask();
  ASSERT_TRUE(begun.WaitForNotificationWithTimeout(kPatience));
  for (int i = 2; i < kProbes; ++i) ask();
  clock.Advance(absl::Milliseconds(4999));
  ask();
  EXPECT_EQ(ready, 0) << "it is not known yet";
  go.Notify();
  told.Wait();
  EXPECT_EQ(ready, kProbes);
  EXPECT_EQ(checks, 1);
  // What was found holds for those who asked before.
  absl::Notification over;
  router.Handle(probe, [&](const HttpResponse& response) {
    EXPECT_EQ(response.status, 503);
    over.Notify();
  });
  EXPECT_TRUE(over.WaitForNotificationWithTimeout(kPatience));
  EXPECT_EQ(checks, 2);
}

TEST(DiskStallTest, WhatIsKnownOfReadinessIsToldWithoutACheck) {
  std::atomic<bool> stalls = true;
  std::atomic<int> checks = 0;
  Router::Options options;
  options.ready = [&](const auto& done) {
    ++checks;
    done(absl::OkStatus());
  };
  options.unready = [&] {
    return stalls ? absl::UnavailableError("the disk has not answered for 3s")
                  : absl::OkStatus();
  };
  const RoutedServer server(std::move(options));
  const std::string told = server.Ask("/readyz");
  EXPECT_EQ(StatusOf(told), 503);
  EXPECT_THAT(BodyOf(told), HasSubstr("the disk has not answered for 3s"));
  EXPECT_EQ(checks, 0);
  stalls = false;
  EXPECT_EQ(BodyOf(server.Ask("/readyz")), "ready\n");
}

// It read the store on the only thread of HTTP, and the probes of life failed.
TEST(DiskStallTest, AStreamThatBeginsHoldsUpNothingElse) {
  absl::Notification begun;
  absl::Notification go;
  Router::Options options;
  std::atomic<bool> in_time = false;
  options.start_events = [&](const v1::WatchChangesRequest&, const auto&) {
    begun.Notify();
    in_time = go.WaitForNotificationWithTimeout(kPatience);
    return absl::NotFoundError("there is no campaigns/c1");
  };
  const RoutedServer server(std::move(options));
  RawClient stream(server.port());
  stream.Send(HttpText("GET", "/v1/events?campaigns=c1"));
  ASSERT_TRUE(begun.WaitForNotificationWithTimeout(kPatience));
  EXPECT_EQ(BodyOf(server.Ask("/healthz")), "live\n");
  go.Notify();
  EXPECT_EQ(StatusOf(stream.ReadResponse()), 404);
  EXPECT_TRUE(in_time);
}

// Commits go to their log, and nothing waits for whoever has the tables.
TEST_F(HttpTest, ACoordinatorWhoseTablesAreLockedIsReady) {
  Create();
  OtherProgram other(folder_.File("campaigns.db"));
  other.BePatient();
  other.Run("BEGIN IMMEDIATE");
  for (int i = 0; i < 20; ++i) {
    Create(absl::StrCat("more", i));
    EXPECT_EQ(BodyOf(Get("/readyz")), "ready\n");
    // The thread that brings them to the tables waits all the time, and is
    // nobody's to wait for.
    clock_.Advance(2 * DiskWatch::kPatience);
    EXPECT_EQ(BodyOf(Get("/readyz")), "ready\n");
  }
  other.Run("ROLLBACK");
}

// It was answered that there is no such campaign.
TEST_F(HttpTest, ADatabaseThatIsCutOffIsNotTakenForAnEmptyOne) {
  const std::string campaign = Create().name();
  std::filesystem::resize_file(folder_.File("campaigns.db"), 0);
  v1::GetCampaignRequest get;
  get.set_name(campaign);
  v1::PauseCampaignRequest pause;
  pause.set_name(campaign);
  constexpr char kWhy[] = "was written or cut off by another program";
  for (int i = 0; i < 3; ++i) {
    Refused(StatusCode::UNAVAILABLE, kWhy, *campaigns_,
            &v1::CampaignService::Stub::PauseCampaign, pause);
    Refused(StatusCode::UNAVAILABLE, kWhy, *campaigns_,
            &v1::CampaignService::Stub::GetCampaign, get);
    Refused(StatusCode::UNAVAILABLE, kWhy, *campaigns_,
            &v1::CampaignService::Stub::ListCampaigns,
            v1::ListCampaignsRequest());
    const std::string ready = Get("/readyz");
    EXPECT_EQ(StatusOf(ready), 503);
    EXPECT_THAT(BodyOf(ready), HasSubstr(kWhy));
  }
  EXPECT_EQ(BodyOf(Get("/healthz")), "live\n");
}

TEST(DiskStallTest, MetricsTellOfItWithoutReadingTheStore) {
  StagingStore store;
  ASSERT_TRUE(store
                  .Stage(std::make_shared<const std::vector<Mutation>>(
                      std::vector<Mutation>{PutCounter{"n", 1}}))
                  .ok());
  std::atomic<double> silence = 12.5;
  Metrics metrics({.store = &store, .lease_duration = kPatience, .load = [&] {
                     Executor::Load load;
                     load.queued = 7;
                     load.disk_silence = absl::Seconds(silence.load());
                     return load;
                   }});
  store.Hold();
  std::string text;
  absl::Notification scraped;
  std::thread scrape([&] {
    text = metrics.Text();
    scraped.Notify();
  });
  EXPECT_TRUE(scraped.WaitForNotificationWithTimeout(kPatience));
  store.Release();
  scrape.join();
  EXPECT_THAT(text, HasSubstr("\nisoshape_disk_silence_seconds 12.5\n"));
  EXPECT_THAT(text, HasSubstr("\nisoshape_queued_calls 7\n"));
  EXPECT_THAT(text, HasSubstr("\nisoshape_scrape_errors_total 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("\nisoshape_workers ")));
  silence = 0;
  text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("\nisoshape_disk_silence_seconds 0\n"));
  EXPECT_THAT(text, HasSubstr("\nisoshape_workers 0\n"));
  EXPECT_THAT(text, HasSubstr("\nisoshape_scrape_errors_total 1\n"));
}

}  // namespace
}  // namespace isoshape

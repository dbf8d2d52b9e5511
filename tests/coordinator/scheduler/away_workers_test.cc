// A coordinator that knows more workers than it is to keep.
#include "coordinator/scheduler/away_workers.h"

#include <map>
#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "common/status/retry_after.h"
#include "tests/coordinator/scheduler/scheduler_fixture.h"

namespace isoshape {
namespace {

using Code = absl::StatusCode;
using ::testing::HasSubstr;

class AwayWorkers : public SchedulerTest {
 protected:
  AwayWorkers() { Create(SmallCampaign(), "c1"); }
  // Registers workers of such names, and commits once.
  void RegisterMany(const std::string& prefix, size_t count) {
    v1::RegisterWorkerRequest request;
    for (size_t i = 0; i < count; ++i) {
      request.mutable_worker()->set_name(absl::StrCat(prefix, i));
      ASSERT_TRUE(scheduler_->RegisterWorker(request).ok());
    }
    Commit();
  }
  bool IsKnown(const std::string& name) const {
    return scheduler_->workers().contains(name);
  }
  size_t known() const { return scheduler_->workers().size(); }
  // 16 kB.
  static void SayMuch(v1::Worker& worker) {
    for (int i = 0; i < 240; ++i) {
      worker.add_datasets(absl::StrCat("d", i, std::string(58, 'x')));
    }
  }
  size_t bytes() const {
    size_t bytes = 0;
    for (const auto& [name, worker] : scheduler_->workers()) {
      bytes += worker.ByteSizeLong();
    }
    return bytes;
  }
};

TEST_F(AwayWorkers, ThatHaveGoneLongestAreForgottenAndWhatPeopleSaidIsNot) {
  for (const char* name : {"workers/drained", "workers/back", "workers/awaited",
                           "workers/faulty"}) {
    Register(name);
  }
  v1::DrainWorkerRequest drain;
  drain.set_name("workers/drained");
  ASSERT_TRUE(Do(&Scheduler::DrainWorker, drain).ok());
  v1::CreateTrialRequest reserve;
  reserve.set_parent("campaigns/c1");
  reserve.mutable_trial()->set_budget_flops(2.5e11);
  reserve.mutable_trial()->mutable_shape()->set_depth(2);
  reserve.mutable_trial()->mutable_shape()->set_width(64);
  reserve.mutable_trial()->set_seed(100);
  reserve.mutable_trial()->set_purpose(v1::Trial::VERIFICATION);
  reserve.mutable_trial()->set_reserved_worker("workers/awaited");
  ASSERT_TRUE(Do(&Scheduler::CreateTrial, reserve).ok());
  auto release = For<v1::ReleaseTrialRequest>(LeaseOne("workers/faulty"));
  release.set_cause(v1::ReleaseTrialRequest::WORKER_FAULT);
  release.set_reason("no disk");
  ASSERT_TRUE(Do(&Scheduler::ReleaseTrial, release).ok());
  clock_.Advance(kLease / 2);
  LeaseOne("workers/back");
  RegisterMany("workers/early", 100);
  clock_.Advance(2 * kLease);
  RegisterMany("workers/away", kMaxWorkers - known());
  clock_.Advance(2 * kLease);
  EXPECT_EQ(known(), kMaxWorkers);
  RegisterMany("workers/new", kLookEach + 1);
  EXPECT_LE(known(), kMaxWorkers + kLookEach);
  EXPECT_EQ(data_->workers.size(), known());
  for (const char* name :
       {"workers/drained", "workers/back", "workers/awaited", "workers/faulty",
        "workers/new0", "workers/away19000"}) {
    EXPECT_TRUE(IsKnown(name)) << name;
  }
  for (const char* name :
       {"workers/early0", "workers/early99", "workers/away0"}) {
    EXPECT_FALSE(IsKnown(name)) << name;
  }
}

TEST_F(AwayWorkers, TenThousandOfAFleetStayHoweverManyAreMadeUp) {
  RegisterMany("workers/fleet", 10'000);
  clock_.Advance(kLease / 2);
  for (int i = 0; i < 10'000; ++i) {
    v1::LeaseTrialsRequest request;
    request.set_worker(absl::StrCat("workers/fleet", i));
    request.set_max_trials(1);
    ASSERT_TRUE(scheduler_->LeaseTrials(request).ok());
  }
  Commit();
  for (int round = 0; round < 4; ++round) {
    clock_.Advance(2 * kLease);
    RegisterMany(absl::StrCat("workers/made", round, "x"), 5'000);
    EXPECT_LE(known(), kMaxWorkers + kLookEach);
  }
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_TRUE(IsKnown(absl::StrCat("workers/fleet", i))) << i;
  }
}

TEST_F(AwayWorkers, ThoseThatSayMuchTakeABoundedRoom) {
  RegisterMany("workers/fleet", 1'000);
  clock_.Advance(2 * kLease);
  v1::RegisterWorkerRequest request;
  SayMuch(*request.mutable_worker());
  for (int i = 0; i < 4'000; ++i) {
    if (i % 1'000 == 0) clock_.Advance(2 * kLease);
    request.mutable_worker()->set_name(absl::StrCat("workers/large", i));
    ASSERT_TRUE(scheduler_->RegisterWorker(request).ok());
  }
  EXPECT_LE(bytes(), kMaxBytesOfWorkers + kLookEach * (16 << 10));
  EXPECT_GT(bytes(), kMaxBytesOfWorkers / 2);
  EXPECT_TRUE(IsKnown("workers/large3999"));
}

// A name that is known is no way around the bound.
TEST_F(AwayWorkers, ThoseThatSayMoreWhenTheyRegisterAgainTakeABoundedRoomToo) {
  RegisterMany("workers/w", 4'000);
  v1::RegisterWorkerRequest request;
  SayMuch(*request.mutable_worker());
  for (int i = 0; i < 4'000; ++i) {
    if (i % 500 == 0) clock_.Advance(2 * kLease);
    request.mutable_worker()->set_name(absl::StrCat("workers/w", i));
    ASSERT_TRUE(scheduler_->RegisterWorker(request).ok());
    ASSERT_TRUE(IsKnown(request.worker().name()));
  }
  EXPECT_LE(bytes(), kMaxBytesOfWorkers + kLookEachBytes);
  EXPECT_GT(bytes(), kMaxBytesOfWorkers / 2);
}

TEST(WorkerRoomTest, WhoIsThereAndSaysMuchLeavesNoRoomUntilItHasGone) {
  constexpr size_t kEach = 16 << 10;
  WorkerRoom room;
  absl::Duration now;
  std::map<std::string, v1::Worker> workers;
  v1::Worker& all = workers["workers/all"];
  size_t taken = 0;
  absl::Status refused;
  for (; refused.ok() && taken < 10'000; ++taken) {
    if (room.IsTimeToLook(/*is_new=*/true, kEach, now)) {
      all.mutable_hostname()->resize(taken * kEach, 'x');
      room.Looked(workers, now);
    }
    refused = room.Take(/*is_new=*/true, kEach);
  }
  EXPECT_EQ(refused.code(), Code::kResourceExhausted);
  EXPECT_THAT(std::string(refused.message()),
              HasSubstr("there is room for 128"));
  EXPECT_EQ(RetryAfter(refused), absl::Seconds(1));
  EXPECT_NEAR(static_cast<double>(taken * kEach), kMostBytesOfWorkers,
              2 * kEach);
  // One that says no more than before registers all the same.
  EXPECT_EQ(room.Take(/*is_new=*/false, 0), absl::OkStatus());
  // A look at all takes long, and is not had by asking again and again.
  all.mutable_hostname()->resize(kMostBytesOfWorkers, 'x');
  room.Looked(workers, now);
  EXPECT_FALSE(room.IsTimeToLook(/*is_new=*/true, kEach, now));
  now += absl::Seconds(2);
  EXPECT_TRUE(room.IsTimeToLook(/*is_new=*/true, kEach, now));
  workers.clear();
  room.Looked(workers, now);
  EXPECT_EQ(room.Take(/*is_new=*/true, kEach), absl::OkStatus());
}

TEST_F(AwayWorkers, ThoseThatAreThereAreKeptHoweverMany) {
  RegisterMany("workers/w", kMaxWorkers + 1'000);
  EXPECT_EQ(known(), kMaxWorkers + 1'000);
}

TEST_F(AwayWorkers, OfOneWorkerLittleIsKept) {
  v1::RegisterWorkerRequest request;
  v1::Worker& worker = *request.mutable_worker();
  worker.set_name("workers/a");
  // What a machine has at most: a hundred data sets that were trained on.
  for (int i = 0; i < 100; ++i) {
    worker.add_datasets(absl::StrCat("d", i, std::string(40, 'x')));
    v1::DataContent& data = *worker.add_data();
    data.set_dataset(worker.datasets(i));
    data.set_fingerprint(std::string(64, 'f'));
  }
  request.set_request_id("one");
  ASSERT_TRUE(Do(&Scheduler::RegisterWorker, request).ok());
  ASSERT_EQ(data_->requests.size(), 1u);
  EXPECT_LT(data_->requests.begin()->second.response.size(), 20u);
  request.set_request_id("two");
  for (int i = 100; i < 500; ++i) {
    worker.add_datasets(absl::StrCat("d", i, std::string(40, 'x')));
  }
  EXPECT_THAT(
      Refused(Code::kInvalidArgument, &Scheduler::RegisterWorker, request),
      testing::AllOf(HasSubstr("500 names of data among them; give at most "
                               "16384"),
                     testing::Not(HasSubstr("xxx"))));
}

TEST_F(AwayWorkers, TheLineOfTheLogIsShortAndSaysWhoRegistered) {
  v1::RegisterWorkerRequest request;
  v1::Worker& worker = *request.mutable_worker();
  worker.set_name("workers/a");
  worker.set_device(std::string(1000, 'd'));
  for (int i = 0; i < 300; ++i) worker.add_datasets(absl::StrCat("data", i));
  ASSERT_TRUE(scheduler_->RegisterWorker(request).ok());
  std::string told;
  for (const Mutation& mutation : scheduler_->TakeMutations()) {
    if (const auto* tell = std::get_if<TellChange>(&mutation)) {
      told += tell->text;
    }
  }
  EXPECT_THAT(told, HasSubstr("workers/a registered: ddd"));
  EXPECT_THAT(told, HasSubstr(", slots 1, data data0 data1"));
  EXPECT_LE(told.size(), 220u);
}

TEST_F(AwayWorkers, ARegistrationThatIsSentAgainChangesNothingThatCameSince) {
  v1::RegisterWorkerRequest request;
  request.mutable_worker()->set_name("workers/a");
  request.mutable_worker()->set_hostname("before");
  request.set_request_id("one");
  ASSERT_TRUE(Do(&Scheduler::RegisterWorker, request).ok());
  v1::RegisterWorkerRequest newer = request;
  newer.mutable_worker()->set_hostname("after");
  newer.set_request_id("two");
  ASSERT_TRUE(Do(&Scheduler::RegisterWorker, newer).ok());
  EXPECT_EQ(Do(&Scheduler::RegisterWorker, request)->worker().hostname(),
            "after");
  clock_.Advance(2 * kLease);
  v1::DeleteWorkerRequest forget;
  forget.set_name("workers/a");
  ASSERT_TRUE(Do(&Scheduler::DeleteWorker, forget).ok());
  const auto again = Do(&Scheduler::RegisterWorker, request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->worker().name(), "workers/a");
  EXPECT_EQ(again->worker().hostname(), "before");
  EXPECT_EQ(known(), 0u) << "it registers anew when it is told so";
}

}  // namespace
}  // namespace isoshape

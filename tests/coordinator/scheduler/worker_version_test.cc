#include "coordinator/scheduler/worker_version.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/coordinator/scheduler/scheduler_fixture.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

TEST(WorkerVersionTest, TheSameAndWhatIsNotOursNeedNothing) {
  for (const char* const program :
       {"isoshape-worker 1.2.3", "isoshape simulate fleet", "mine 9.0.0", "",
        "isoshape-worker", "isoshape-worker 1.2", "isoshape-worker 1.2.x",
        "isoshape-worker -1.2.3", "isoshape-worker 2.0.0 or so"}) {
    EXPECT_EQ(CompareWorkerVersion(program, "1.2.3").value(), "") << program;
  }
}

TEST(WorkerVersionTest, AnotherOfTheSameMajorVersionIsToldWhatToDo) {
  // By their numbers: 1.10 is newer than 1.9.
  EXPECT_THAT(CompareWorkerVersion("isoshape-worker 1.9.0", "1.10.0").value(),
              AllOf(HasSubstr("isoshape-worker 1.9.0 is older than this "
                              "coordinator, 1.10.0: install isoshape 1.10.0"),
                    Not(HasSubstr("upgrade the coordinator"))));
  EXPECT_THAT(CompareWorkerVersion("isoshape-python 1.2.4", "1.2.3").value(),
              HasSubstr("newer than this coordinator, 1.2.3: upgrade the "
                        "coordinator to 1.2.4, or install isoshape 1.2.3"));
}

TEST(WorkerVersionTest, AnotherMajorVersionIsRefusedWithTheRemedy) {
  const auto older = CompareWorkerVersion("isoshape-worker 0.9.0", "1.0.0");
  EXPECT_EQ(older.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(older.status().message()),
              HasSubstr("install isoshape 1.0.0 where the worker runs"));
  const auto newer = CompareWorkerVersion("isoshape-worker 2.0.0", "1.0.0");
  EXPECT_EQ(newer.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(newer.status().message()),
              HasSubstr("upgrade the coordinator to 2.0.0"));
}

class RegisteredVersionTest : public SchedulerTest {};

TEST_F(RegisteredVersionTest, AWorkerOfAnotherMajorVersionIsNotRegistered) {
  v1::RegisterWorkerRequest request;
  request.mutable_worker()->set_name("workers/w");
  request.mutable_worker()->set_version("isoshape-worker 99.0.0");
  EXPECT_THAT(Refused(absl::StatusCode::kFailedPrecondition,
                      &Scheduler::RegisterWorker, request),
              HasSubstr("upgrade the coordinator to 99.0.0"));
  request.mutable_worker()->set_version("isoshape-worker " + OwnVersion());
  EXPECT_EQ(Do(&Scheduler::RegisterWorker, request).status(), absl::OkStatus());
}

TEST_F(RegisteredVersionTest, AnOlderMinorVersionIsRegisteredWithTheRemedy) {
  const std::vector<std::string> own = absl::StrSplit(OwnVersion(), '.');
  ASSERT_THAT(own, SizeIs(3));
  if (own[1] == "0" && own[2] == "0") GTEST_SKIP() << "none is older";
  v1::RegisterWorkerRequest request;
  request.mutable_worker()->set_name("workers/w");
  request.mutable_worker()->set_version(
      absl::StrCat("isoshape-worker ", own[0], ".0.0"));
  auto answer = Do(&Scheduler::RegisterWorker, request);
  ASSERT_EQ(answer.status(), absl::OkStatus());
  EXPECT_THAT(answer->note(),
              HasSubstr(absl::StrCat(own[0], ".0.0 is older than this ",
                                     "coordinator, ", OwnVersion(),
                                     ": install isoshape ", OwnVersion())));
  // It is given work like any other.
  EXPECT_EQ(answer->worker().state(), v1::Worker::ONLINE);

  request.mutable_worker()->set_version("isoshape-worker " + OwnVersion());
  answer = Do(&Scheduler::RegisterWorker, request);
  ASSERT_EQ(answer.status(), absl::OkStatus());
  EXPECT_EQ(answer->note(), "");
}

}  // namespace
}  // namespace isoshape

#include "worker/run/kept_results.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "messages/checks/field_limits.h"
#include "tests/temp_folder.h"
#include "tests/worker/captured_log.h"
#include "tests/worker/run/run_fixture.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class KeptResultsTest : public RunTest {
 protected:
  KeptResultsTest() { context_.keeper = &keeper_; }

  v1::CompleteTrialRequest Result(int64_t token = 7) {
    v1::CompleteTrialRequest completion;
    completion.set_worker("workers/w");
    completion.set_trial(kTrial);
    completion.set_fencing_token(token);
    completion.set_state(v1::Trial::SUCCEEDED);
    completion.mutable_shape_card()->set_validation_loss(2.5);
    completion.set_start_step(3);
    return completion;
  }
  // The files that a worker which is started now would see.
  std::vector<KeptResult> Left(const std::string& server = "here:1") {
    return ResultKeeper(folder_.path(), server).TakeLeft();
  }

  const TempFolder folder_;
  ResultKeeper keeper_{folder_.path(), "here:1"};
};

TEST_F(KeptResultsTest, WhatIsKeptIsFoundAsItWasWithItsPoints) {
  std::vector<v1::Measurement> points(1500);
  for (int i = 0; i < 1500; ++i) points[static_cast<size_t>(i)].set_step(i + 4);
  EXPECT_TRUE(keeper_.Keep(Result(), points).is_kept());
  const std::vector<KeptResult> left = Left();
  ASSERT_THAT(left, SizeIs(1));
  EXPECT_EQ(left[0].completion().shape_card().validation_loss(), 2.5);
  EXPECT_EQ(left[0].completion().fencing_token(), 7);
  ASSERT_THAT(left[0].reports(), SizeIs(2));  // as many as a call may have
  EXPECT_EQ(left[0].reports()[0].measurements_size(), 1000);
  EXPECT_EQ(left[0].reports()[1].measurements(499).step(), 1503);
  EXPECT_EQ(left[0].reports()[1].fencing_token(), 7);
  EXPECT_EQ(left[0].reports()[1].start_step(), 3);
}

TEST_F(KeptResultsTest, TheResultOfAWorkerThatLivesIsItsOwn) {
  {
    const KeptResult mine = keeper_.Keep(Result(), {});
    EXPECT_THAT(Left(), IsEmpty());
  }
  const std::vector<KeptResult> left = Left();
  EXPECT_THAT(left, SizeIs(1));
  EXPECT_THAT(Left(), IsEmpty());  // who took it, has it
}

// What NFS needs of a lock, and what takes it away there.
TEST_F(KeptResultsTest, ItIsLockedByOneDescriptorThatIsOpenForWriting) {
  EXPECT_TRUE(keeper_.Keep(Result(), {}).is_kept());
  const std::vector<KeptResult> left = Left();
  ASSERT_THAT(left, SizeIs(1));
  std::vector<int> modes;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    if (std::filesystem::read_symlink(entry.path(), error) != left[0].path()) {
      continue;
    }
    const int file = std::stoi(entry.path().filename().string());
    modes.push_back(fcntl(file, F_GETFL) & O_ACCMODE);
  }
  EXPECT_THAT(modes, ElementsAre(O_RDWR));
}

TEST_F(KeptResultsTest, WhatCannotBeReadIsSaidAndNotTakenForTheWorkOfOthers) {
  const CapturedLog log;
  std::filesystem::create_directory(folder_.File("a.result"));
  EXPECT_THAT(Left(), IsEmpty());
  EXPECT_EQ(log.Count("it cannot be opened: Is a directory"), 1);
  // Nothing waits for a pipe, or reads a device without an end.
  ASSERT_EQ(mkfifo(folder_.File("b.result").c_str(), 0600), 0);
  std::filesystem::create_symlink("/dev/zero", folder_.File("c.result"));
  EXPECT_THAT(Left(), IsEmpty());
  EXPECT_EQ(log.Count("it is no result of a worker"), 2);
}

TEST_F(KeptResultsTest, ThoseForAnotherServerStayThereAndAreToldOfTogether) {
  const CapturedLog log;
  EXPECT_TRUE(keeper_.Keep(Result(7), {}).is_kept());
  EXPECT_TRUE(keeper_.Keep(Result(8), {}).is_kept());
  EXPECT_THAT(Left("there:2"), IsEmpty());
  EXPECT_EQ(log.Count("2 results of workers that have ended stay there"), 1);
  EXPECT_EQ(log.Count("\n"), 1);
  EXPECT_THAT(Left(), SizeIs(2));
}

TEST_F(KeptResultsTest, WhatNoCoordinatorStoresOfACardIsNotKept) {
  v1::CompleteTrialRequest completion = Result();
  completion.mutable_shape_card()->set_engine(std::string(5000, 'e'));
  EXPECT_TRUE(keeper_.Keep(completion, {}).is_kept());
  const std::vector<KeptResult> left = Left();
  ASSERT_THAT(left, SizeIs(1));
  EXPECT_EQ(CheckFields(left[0].completion()), absl::OkStatus());
  EXPECT_EQ(left[0].completion().shape_card().validation_loss(), 2.5);
}

TEST_F(KeptResultsTest, ADraftThatAWorkerIsWritingStays) {
  const std::string draft = folder_.Write("a.result.new", "half");
  const int writer = open(draft.c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_EQ(flock(writer, LOCK_EX | LOCK_NB), 0);
  EXPECT_THAT(Left(), IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(draft));
  close(writer);  // it is killed
  EXPECT_THAT(Left(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(draft));
}

TEST_F(KeptResultsTest, ADamagedFileIsLeftThereAndADraftIsRemoved) {
  const std::string path = keeper_.Keep(Result(), {}).path();
  ASSERT_NE(path, "");
  std::filesystem::copy(path, path + ".new");
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 5);
  EXPECT_THAT(Left(), IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_FALSE(std::filesystem::exists(path + ".new"));
}

TEST_F(KeptResultsTest, AFolderThatCannotBeWrittenCostsNoResultInHand) {
  ResultKeeper nowhere("/proc/none", "here:1");
  EXPECT_FALSE(nowhere.Keep(Result(), {}).is_kept());
  context_.keeper = &nowhere;
  TrainQuietly(absl::Seconds(5), 1);
  Execute();
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
}

TEST_F(KeptResultsTest, AResultIsOnTheDiskUntilTheCoordinatorHasIt) {
  TrainMeasured(absl::Seconds(5), 2);
  size_t while_away = 0;
  clock_.At(absl::Seconds(9), [&] {
    coordinator_.away = absl::UnavailableError("connection refused");
  });
  clock_.At(absl::Seconds(20), [&] {
    while_away = static_cast<size_t>(
        std::distance(std::filesystem::directory_iterator(folder_.path()), {}));
    coordinator_.away = absl::OkStatus();
  });
  Execute();
  EXPECT_EQ(while_away, 1u);
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(KeptResultsTest, AResultThatADrainedWorkerCannotReportStays) {
  TrainMeasured(absl::Seconds(5), 2);
  coordinator_.call_takes = absl::Seconds(1);
  clock_.At(absl::Seconds(9), [&] {
    coordinator_.away = absl::UnavailableError("connection refused");
  });
  clock_.At(absl::Seconds(20), [&] { drain_.Notify(); });
  Execute();
  const std::vector<KeptResult> left = Left();
  ASSERT_THAT(left, SizeIs(1));
  EXPECT_EQ(left[0].completion().state(), v1::Trial::SUCCEEDED);
  // The point of step 1 was reported before.
  ASSERT_THAT(left[0].reports(), SizeIs(1));
  EXPECT_EQ(left[0].reports()[0].measurements_size(), 1);
  EXPECT_EQ(left[0].reports()[0].measurements(0).step(), 2);
}

TEST_F(KeptResultsTest, AResultThatNobodyWantsIsForgotten) {
  TrainQuietly(absl::Seconds(5), 2);
  clock_.At(absl::Seconds(9), [&] { coordinator_.Grant(kTrial); });
  Execute();
  EXPECT_EQ(Completed(), v1::Trial::STATE_UNSPECIFIED);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

}  // namespace
}  // namespace isoshape

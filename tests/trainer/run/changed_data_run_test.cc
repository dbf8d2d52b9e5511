// Runs whose data change while they train.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "tests/temp_folder.h"
#include "tests/trainer/data/some_text.h"
#include "tests/trainer/recorder.h"
#include "tests/trainer/small_run.h"
#include "trainer/data/data.h"

namespace isoshape {
namespace {

namespace fs = std::filesystem;

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using Outcome = RunResult::Outcome;

// Does something to the data behind a step.
struct Meddler : Recorder {
  void OnMeasurement(const Measurement& measurement) override {
    Recorder::OnMeasurement(measurement);
    if (measurement.step == meddle_at) meddle();
  }
  int64_t meddle_at = 5;
  std::function<void()> meddle;
};

class ChangedDataRunTest : public testing::Test {
 protected:
  ChangedDataRunTest()
      : text_(SomeText(3 << 20, 1)), path_(folder_.Write("text.bin", text_)) {}

  // A run on a file that is too large to be kept in memory; all tokens of it
  // are below 1 << 16.
  RunResult Train(const std::function<void()>& meddle) {
    Meddler meddler;
    meddler.meddle = meddle;
    return Train(meddler, "");
  }
  // With a checkpoint in a folder at its end and when it is stopped.
  RunResult Train(Meddler& meddler, const std::string& checkpoint_path,
                  double checkpoint_seconds = 60) {
    RunSpec spec = SmallRun();
    spec.shape.vocab = 1 << 15;
    spec.data_path = path_;
    spec.report_seconds = 0;
    spec.checkpoint_path = checkpoint_path;
    spec.checkpoint_seconds = checkpoint_seconds;
    const auto data = OpenData(path_);
    return RunTraining(spec, *data, Device(), meddler.stop, meddler);
  }
  // The same size, the same tokens, another text.
  std::string OtherText() const {
    std::string other = text_;
    std::swap(other[0], other[2000001]);
    other[1000000] = other[1000000] == 'a' ? 'b' : 'a';
    return other;
  }
  void Overwrite(const std::string& content) const {
    std::fstream(path_, std::ios::in | std::ios::out | std::ios::binary)
        << content;
    MoveTime();
  }
  void MoveTime() const {
    fs::last_write_time(path_,
                        fs::last_write_time(path_) + std::chrono::seconds(1));
  }
  void ExpectFault(const RunResult& result, const char* words) const {
    EXPECT_EQ(result.outcome, Outcome::kFailed);
    EXPECT_TRUE(result.worker_fault);
    EXPECT_EQ(result.other_data, "");
    EXPECT_FALSE(result.card.has_value());
    EXPECT_THAT(result.error, AllOf(HasSubstr(path_), HasSubstr(words)));
  }

  TempFolder folder_;
  const std::string text_;
  const std::string path_;
};

TEST_F(ChangedDataRunTest, LeftAloneTheyGiveALossAndSoIfTheyAreOnlyTouched) {
  const RunResult alone = Train([] {});
  ASSERT_EQ(alone.outcome, Outcome::kSucceeded) << alone.error;
  EXPECT_FALSE(alone.worker_fault);
  const RunResult touched = Train([this] { MoveTime(); });
  ASSERT_EQ(touched.outcome, Outcome::kSucceeded) << touched.error;
  EXPECT_EQ(touched.card->validation_loss, alone.card->validation_loss);
}

TEST_F(ChangedDataRunTest, TokensBeyondTheVocabularyAreTheWorkersFault) {
  ExpectFault(Train([this] { Overwrite(std::string(text_.size(), '\xff')); }),
              "outside of 0 ..");
}

TEST_F(ChangedDataRunTest, AFileThatShrinksIsTheWorkersFault) {
  ExpectFault(Train([this] { fs::resize_file(path_, 10); }), "became shorter");
}

TEST_F(ChangedDataRunTest, OtherTextGivesNoLossOnBoth) {
  ExpectFault(Train([this] { Overwrite(OtherText()); }), "changed since");
}

// Whoever went on from its checkpoint would have a result of data that nobody
// has: one that shares the folder, or the same machine with the text put back.
TEST_F(ChangedDataRunTest, OtherTextLeavesNoCheckpoint) {
  const std::string kept = folder_.path() + "/kept";
  Meddler meddler;
  meddler.meddle = [this] { Overwrite(OtherText()); };
  ExpectFault(Train(meddler, kept), "changed since");
  EXPECT_TRUE(fs::is_empty(kept));
}

TEST_F(ChangedDataRunTest, ARunThatIsStoppedOnOtherTextLeavesNoCheckpoint) {
  const std::string kept = folder_.path() + "/kept";
  Meddler meddler;
  meddler.meddle = [this] { Overwrite(OtherText()); };
  meddler.stop_at = 10;
  ExpectFault(Train(meddler, kept), "changed since");
  EXPECT_EQ(meddler.curve.back().step, 10);
  EXPECT_TRUE(fs::is_empty(kept));
}

// The text was looked at when it was written, and may only be away.
TEST_F(ChangedDataRunTest, AnOlderCheckpointStays) {
  const std::string kept = folder_.path() + "/kept";
  Meddler stopped;
  stopped.meddle = [this] { MoveTime(); };
  stopped.stop_at = 10;
  ASSERT_EQ(Train(stopped, kept).outcome, Outcome::kStopped);
  ASSERT_TRUE(fs::exists(kept));
  Meddler meddler;
  meddler.meddle_at = 20;
  meddler.meddle = [this] { fs::resize_file(path_, 10); };
  ExpectFault(Train(meddler, kept), "became shorter");
  EXPECT_EQ(meddler.start.step, 10);
  EXPECT_TRUE(fs::exists(kept));
}

// Away while the last checkpoint is due, and back for the result.
TEST_F(ChangedDataRunTest, DataThatAreAwayForAMomentCostACheckpointAndNoRun) {
  struct : Meddler {
    void OnWarning(const std::string& line) override {
      Meddler::OnWarning(line);
      fs::rename(path + ".away", path);
    }
    std::string path;
  } meddler;
  meddler.path = path_;
  meddler.meddle = [this] { fs::rename(path_, path_ + ".away"); };
  const std::string kept = folder_.path() + "/kept";
  const RunResult result = Train(meddler, kept);
  ASSERT_EQ(result.outcome, Outcome::kSucceeded) << result.error;
  EXPECT_THAT(meddler.warnings,
              ElementsAre(AllOf(HasSubstr("it is not there"),
                                HasSubstr("without a checkpoint"))));
  EXPECT_TRUE(fs::is_empty(kept));
}

TEST_F(ChangedDataRunTest, ARunWhoseDataStayAwayEndsSoon) {
  Meddler meddler;
  meddler.meddle_at = 1;  // before a checkpoint is written, which costs time
  meddler.meddle = [this] { fs::remove(path_); };
  const std::string kept = folder_.path() + "/kept";
  ExpectFault(Train(meddler, kept, 0), "not there");
  EXPECT_EQ(meddler.warnings.size(), 4u);
}

TEST_F(ChangedDataRunTest, ARunThatIsStoppedWhileDataAreAwayFails) {
  Meddler meddler;
  meddler.meddle = [this] { fs::remove(path_); };
  meddler.stop_at = 10;
  const std::string kept = folder_.path() + "/kept";
  ExpectFault(Train(meddler, kept), "not there");
  EXPECT_TRUE(fs::is_empty(kept));
}

TEST_F(ChangedDataRunTest, AFileThatIsGoneGivesNoLossEither) {
  ExpectFault(Train([this] { fs::remove(path_); }), "not there");
}

TEST_F(ChangedDataRunTest, ARunOnOtherDataThanItAsksForDoesNotBegin) {
  const auto data = OpenData(path_);
  RunSpec spec = SmallRun();
  spec.shape.vocab = 1 << 15;
  spec.data_path = path_;
  spec.data_fingerprint = data->facts().fingerprint;
  Recorder same;
  EXPECT_EQ(RunTraining(spec, *data, Device(), same.stop, same).outcome,
            Outcome::kSucceeded);
  EXPECT_EQ(same.start.data_fingerprint, spec.data_fingerprint);
  spec.data_fingerprint = "0123456789abcdef";
  Recorder other;
  const RunResult result =
      RunTraining(spec, *data, Device(), other.stop, other);
  EXPECT_EQ(result.outcome, Outcome::kFailed);
  EXPECT_TRUE(result.worker_fault);
  EXPECT_EQ(result.other_data, data->facts().fingerprint);
  EXPECT_THAT(result.error, AllOf(HasSubstr("0123456789abcdef"),
                                  HasSubstr(data->facts().fingerprint)));
  EXPECT_EQ(other.start.parameters, 0);
  EXPECT_TRUE(other.curve.empty());
}

}  // namespace
}  // namespace isoshape

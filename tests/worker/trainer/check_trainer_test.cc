// Trainers of others as --check-trainer sees them.
#include "worker/trainer/check_trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <sstream>
#include <string>

#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class CheckTrainerTest : public testing::Test {
 protected:
  CheckTrainerTest() {
    signal(SIGPIPE, SIG_IGN);
    EXPECT_EQ(mkfifo(fifo_.c_str(), 0600), 0);
  }

  // The verdict on the fake trainer that behaves like this.
  int Check(const std::string& mode) {
    WorkerOptions options;
    options.trainer = "python3 " ISOSHAPE_FAKE_TRAINER " " + mode + " " + fifo_;
    options.device = "cpu";
    std::ostringstream out;
    const int code = CheckTrainer(options, out);
    said_ = out.str();
    return code;
  }

  const TempFolder folder_;
  const std::string fifo_ = folder_.File("fifo");
  std::string said_;
};

TEST_F(CheckTrainerTest, OneThatKeepsTheProtocolPasses) {
  EXPECT_EQ(Check("proper"), 0) << said_;
  EXPECT_THAT(
      said_,
      AllOf(HasSubstr("ok     ready: trainer 'fake 1', device cpu 'none'\n"),
            HasSubstr("ok     first run: 1 x 16 trained"),
            HasSubstr("ok     stopped run: stopped after"),
            HasSubstr("ok     impossible run: failed: no such data\n"),
            HasSubstr("ok     second run: 2 x 32 trained"),
            HasSubstr("ok     end of input: exit code 0\n"),
            HasSubstr("\npassed: ")));
  EXPECT_THAT(said_, HasSubstr("absent first run: parameters and steps in"));
  // What it reports is not absent.
  EXPECT_THAT(said_, HasSubstr("absent shape card: validation_loss_stderr"));
  EXPECT_THAT(said_, Not(HasSubstr("peak_memory_bytes")));
}

TEST_F(CheckTrainerTest, WhatIsWrongIsNamedAndTheRestIsStillTried) {
  EXPECT_EQ(Check("succeed"), 1);
  EXPECT_THAT(said_,
              AllOf(HasSubstr("wrong  stopped run: the answer to"),
                    HasSubstr("wrong  impossible run: data that are not "
                              "there must end as `failed`"),
                    HasSubstr("ok     second run"), HasSubstr("\nfailed: ")));
}

TEST_F(CheckTrainerTest, ATrainerThatIsLostIsToldOfByItsReason) {
  EXPECT_EQ(Check("raises"), 1);
  EXPECT_THAT(said_, HasSubstr("wrong  first run: it ended by exit code 1; the "
                               "last line of its standard error: ValueError: "
                               "my bug\n"));
  EXPECT_EQ(Check("miscounts"), 1);
  EXPECT_THAT(said_, HasSubstr("3 steps, and the trial has 20"));
  EXPECT_EQ(Check("rubbish"), 1);
  EXPECT_THAT(said_, HasSubstr("not of the protocol"));
}

}  // namespace
}  // namespace isoshape

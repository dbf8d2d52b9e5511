#include "trainer/commands/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace isoshape {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TrainerOptions Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "isoshape-trainer");
  return ParseTrainerOptions(static_cast<int>(arguments.size()),
                             arguments.data());
}

TEST(TrainerOptionsTest, ReadsFlagsInBothForms) {
  EXPECT_EQ(Parse({}).device, "auto");
  EXPECT_EQ(Parse({}).threads, 0);
  EXPECT_EQ(Parse({"--device", "cpu", "--threads", "3"}).device, "cpu");
  EXPECT_EQ(Parse({"--device=cuda", "--threads=3"}).threads, 3);
  EXPECT_EQ(Parse({}).RecordsGraphs(), kAutoRecordsGraphs);
  EXPECT_EQ(Parse({"--cuda-graphs=auto"}).RecordsGraphs(), kAutoRecordsGraphs);
  EXPECT_FALSE(Parse({"--processes=2"}).RecordsGraphs());
  EXPECT_TRUE(Parse({"--cuda-graphs", "on"}).RecordsGraphs());
  EXPECT_FALSE(Parse({"--cuda-graphs=off"}).RecordsGraphs());
  EXPECT_EQ(Parse({}).replicas, 1);
  EXPECT_EQ(Parse({"--replicas=8"}).replicas, 8);
  EXPECT_TRUE(Parse({"--help"}).help);
  EXPECT_TRUE(Parse({"--version"}).version);
}

TEST(TrainerOptionsTest, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT([] { Parse({"--gpu"}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("'--gpu'")));
  EXPECT_THAT([] { Parse({"--devices=cpu"}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("--devices")));
  EXPECT_THAT([] { Parse({"--cuda-graphs=yes"}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("'yes'")));
  EXPECT_THAT(
      [] {
        Parse({"--replicas=2", "--processes=2"});
      },
      ThrowsMessage<std::invalid_argument>(
          HasSubstr("leave --processes at 1")));
  EXPECT_THAT([] { Parse({"--replicas=0"}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("1 to 256")));
  EXPECT_THAT([] { Parse({"--device"}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("a value")));
  for (const char* threads : {"-1", "two", "2x", "1025", ""}) {
    EXPECT_THAT(
        [&] {
          Parse({"--threads", threads});
        },
        ThrowsMessage<std::invalid_argument>(
            HasSubstr("is not a number from 0 to 1024")));
  }
}

}  // namespace
}  // namespace isoshape

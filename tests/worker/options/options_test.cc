#include "worker/options/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

// Parses with --data that exists, so that the other flags decide the outcome.
ParsedOptions Parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"--data", "synthetic:"});
  return ParseOptions(arguments);
}

void ExpectWrongUse(const ParsedOptions& parsed, const std::string& message) {
  EXPECT_FALSE(parsed.options.has_value());
  EXPECT_EQ(parsed.exit_code, 2);
  EXPECT_THAT(parsed.text, AllOf(HasSubstr(message), EndsWith("\n")));
  EXPECT_EQ(parsed.text.find('\n'), parsed.text.size() - 1);  // one line
}

TEST(WorkerOptionsTest, DefaultsNeedDataAlone) {
  const ParsedOptions parsed = Parse({});
  ASSERT_TRUE(parsed.options.has_value()) << parsed.text;
  EXPECT_EQ(parsed.options->device, "auto");
  EXPECT_EQ(parsed.options->cuda_graphs, "auto");
  EXPECT_EQ(parsed.options->slots, 0);
  EXPECT_EQ(parsed.options->replicas, 1);
  EXPECT_EQ(parsed.options->trainer_timeout, absl::Seconds(60));
  ExpectWrongUse(ParseOptions({}), "--data is missing");
}

TEST(WorkerOptionsTest, GraphsAreOnOffOrAutoAndOfTheOwnTrainer) {
  EXPECT_EQ(Parse({"--cuda-graphs", "on"}).options->cuda_graphs, "on");
  EXPECT_EQ(Parse({"--cuda-graphs=off"}).options->cuda_graphs, "off");
  ExpectWrongUse(Parse({"--cuda-graphs=yes"}), "yes");
  ExpectWrongUse(Parse({"--cuda-graphs=on", "--trainer=python3 t.py"}),
                 "--cuda-graphs on is for isoshape-trainer alone");
  EXPECT_TRUE(Parse({"--cuda-graphs=auto", "--trainer=python3 t.py"}).options);
}

TEST(WorkerOptionsTest, ProbesAreAnsweredAtAnAddressOrNowhere) {
  EXPECT_EQ(Parse({}).options->http, "");
  EXPECT_EQ(Parse({"--http", "[::1]:0"}).options->http, "[::1]:0");
  ExpectWrongUse(Parse({"--http", "50581"}), "--http '50581' is not HOST:PORT");
  EXPECT_EQ(Parse({"--log-level", "warn"}).options->log_level, "warn");
  ExpectWrongUse(Parse({"--log-level", "loud"}), "loud");
}

// As the packages' worker.yaml is read.
TEST(WorkerOptionsTest, AFileHasAKeyForEachFlagAndTheCommandLineStands) {
  const TempFolder folder;
  const std::string code = folder.Write("code.py", "pass\n");
  const std::string file = folder.Write(
      "worker.yaml", "server: 10.0.0.5:50551\ndata: [\"synthetic:\", code=" +
                         code + "]\nslots: 3\nexit-when-idle: 5m\n");
  const ParsedOptions parsed = ParseOptions({"--config", file, "--slots", "2"});
  ASSERT_TRUE(parsed.options) << parsed.text;
  EXPECT_EQ(parsed.options->server, "10.0.0.5:50551");
  EXPECT_TRUE(parsed.options->generates_data);
  EXPECT_EQ(parsed.options->data.at("code"), code);
  EXPECT_EQ(parsed.options->slots, 2);
  EXPECT_EQ(parsed.options->exit_when_idle, absl::Minutes(5));

  folder.Write("worker.yaml", "slot: 3\n");
  ExpectWrongUse(Parse({"--config", file}), "worker.yaml:1:1: ");
  // What is wrong with a value is said with its place, whoever finds it.
  folder.Write("worker.yaml", "device: cpu\nslots: many\n");
  ExpectWrongUse(Parse({"--config", file}),
                 "worker.yaml:2:8: --slots many is neither");
  EXPECT_TRUE(Parse({"--config", file, "--slots", "2"}).options.has_value());
  folder.Write("worker.yaml", "replicas: 0\n");
  ExpectWrongUse(Parse({"--config", file}), "worker.yaml:1:11: --replicas: ");
}

TEST(WorkerOptionsTest, PathsThatJsonCannotCarryAreRefusedAtStart) {
  const TempFolder folder;
  const ParsedOptions data =
      ParseOptions({"--data", folder.Write("caf\xe9/text", "some text")});
  ExpectWrongUse(data, "caf?/text: the path is not UTF-8");
  EXPECT_EQ(data.text.find('\xe9'), std::string::npos);
  ExpectWrongUse(Parse({"--checkpoints", folder.File("caf\xe9")}),
                 "caf?: the path is not");
  // Nor may the folder be that it is given from.
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.File("caf\xe9"));
  ExpectWrongUse(Parse({"--checkpoints", "of-runs"}),
                 "caf?/of-runs: the path is not");
  std::filesystem::current_path(before);
  // Other characters are no trouble.
  const std::string umlauts = folder.Write("caf\xc3\xa9.txt", "some text");
  EXPECT_TRUE(ParseOptions({"--data", umlauts}).options.has_value());
}

// Not only when the first result is to be kept.
TEST(WorkerOptionsTest, FoldersThatCannotBeMadeAreRefusedAtStart) {
  const TempFolder folder;
  const std::string below = folder.Write("file", "text") + "/results";
  for (const std::string flag : {"--results", "--checkpoints"}) {
    ExpectWrongUse(Parse({flag, below}),
                   absl::StrCat(flag, " ", below, ": the folder cannot be"));
  }
  const std::string made = folder.File("a/b");
  EXPECT_EQ(Parse({"--results", made}).options->results, made);
  EXPECT_TRUE(std::filesystem::is_directory(made));
}

TEST(WorkerOptionsTest, ValuesOutOfRangeAreWrongUse) {
  ExpectWrongUse(Parse({"--slots=0"}), "--slots 0");
  ExpectWrongUse(Parse({"--slots=65"}), "1..64");
  ExpectWrongUse(Parse({"--slots=many"}), "--slots many");
  ExpectWrongUse(Parse({"--server=here"}), "--server 'here' is not HOST:PORT");
  ExpectWrongUse(Parse({"--server=h:70000"}), "HOST:PORT");
  ExpectWrongUse(Parse({"--trainer-timeout=0"}), "--trainer-timeout 0");
  ExpectWrongUse(Parse({"--trainer-timeout=nan"}), "--trainer-timeout nan");
  ExpectWrongUse(Parse({"--device=gpu"}), "gpu");
  ExpectWrongUse(Parse({"--replicas=0"}), "--replicas");
  ExpectWrongUse(Parse({"--name=a b"}), "--name");
}

TEST(WorkerOptionsTest, NumbersAndTimesAreReadAsPeopleWriteThem) {
  EXPECT_EQ(Parse({"--trainer-timeout=1m"}).options->trainer_timeout,
            absl::Minutes(1));
  EXPECT_EQ(Parse({"--trainer-timeout=2.5"}).options->trainer_timeout,
            absl::Milliseconds(2500));
  EXPECT_EQ(Parse({"--slots=1e0"}).options->slots, 1);
  EXPECT_EQ(Parse({"--threads-per-run=1e0"}).options->threads_per_run, 1);
  EXPECT_EQ(Parse({"--replicas=4"}).options->replicas, 4);
  ExpectWrongUse(Parse({"--slots=1.5"}), "--slots 1.5");
  ExpectWrongUse(Parse({"--threads-per-run=1.5"}), "--threads-per-run");
  ExpectWrongUse(Parse({"--trainer-timeout=soon"}), "--trainer-timeout soon");
  ExpectWrongUse(Parse({"--trainer-timeout=25h"}), "--trainer-timeout 25h");
  ExpectWrongUse(Parse({"--exit-when-idle=5"}), "its unit is missing");
}

TEST(WorkerOptionsTest, DataMustBeThereAndHoldSomething) {
  const TempFolder folder;
  std::filesystem::create_directory(folder.File("empty"));
  const std::string text = folder.Write("text.txt", "abc");
  const ParsedOptions parsed =
      ParseOptions({"--data", text, "--data", "code=" + folder.path()});
  ASSERT_TRUE(parsed.options.has_value()) << parsed.text;
  EXPECT_EQ(parsed.options->data.at("text"), text);
  EXPECT_EQ(parsed.options->data.at("code"), folder.path());
  ExpectWrongUse(ParseOptions({"--data", folder.File("none")}),
                 "there is no such file or folder");
  ExpectWrongUse(ParseOptions({"--data", folder.File("empty")}), "it is empty");
  ExpectWrongUse(ParseOptions({"--data", "synthetic=" + text}),
                 "stands for generated tasks");
  ExpectWrongUse(ParseOptions({"--data", text, "--data", text}),
                 "the name 'text' is given twice");
}

// Not only when a trial comes, by the trainer.
TEST(WorkerOptionsTest, CompressedDataAndTablesAreRefusedAtStart) {
  const TempFolder folder;
  const std::string gzip =
      folder.Write("corpus.txt.gz", std::string("\x1f\x8b\x08\0", 4) + "abcd");
  ExpectWrongUse(ParseOptions({"--data", gzip}),
                 "corpus.txt.gz: it is compressed (gzip); decompress it first: "
                 "zcat FILE > text");
  ExpectWrongUse(
      ParseOptions({"--data", folder.Write("a.zst", "\x28\xb5\x2f\xfd ab")}),
      "zstdcat FILE > text");
  ExpectWrongUse(
      ParseOptions({"--data", folder.Write("a.parquet", "PAR1 rows PAR1")}),
      "it is a Parquet table; write its column of text as JSON lines");
  // One of many is named; what is hidden, or nearly empty, is read by nobody.
  const TempFolder books;
  books.Write("1/text", "some text");
  books.Write(".git/pack", std::string("\x1f\x8b\x08\0", 4) + "abcd");
  books.Write("short", "\x1f");
  EXPECT_TRUE(ParseOptions({"--data", books.path()}).options.has_value());
  const std::string one = books.Write("2/b.xz",
                                      "\xfd"
                                      "7zXZ" +
                                          std::string(9, '\0'));
  ExpectWrongUse(ParseOptions({"--data", books.path()}),
                 one + ": it is compressed (xz)");
  // It is isoshape-trainer all the same, with flags of its own.
  for (const char* as_is : {"--data-as-is", "--data-as-is=false"}) {
    ExpectWrongUse(
        ParseOptions({"--data", gzip, as_is, "--trainer",
                      "exec /opt/bin/isoshape-trainer --processes 2"}),
        "corpus.txt.gz: it is compressed (gzip)");
  }
}

// It may read what ours does not, if it is said to.
TEST(WorkerOptionsTest, DataOfATrainerOfOnesOwnAreLookedAtToo) {
  const TempFolder folder;
  const std::string table = folder.Write("a.parquet", "PAR1 rows PAR1");
  const std::vector<std::string> mine = {"--data", table, "--trainer",
                                         "python3 mine.py"};
  ExpectWrongUse(ParseOptions(mine),
                 "; if the trainer 'python3 mine.py' reads it as it is, add "
                 "--data-as-is");
  std::vector<std::string> as_is = mine;
  as_is.emplace_back("--data-as-is");
  const ParsedOptions taken = ParseOptions(as_is);
  ASSERT_TRUE(taken.options) << taken.text;
  EXPECT_THAT(taken.options->notes,
              ElementsAre(HasSubstr("it is a Parquet table")));
  ExpectWrongUse(ParseOptions({"--data", folder.File("none"), "--trainer",
                               "python3 mine.py", "--data-as-is"}),
                 "there is no such file or folder");
}

TEST(WorkerOptionsTest, ACheckOfATrainerNeedsNoData) {
  const ParsedOptions parsed = ParseOptions({"--check-trainer", "mine --fast"});
  ASSERT_TRUE(parsed.options.has_value()) << parsed.text;
  EXPECT_TRUE(parsed.options->check_trainer);
  EXPECT_EQ(parsed.options->trainer, "mine --fast");
  ExpectWrongUse(Parse({"--check-trainer=a", "--trainer=b"}),
                 "leave --trainer out");
}

TEST(WorkerOptionsTest, HelpAndVersionAreNoErrors) {
  for (const char* flag : {"--help", "--version"}) {
    const ParsedOptions parsed = ParseOptions({flag});
    EXPECT_FALSE(parsed.options.has_value());
    EXPECT_EQ(parsed.exit_code, 0);
    EXPECT_THAT(parsed.text, HasSubstr("isoshape-worker"));
  }
}

}  // namespace
}  // namespace isoshape

// `isoshape claims run` by the programs themselves, killed in the middle: the
// trainer is the real one, at toy scale.
#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "tests/service/service_fixture.h"

namespace isoshape {
namespace {

using nlohmann::json;

// Six runs. A task alone: there is no text.
constexpr char kClaim[] = R"(
group: toy
statement: Two narrow layers learn a table as well as a wide one.
parts:
  - name: loss
    figure: loss of 2x16 less that of 1x32, nats a token
    below: 0
    pipeline:
      measure: validation_loss
      steps: [{over: shape, difference: {of: 2x16, from: 1x32}}]
designs:
  - scale: demo
    common:
      dataset: synthetic:markov,order=1
      budgets: [4e8]
      seeds: 3
      space: {base: {head_dim: 16, context: 32}}
      recipe: {tokens_per_step: 128}
      shapes: [1x32, 2x16]
    campaigns: [{label: toy}]
)";

class ClaimsTest : public ServiceTest {
 protected:
  static constexpr absl::Duration kLong = absl::Minutes(5);

  // Starts `claims run` in a folder; what its trainer reads and writes is kept
  // in files of the name `log`, and goes to the FIFO if that is asked.
  std::unique_ptr<ChildProcess> Run(const std::string& directory,
                                    const std::string& log, bool to_fifo) {
    const std::string file = (folder_ / "toy.yaml").string();
    std::ofstream(file) << claim_;
    const std::string trainer =
        absl::StrCat("tee -a ", Path(log + ".in"), " | ", ISOSHAPE_TRAINER,
                     " --device cpu --threads 1 | tee -a ", Path(log + ".out"),
                     to_fifo ? absl::StrCat(" ", Path("fifo")) : "");
    auto started =
        Start({ISOSHAPE_CLI, "claims", "run", "--claims", file, "--only", "toy",
               "--directory", Path(directory), "--output", "json",
               "--worker-flag=--slots=1", "--worker-flag=--device=cpu",
               absl::StrCat("--worker-flag=--trainer=", trainer)},
              log);
    EXPECT_TRUE(started.ok()) << started.status();
    return started.ok() ? *std::move(started) : nullptr;
  }

  std::string claim_ = kClaim;

  std::string Path(const std::string& name) const {
    return (folder_ / name).string();
  }

  // Reads what the trainer says until it has ended so many runs.
  void AwaitResults(int results) const {
    std::string line;
    char byte = 0;
    while (results > 0 && read(fifo_, &byte, 1) == 1) {
      if (byte != '\n') {
        line += byte;
        continue;
      }
      if (json::parse(line).value("type", "") == "result") --results;
      line.clear();
    }
  }

  // Pauses what is in the database of a folder, as measuring others alone does.
  void Pause(const std::string& directory) const {
    // The coordinator of who was killed may still be ending, and one that is
    // started meanwhile is refused the database.
    std::string address;
    const absl::Time end = absl::Now() + kPatience;
    std::unique_ptr<ChildProcess> coordinator;
    while (address.empty() && absl::Now() < end) {
      auto started = Start({ISOSHAPE_COORDINATOR, "--address", "127.0.0.1:0",
                            "--db", Path(absl::StrCat(directory, "/claims.db")),
                            "--lease-duration", "30s"},
                           "pause");
      ASSERT_TRUE(started.ok()) << started.status();
      coordinator = *std::move(started);
      const auto line = coordinator->ReadLine(kPatience);
      if (!line.ok() || !line->has_value()) continue;
      const std::vector<std::string> words = absl::StrSplit(**line, ' ');
      ASSERT_GT(words.size(), 4u) << **line;
      address = words[4].substr(0, words[4].size() - 1);
    }
    ASSERT_FALSE(address.empty()) << "the database stayed another's";
    const auto stub = v1::CampaignService::NewStub(MakeChannel(address));
    v1::ListCampaignsResponse campaigns;
    grpc::ClientContext list;
    ASSERT_TRUE(stub->ListCampaigns(&list, {}, &campaigns).ok());
    ASSERT_EQ(campaigns.campaigns_size(), 1);
    v1::PauseCampaignRequest request;
    request.set_name(campaigns.campaigns(0).name());
    v1::Campaign paused;
    grpc::ClientContext pause;
    ASSERT_TRUE(stub->PauseCampaign(&pause, request, &paused).ok());
    EXPECT_EQ(paused.state(), v1::Campaign::PAUSED);
  }

  std::vector<json> Lines(const std::string& name) const {
    std::vector<json> lines;
    std::istringstream text(ReadFile(folder_ / name));
    for (std::string line; std::getline(text, line);) {
      const json parsed = json::parse(line, nullptr, false);
      if (!parsed.is_discarded()) lines.push_back(parsed);
    }
    return lines;
  }

  // Shape and seed of each run that a trainer was given, by its name.
  std::map<std::string, std::string> Asked(const std::string& log) const {
    std::map<std::string, std::string> asked;
    for (const json& line : Lines(log + ".in")) {
      if (!line.contains("shape")) continue;
      asked[line.at("run")] =
          absl::StrCat(line.at("shape").dump(), " ", line.at("seed").dump());
    }
    return asked;
  }
};

TEST_F(ClaimsTest, KilledInTheMiddleItGoesOnAndTrainsNothingTwice) {
  std::unique_ptr<ChildProcess> first = Run("claims", "first", true);
  ASSERT_NE(first, nullptr);
  AwaitResults(2);
  first->Signal(SIGKILL);
  ASSERT_TRUE(first->WaitForEnd(kPatience));
  EXPECT_EQ(first->Ending(), "signal 9 (Killed)");

  Pause("claims");
  std::unique_ptr<ChildProcess> second = Run("claims", "second", false);
  ASSERT_NE(second, nullptr);
  const auto report = second->Exchange("", 1 << 24, kLong);
  ASSERT_TRUE(report.ok()) << report.status() << Log("second");
  std::unique_ptr<ChildProcess> whole = Run("whole", "whole", false);
  ASSERT_NE(whole, nullptr);
  const auto expected = whole->Exchange("", 1 << 24, kLong);
  ASSERT_TRUE(expected.ok()) << expected.status() << Log("whole");

  const std::map<std::string, std::string> asked = Asked("first");
  std::vector<std::string> done;
  for (const json& line : Lines("first.out")) {
    if (line.value("type", "") == "result" &&
        line.value("outcome", "") == "succeeded") {
      done.push_back(asked.at(line.at("run")));
    }
  }
  ASSERT_GE(done.size(), 2u);
  std::multiset<std::string> again;
  for (const auto& [run, what] : Asked("second")) again.insert(what);
  // The kill may have come between the trainer's last word and the worker's
  // report of it; a run that another one followed had been reported.
  for (size_t i = 0; i + 1 < done.size(); ++i) {
    EXPECT_EQ(again.count(done[i]), 0u) << done[i] << " was trained twice";
  }
  again.erase(done.back());
  EXPECT_EQ(done.size() + again.size(), 6u);
  const json parts = json::parse(*report).at("claims").at(0).at("parts");
  EXPECT_EQ(parts, json::parse(*expected).at("claims").at(0).at("parts"));
  EXPECT_EQ(parts.at(0).at("seeds").size(), 3u);
}

// Its worker stays as it is, so that the runs would be waited for without end.
TEST_F(ClaimsTest, WhatItsWorkerCannotTrainEndsItWithTheReason) {
  claim_ = absl::StrReplaceAll(
      kClaim, {{"    campaigns:",
                "      variants: {fast: {recipe: {precision: tf32}}}\n"
                "    campaigns:"}});
  std::unique_ptr<ChildProcess> run = Run("claims", "tf32", false);
  ASSERT_NE(run, nullptr);
  ASSERT_TRUE(run->WaitForEnd(kLong));
  EXPECT_EQ(run->Ending(), "exit code 1");
  EXPECT_THAT(Log("tf32"),
              ::testing::HasSubstr("of variant fast wait: tf32 needs a GPU"));
}

}  // namespace
}  // namespace isoshape

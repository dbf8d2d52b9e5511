#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/threads/cancellation.h"
#include "common/threads/clock.h"
#include "storage/sqlite/commit_log.h"
#include "storage/sqlite/mutation_bytes.h"
#include "tests/read_file.h"
#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

constexpr char kCampaign[] = "campaigns/c1";

// Commit `i` of a test: three rows that must come and go together.
std::vector<Mutation> CommitNumber(int64_t i) {
  return {PutTrial{TrialOf(kCampaign, i)}, EventOf(kCampaign, i),
          PutCounter{"commits", i}};
}

// How many commits a store holds; every one whole, from 1 on without a gap.
int64_t WholeCommits(Store& store) {
  const int64_t count = store.GetCounter("commits").value();
  const auto trials = store
                          .ListTrials(kCampaign, std::nullopt,
                                      {.after = {}, .limit = 1'000'000})
                          .value();
  const auto events =
      store.ListEvents(kCampaign, {.after = {}, .limit = 1'000'000}).value();
  EXPECT_EQ(trials.size(), static_cast<size_t>(count));
  EXPECT_EQ(events.size(), static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    EXPECT_EQ(trials[i].ShortDebugString(),
              TrialOf(kCampaign, i + 1).ShortDebugString());
    EXPECT_EQ(events[i].sequence(), i + 1);
  }
  return count;
}

// What CommitForEver ends with by itself; a sanitizer ends it with 1.
constexpr int kEnds[] = {40, 41, 42};

// Opens, commits without end and writes a byte for each commit that returned
// OK, until it is killed.
[[noreturn]] void CommitForEver(const SqliteFolder& folder, int acknowledge) {
  alarm(600);  // a machine that is busy does few commits a second
  auto store = folder.Open();
  if (!store.ok()) _exit(kEnds[0]);
  for (int64_t i = (*store)->GetCounter("commits").value() + 1;; ++i) {
    if (!(*store)->Commit(CommitNumber(i)).ok()) _exit(kEnds[1]);
    if (write(acknowledge, "k", 1) != 1) _exit(kEnds[2]);
  }
}

// A process that does so, and where to hear of its commits.
struct Committer {
  pid_t process = -1;
  int heard = -1;

  static Committer Start(const SqliteFolder& folder) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    EXPECT_GE(child, 0);
    if (child == 0) {
      close(ends[0]);
      CommitForEver(folder, ends[1]);
    }
    close(ends[1]);
    return {.process = child, .heard = ends[0]};
  }
  // Whether it has committed once more, which it is waited for.
  bool Commits() const {
    char byte = 0;
    return read(heard, &byte, 1) == 1;
  }
  // How it has ended.
  int Wait() const {
    close(heard);
    int status = 0;
    EXPECT_EQ(waitpid(process, &status, 0), process);
    return status;
  }
};

class SqliteKills : public testing::TestWithParam<SqliteFolder::Commits> {};

// As often as ISOSHAPE_KILL_ROUNDS says.
TEST_P(SqliteKills, EveryAcknowledgedCommitOutlivesSigkillAndNoneIsHalf) {
  int rounds = 10;
  if (const char* const text = std::getenv("ISOSHAPE_KILL_ROUNDS")) {
    ASSERT_TRUE(absl::SimpleAtoi(text, &rounds)) << text;
  }
  // Each round reads all of the database several times, so one that grew with
  // all of them would make the last take the longest.
  constexpr int kRoundsOfOne = 10;
  std::optional<SqliteFolder> home;
  int64_t acknowledged = 0;
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE(round);
    if (round % kRoundsOfOne == 0) {
      home.emplace(GetParam());
      acknowledged = 0;
      auto store = home->Open();
      ASSERT_TRUE(store.ok()) << store.status();
      ASSERT_TRUE(
          (*store)->Commit({PutCampaign{CampaignAt(kCampaign, 1)}}).ok());
    }
    const SqliteFolder& folder = *home;
    const Committer child = Committer::Start(folder);
    ASSERT_GT(child.process, 0);
    // Killed at whatever point it has reached after so many commits.
    for (int i = 0; i < 3 + 40 * (round % kRoundsOfOne); ++i) {
      ASSERT_TRUE(child.Commits()) << "the writer ended by itself";
      ++acknowledged;
    }
    ASSERT_EQ(kill(child.process, SIGKILL), 0);
    while (child.Commits()) ++acknowledged;
    const int status = child.Wait();
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

    ASSERT_GT(
        std::filesystem::file_size(GetParam() == SqliteFolder::Commits::kAlone
                                       ? folder.Log()
                                       : folder.CommitLog()),
        0u);
    auto store = folder.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    const int64_t kept = WholeCommits(**store);
    // One may be on disk without its OK having been heard.
    EXPECT_GE(kept, acknowledged);
    EXPECT_LE(kept, acknowledged + 1);
    acknowledged = kept;
  }
}

// Nobody touches it until the log of commits is full if no thread settles.
class SqliteIndexCutOff : public SqliteKills {};

// SQLite has it mapped into memory: whoever touches what is not there any more
// gets SIGBUS, which is as good as SIGKILL.
TEST_P(SqliteIndexCutOff, EndsTheProcessAndLosesNothing) {
  const SqliteFolder folder(GetParam());
  {
    auto store = folder.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE((*store)->Commit({PutCampaign{CampaignAt(kCampaign, 1)}}).ok());
  }
  const Committer child = Committer::Start(folder);
  ASSERT_GT(child.process, 0);
  constexpr int kBefore = 20;
  int acknowledged = 0;
  while (child.Commits()) {
    if (++acknowledged != kBefore) continue;
    std::filesystem::resize_file(folder.Database() + "-shm", 0);
  }
  const int status = child.Wait();
  // By the signal, or by a sanitizer that was told of it.
  if (WIFSIGNALED(status)) {
    EXPECT_EQ(WTERMSIG(status), SIGBUS);
  } else {
    ASSERT_TRUE(WIFEXITED(status)) << status;
    EXPECT_NE(WEXITSTATUS(status), 0);
    EXPECT_THAT(kEnds, testing::Not(testing::Contains(WEXITSTATUS(status))));
  }
  ASSERT_GE(acknowledged, kBefore);
  auto store = folder.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_GE(WholeCommits(**store), acknowledged);
}

INSTANTIATE_TEST_SUITE_P(Commits, SqliteIndexCutOff,
                         testing::Values(SqliteFolder::Commits::kAlone,
                                         SqliteFolder::Commits::kSettled),
                         [](const auto& test) { return NameOf(test.param); });
INSTANTIATE_TEST_SUITE_P(Commits, SqliteKills,
                         testing::Values(SqliteFolder::Commits::kAlone,
                                         SqliteFolder::Commits::kGathered,
                                         SqliteFolder::Commits::kSettled),
                         [](const auto& test) { return NameOf(test.param); });

// The files of a store at a moment, as a killed process leaves them.
struct Image {
  std::string database;
  std::string log;
};

constexpr int64_t kCommits = 12;

Image ImageOfCommits() {
  SqliteFolder folder;
  auto store = folder.Open();
  EXPECT_TRUE(store.ok()) << store.status();
  EXPECT_TRUE((*store)->Commit({PutCampaign{CampaignAt(kCampaign, 1)}}).ok());
  // Into the file itself, so that what follows is all that the log holds.
  OtherProgram(folder.Database()).Run("PRAGMA wal_checkpoint(TRUNCATE)");
  for (int64_t i = 1; i <= kCommits; ++i) {
    EXPECT_TRUE((*store)->Commit(CommitNumber(i)).ok());
  }
  return {ReadFile(folder.Database()), ReadFile(folder.Log())};
}

absl::StatusOr<std::unique_ptr<SqliteStore>> OpenImage(
    const SqliteFolder& folder, const Image& image) {
  SqliteFolder::WriteBytes(folder.Database(), image.database);
  SqliteFolder::WriteBytes(folder.Log(), image.log);
  std::filesystem::remove(absl::StrCat(folder.Database(), "-shm"));
  return folder.Open();
}

// All of its length is written anew, also what SQLite does not need any more.
TEST(SqliteRecovery, AStartThatWritesALongLogAnewSaysSoAndCanBeStopped) {
  const Image image = ImageOfCommits();
  const SqliteFolder folder;
  SqliteFolder::WriteBytes(folder.Database(), image.database);
  SqliteFolder::WriteBytes(folder.Log(), image.log);
  std::filesystem::resize_file(folder.Log(), uintmax_t{256} << 20);
  std::vector<std::string> told;
  {
    Cancellation cancellation;
    const Cancellation::Scope scope(&cancellation);
    const auto stopped = SqliteStore::Open(
        {.path = folder.Database(), .tell = [&](const std::string& what) {
           told.push_back(what);
           cancellation.Cancel();
         }});
    EXPECT_EQ(stopped.status().code(), absl::StatusCode::kCancelled)
        << stopped.status();
  }
  EXPECT_THAT(told, testing::ElementsAre(testing::HasSubstr(
                        absl::StrCat(folder.Log(), " has 256 MB"))));
  std::filesystem::resize_file(folder.Log(), image.log.size());
  EXPECT_EQ(ReadFile(folder.Log()), image.log);
  auto store = folder.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(WholeCommits(**store), kCommits);
}

TEST(SqliteRecovery, ATornLogGivesAPrefixOfTheCommits) {
  const Image image = ImageOfCommits();
  SqliteFolder folder;
  int64_t last = 0;
  for (size_t size = 0; size <= image.log.size(); size += 1003) {
    SCOPED_TRACE(size);
    auto store = OpenImage(folder, {image.database, image.log.substr(0, size)});
    ASSERT_TRUE(store.ok()) << store.status();
    const int64_t kept = WholeCommits(**store);
    EXPECT_GE(kept, last) << "a longer log holds fewer commits";
    last = kept;
    // New commits go to the place at which the log was torn.
    EXPECT_TRUE((*store)->Commit(CommitNumber(kept + 1)).ok());
    EXPECT_EQ(WholeCommits(**store), kept + 1);
  }
  auto store = OpenImage(folder, image);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(WholeCommits(**store), kCommits);
}

TEST(SqliteRecovery, RubbishAfterTheLastCommitOfALogIsPassedOver) {
  const Image image = ImageOfCommits();
  SqliteFolder folder;
  auto store =
      OpenImage(folder, {image.database, image.log + std::string(9000, 'x')});
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(WholeCommits(**store), kCommits);
}

TEST(SqliteRecovery, ADamagedFileWithALogIsRefusedAndBothAreLeftUntouched) {
  Image image = ImageOfCommits();
  // The second page, of the campaigns, is in no commit of the log.
  image.database.replace(4096, 4096, std::string(4096, '\xa5'));
  SqliteFolder folder;
  const absl::Status status = OpenImage(folder, image).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_TRUE(ReadFile(folder.Database()) == image.database);
  EXPECT_TRUE(ReadFile(folder.Log()) == image.log);
}

class SqliteForeignLog : public testing::TestWithParam<SqliteFolder::Commits> {
};

TEST_P(SqliteForeignLog, WhatIsNoLogOfCommitsIsSetAsideAtTheStart) {
  const SqliteFolder folder(GetParam());
  ASSERT_TRUE((*folder.Open())->Commit({PutCounter{"n", 3}}).ok());
  // The last is zeros in its first half.
  const std::vector<std::string> others = {
      "xy", "not a log of anything", std::string(1 << 16, 'y'),
      std::string(600, '\0') + std::string(600, 'z')};
  std::string aside = folder.CommitLog() + ".set-aside";
  for (size_t i = 0; i < others.size(); ++i) {
    SCOPED_TRACE(i);
    SqliteFolder::WriteBytes(folder.CommitLog(), others[i]);
    std::vector<std::string> warnings;
    const auto store = folder.Open(Clock::Real(), [&](const std::string& what) {
      warnings.push_back(what);
    });
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_EQ((*store)->GetCounter("n").value(), 3);
    if (i > 0) aside = absl::StrCat(folder.CommitLog(), ".set-aside.", i + 1);
    EXPECT_EQ(ReadFile(aside), others[i]);
    ASSERT_EQ(warnings.size(), 1u);
    EXPECT_THAT(warnings[0],
                testing::AllOf(testing::StartsWith(folder.CommitLog()),
                               testing::EndsWith(aside)));
  }
  // Zeros are one that nothing was written to.
  SqliteFolder::WriteBytes(folder.CommitLog(), std::string(1 << 16, '\0'));
  std::vector<std::string> warnings;
  EXPECT_TRUE(folder
                  .Open(Clock::Real(),
                        [&](const auto& what) { warnings.push_back(what); })
                  .ok());
  EXPECT_TRUE(warnings.empty());
}

INSTANTIATE_TEST_SUITE_P(Commits, SqliteForeignLog,
                         testing::Values(SqliteFolder::Commits::kAlone,
                                         SqliteFolder::Commits::kGathered),
                         [](const auto& test) { return NameOf(test.param); });

TEST(SqliteRecovery, ACommitThatDoesNotFitIsRefusedWithTheRemedy) {
  const Image image = ImageOfCommits();
  const SqliteFolder folder;
  ASSERT_TRUE(OpenImage(folder, image).ok());
  SqliteFolder::WriteBytes(folder.Log(), image.log);
  SqliteFolder::WriteBytes(folder.Database(), image.database);
  {
    auto log = CommitLog::Make(folder.CommitLog(), 1 << 16);
    ASSERT_TRUE(log.ok()) << log.status();
    const std::vector<Mutation> orphan = {
        PutTrial{TrialOf("campaigns/none", 1)}};
    ASSERT_TRUE((*log)->Append(1, EncodeMutations(orphan, kCommitHead)).ok());
  }
  const absl::Status status = folder.Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_THAT(std::string(status.message()),
              testing::HasSubstr(absl::StrCat("restore a backup, or move ",
                                              folder.CommitLog())));
  EXPECT_TRUE(ReadFile(folder.Database()) == image.database);
  std::filesystem::remove(folder.CommitLog());
  auto store = folder.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(WholeCommits(**store), kCommits);
}

}  // namespace
}  // namespace isoshape

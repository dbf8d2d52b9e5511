// What somebody does to the content of a database that is in use, past SQLite
// or through it, and what the store makes of it.
#include "storage/sqlite/content_watch.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/match.h"
#include "tests/read_file.h"
#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

using ::testing::_;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Commits = SqliteFolder::Commits;

constexpr char kOverwritten[] =
    "results.db was written or cut off by another program";

// A store that has counted to 3, in a campaign.
class CountingStore {
 public:
  explicit CountingStore(Commits commits)
      : folder_(commits), gathers_(commits != Commits::kAlone) {
    auto opened = folder_.Open(Clock::Real(), [this](const std::string& line) {
      lines_.push_back(line);
    });
    EXPECT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    EXPECT_TRUE(
        store_->Commit({PutCampaign{CampaignAt("campaigns/c1", 1)}}).ok());
    for (int64_t i = 1; i <= 3; ++i) EXPECT_TRUE(Count(i).ok());
    // A connection that reads is there from before.
    EXPECT_EQ(store_->GetCounter("n").value(), 3);
  }

  absl::Status Count(int64_t n) { return store_->Commit({PutCounter{"n", n}}); }

  // What was done to which file; of another status, all of it.
  std::string Refusal(const absl::Status& status) const {
    const std::string text(status.message());
    const std::string folder = folder_.path().string() + "/";
    const size_t end = text.find(" while it was in use");
    if (!absl::IsUnavailable(status) || end == std::string::npos ||
        !text.starts_with(folder) || absl::StrContains(text, '\n')) {
      return status.ToString();
    }
    EXPECT_THAT(text, HasSubstr("put the database back, and start it again"));
    return text.substr(folder.size(), end - folder.size());
  }
  // A read might find nothing where something was.
  void ExpectAllRefused() {
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(Refusal(store_->GetCounter("n").status()), kOverwritten);
      EXPECT_EQ(Refusal(store_->GetCampaign("campaigns/c1").status()),
                kOverwritten);
      EXPECT_EQ(Refusal(store_->ListCampaigns({}).status()), kOverwritten);
      EXPECT_EQ(Refusal(store_->GetRequest("m", "r").status()), kOverwritten);
      EXPECT_EQ(Refusal(Count(4 + i)), kOverwritten);
      EXPECT_EQ(Refusal(store_->Commit({DeleteCampaign{"campaigns/c1"}})),
                kOverwritten);
      EXPECT_EQ(Refusal(store_->CheckWritable()), kOverwritten);
    }
  }

  // What the next coordinator finds.
  absl::StatusOr<int64_t> CountAfterRestart() {
    store_.reset();
    auto opened = folder_.Open();
    if (!opened.ok()) return opened.status();
    return (*opened)->GetCounter("n");
  }

  const SqliteFolder& folder() const { return folder_; }
  std::string Database() const { return folder_.Database(); }
  SqliteStore& operator*() { return *store_; }
  SqliteStore* operator->() { return store_.get(); }
  void Close() { store_.reset(); }
  bool gathers() const { return gathers_; }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  const SqliteFolder folder_;
  const bool gathers_;
  std::vector<std::string> lines_;  // of warnings, to be read after Close
  std::unique_ptr<SqliteStore> store_;
};

// Writes into the file that is there, as `cp` and `truncate` do.
void WriteInPlace(const std::string& path, const std::string& bytes) {
  const auto before = std::filesystem::last_write_time(path);
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  // The kernel's clock of files may not have gone on since.
  std::filesystem::last_write_time(path, before + std::chrono::seconds(1));
}

// What somebody makes of a database.
using Was = const std::string&;
struct Change {
  const char* name;
  std::string (*of)(Was was);
  absl::StatusCode code;  // of the next start
};
constexpr size_t kPage = 4096;
const Change kChanges[] = {
    {"Nothing", [](Was) { return std::string(); },
     absl::StatusCode::kFailedPrecondition},
    {"HalfAHeader", [](Was b) { return b.substr(0, 50); },
     absl::StatusCode::kDataLoss},
    {"OnePage", [](Was b) { return b.substr(0, kPage); },
     absl::StatusCode::kDataLoss},
    {"NoLastPage", [](Was b) { return b.substr(0, b.size() - kPage); },
     absl::StatusCode::kDataLoss},
    {"NoHeader", [](Was b) { return std::string(100, '\0') + b.substr(100); },
     absl::StatusCode::kDataLoss},
    {"AnotherProgram",
     [](Was b) { return std::string(b).replace(68, 4, "none"); },
     absl::StatusCode::kFailedPrecondition},
    {"Zeros", [](Was b) { return std::string(b.size(), '\0'); },
     absl::StatusCode::kDataLoss},
};

class Overwritten : public testing::TestWithParam<std::tuple<Commits, Change>> {
 protected:
  Overwritten()
      : store_(std::get<0>(GetParam())),
        before_(ReadFile(store_.Database())),
        after_(std::get<1>(GetParam()).of(before_)) {}

  CountingStore store_;
  const std::string before_;
  const std::string after_;
};

TEST_P(Overwritten, IsNeitherReadNorWrittenAgain) {
  WriteInPlace(store_.Database(), after_);
  store_.ExpectAllRefused();
  // It may have been written elsewhere meanwhile.
  WriteInPlace(store_.Database(), before_);
  store_.ExpectAllRefused();
  WriteInPlace(store_.Database(), after_);
  store_.Close();
  EXPECT_TRUE(ReadFile(store_.Database()) == after_);
  // Nor is it begun anew.
  for (int start = 0; start < 2; ++start) {
    const absl::Status status = store_.CountAfterRestart().status();
    EXPECT_EQ(status.code(), std::get<1>(GetParam()).code) << status;
    EXPECT_TRUE(ReadFile(store_.Database()) == after_);
  }
  WriteInPlace(store_.Database(), before_);
  const auto count = store_.CountAfterRestart();
  EXPECT_TRUE(count.ok()) << count.status();
}

TEST_P(Overwritten, IsNoticedByWhoeverChangesSomethingFirst) {
  WriteInPlace(store_.Database(), after_);
  EXPECT_EQ(store_.Refusal(store_.Count(4)), kOverwritten);
  store_.ExpectAllRefused();
}

TEST_P(Overwritten, IsNoticedByWhoeverAsksWhetherItCanBeWritten) {
  WriteInPlace(store_.Database(), after_);
  EXPECT_EQ(store_.Refusal(store_->CheckWritable()), kOverwritten);
  store_.ExpectAllRefused();
}

// Which an idle coordinator has not looked at since.
TEST_P(Overwritten, IsNoticedByAStop) {
  WriteInPlace(store_.Database(), after_);
  store_.Close();
  EXPECT_THAT(store_.lines(), ElementsAre(HasSubstr(kOverwritten),
                                          HasSubstr("no start takes")));
  EXPECT_TRUE(ReadFile(store_.Database()) == after_);
  EXPECT_TRUE(std::filesystem::exists(store_.Database() + "-wal.set-aside"));
  EXPECT_FALSE(std::filesystem::exists(store_.Database() + "-wal"));
  WriteInPlace(store_.Database(), before_);
  const auto count = store_.CountAfterRestart();
  EXPECT_TRUE(count.ok()) << count.status();
}

// Then the tables lack a number, and who brings it there finds it first.
TEST_P(Overwritten, IsToldByAStopAfterACommitThatWasTakenBack) {
  ASSERT_TRUE(store_->Settle().ok());
  ASSERT_TRUE(store_
                  ->Stage(std::make_shared<const std::vector<Mutation>>(
                      1, PutCounter{"n", 4}))
                  .ok());
  store_->TakeBack();
  WriteInPlace(store_.Database(), after_);
  store_.Close();
  EXPECT_THAT(store_.lines(), Contains(HasSubstr(kOverwritten)).Times(1));
}

// And then what becomes of it, if they do not have it.
TEST_P(Overwritten, IsToldByAStopThatCannotBringACommitToTheTables) {
  ASSERT_TRUE(store_.Count(4).ok());
  WriteInPlace(store_.Database(), after_);
  store_.Close();
  const std::string told = store_.Database() + " was written or cut off";
  EXPECT_THAT(store_.lines(), Contains(StartsWith(told)).Times(1));
  if (std::get<0>(GetParam()) == Commits::kGathered) {
    EXPECT_THAT(store_.lines(), ElementsAre(_, HasSubstr("no start takes")));
  }
}

INSTANTIATE_TEST_SUITE_P(Changes, Overwritten,
                         testing::Combine(testing::Values(Commits::kAlone,
                                                          Commits::kGathered,
                                                          Commits::kSettled),
                                          testing::ValuesIn(kChanges)),
                         [](const auto& test) {
                           return NameOf(std::get<0>(test.param)) +
                                  std::get<1>(test.param).name;
                         });

class ContentWatchTest : public testing::TestWithParam<Commits> {
 protected:
  // As if pages had been written into it.
  static void Touch(const std::string& path) {
    std::filesystem::last_write_time(
        path, std::filesystem::last_write_time(path) + std::chrono::seconds(1));
  }
  void Touch() { Touch(store_.Database()); }
  void Move() { OtherProgram(store_.Database()).Run("PRAGMA wal_checkpoint"); }

  CountingStore store_{GetParam()};
};

// As `cp backup results.db` restores.
TEST_P(ContentWatchTest, ACopyOverTheDatabaseIsWhatTheNextStartFinds) {
  SqliteFolder other;
  {
    auto opened = other.Open();
    ASSERT_TRUE(opened.ok()) << opened.status();
    ASSERT_TRUE((*opened)->Commit({PutCounter{"n", 100}}).ok());
  }
  WriteInPlace(store_.Database(), ReadFile(other.Database()));
  store_.ExpectAllRefused();
  EXPECT_EQ(store_.CountAfterRestart().value(), 100);
  EXPECT_TRUE(std::filesystem::exists(store_.Database() + "-wal.set-aside"));
}

// Anybody may look into it, and tidy it, by SQLite.
TEST_P(ContentWatchTest, AProgramThatGoesThroughSqliteIsNoStranger) {
  OtherProgram(store_.Database()).Run("PRAGMA wal_checkpoint(TRUNCATE)");
  EXPECT_TRUE(store_.Count(4).ok());
  Move();
  EXPECT_TRUE(store_.Count(5).ok());
  EXPECT_EQ(store_.CountAfterRestart().value(), 5);
}

TEST_P(ContentWatchTest, ADatabaseThatIsTidiedIsNotTakenForOneThatIsCutOff) {
  // A thread that settles may hold the lock when the other asks for it.
  if (GetParam() == Commits::kSettled) GTEST_SKIP();
  OtherProgram other(store_.Database());
  const auto bytes = [&] {
    return std::filesystem::file_size(store_.Database());
  };
  for (int64_t n = 4; n <= 12; n += 4) {
    other.Run("CREATE TABLE much AS SELECT zeroblob(100000) AS bytes");
    Move();
    const auto before = bytes();
    ASSERT_TRUE(store_.Count(n).ok());
    ASSERT_EQ(store_->GetCounter("n").value(), n);
    other.Run("DROP TABLE much; VACUUM");
    ASSERT_TRUE(store_.Count(n + 1).ok());
    ASSERT_EQ(store_->GetCounter("n").value(), n + 1);
    // Whoever moves the log.
    if (n == 4 && store_.gathers()) {
      for (int i = 0; bytes() == before; ++i) {
        ASSERT_LT(i, 1000);
        ASSERT_TRUE(store_.Count(n + 2).ok());
        ASSERT_TRUE(store_->Settle().ok());
      }
    } else {
      Move();
    }
    EXPECT_LT(bytes(), before);
    EXPECT_EQ(store_->GetCounter("n").value_or(-1),
              n == 4 && store_.gathers() ? n + 2 : n + 1);
    ASSERT_TRUE(store_.Count(n + 3).ok());
    ASSERT_TRUE(store_->CheckWritable().ok());
  }
  EXPECT_EQ(store_.CountAfterRestart().value(), 15);
}

// As Litestream does, which has written some pages already and says so in the
// index when it has written all.
TEST_P(ContentWatchTest, AProgramThatIsMovingTheLogIsNoStranger) {
  const std::string index = store_.Database() + "-shm";
  int ready[2];
  int end[2];
  ASSERT_TRUE(pipe(ready) == 0 && pipe(end) == 0);
  const pid_t child = fork();
  if (child == 0) {
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = 121;  // WAL_CKPT_LOCK in SQLite
    lock.l_len = 1;
    const int file = open(index.c_str(), O_RDWR);
    char byte = file >= 0 && fcntl(file, F_SETLK, &lock) == 0 ? 'y' : 'n';
    close(end[1]);
    // It ends with its lock when the test lets it, or with the test.
    _exit(write(ready[1], &byte, 1) == 1 && read(end[0], &byte, 1) == 0 ? 0
                                                                        : 1);
  }
  char locked = 'n';
  ASSERT_EQ(read(ready[0], &locked, 1), 1);
  ASSERT_EQ(locked, 'y');
  Touch();
  EXPECT_TRUE(store_.Count(4).ok());
  EXPECT_EQ(store_->GetCounter("n").value(), 4);
  for (const int file : {ready[0], ready[1], end[0], end[1]}) close(file);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  // It has moved all.
  Touch();
  Move();
  EXPECT_TRUE(store_.Count(5).ok());
  EXPECT_EQ(store_->GetCounter("n").value(), 5);
  // Without the lock it is a stranger.
  Touch();
  store_.ExpectAllRefused();
}

// As one that fails on a full disk, or is killed, leaves it: pages are written,
// and the index has that they were to be, and not that they were.
TEST_P(ContentWatchTest, AProgramWhoseMoveIsCutShortIsNoStranger) {
  const std::string index = store_.Database() + "-shm";
  const pid_t child = fork();
  if (child == 0) {
    // How many frames were moved, and for how many it was tried.
    uint32_t frames = 0;
    const int file = open(index.c_str(), O_RDWR);
    const bool read =
        pread(file, &frames, sizeof(frames), 96) == sizeof(frames);
    ++frames;
    _exit(read && pwrite(file, &frames, sizeof(frames), 128) == sizeof(frames)
              ? 0
              : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  for (int64_t n = 4; n <= 5; ++n) {
    Touch();
    EXPECT_TRUE(store_.Count(n).ok());
    EXPECT_EQ(store_->GetCounter("n").value_or(-1), n);
  }
  // The next that ends has moved all.
  Move();
  EXPECT_TRUE(store_.Count(6).ok());
  EXPECT_EQ(store_->GetCounter("n").value_or(-1), 6);
  Touch();
  store_.ExpectAllRefused();
}

// SQLite makes the index anew then, and as if a move had been cut short.
TEST_P(ContentWatchTest, AStrangerIsNoticedAfterACrashToo) {
  const SqliteFolder dead(GetParam());
  for (const auto& [name, bytes] : store_.folder().Contents()) {
    if (name.ends_with("-shm")) continue;
    SqliteFolder::WriteBytes(dead.path() / name, bytes);
  }
  auto opened = dead.Open();
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ((*opened)->GetCounter("n").value_or(-1), 3);
  Touch(dead.Database());
  EXPECT_EQ((*opened)->GetCounter("n").status().code(),
            absl::StatusCode::kUnavailable);
}

INSTANTIATE_TEST_SUITE_P(Commits, ContentWatchTest,
                         testing::Values(Commits::kAlone, Commits::kGathered,
                                         Commits::kSettled),
                         [](const auto& test) { return NameOf(test.param); });

}  // namespace
}  // namespace isoshape

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "storage/sqlite/schema.h"
#include "tests/read_file.h"
#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_rows.h"
#include "tests/unreadable_folder.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Which paths and files are taken, and which are refused and left untouched.
class SqliteOpen : public testing::Test {
 protected:
  // Expects a refusal in one line that names the file and a remedy, and every
  // file of the folder as before, with none added.
  void ExpectRefused(absl::StatusCode code, const std::string& reason) {
    const auto before = folder_.Contents();
    const absl::Status status = folder_.Open().status();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr(folder_.Database()), HasSubstr(reason),
                      HasSubstr("--db"), Not(HasSubstr("\n"))));
    EXPECT_TRUE(folder_.Contents() == before) << "files have changed";
  }

  void MakeDatabase() {
    auto store = folder_.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE(
        (*store)->Commit({PutCampaign{CampaignAt("campaigns/c1", 1)}}).ok());
  }

  SqliteFolder folder_;
};

TEST_F(SqliteOpen, AMissingFileIsMadeWithOurMarks) {
  MakeDatabase();
  auto database = SqliteDatabase::OpenImmutable(folder_.Database());
  ASSERT_TRUE(database.ok()) << database.status();
  EXPECT_EQ((*database)->QueryInteger("PRAGMA application_id").value(),
            kApplicationId);
  EXPECT_EQ((*database)->QueryInteger("PRAGMA user_version").value(),
            NewestSchemaVersion());
}

// Names in it cannot be brought to the disk.
TEST_F(SqliteOpen, AFolderThatCannotBeReadIsRefusedBeforeAnythingIsMade) {
  const std::string path = folder_.path();
  absl::Status status;
  {
    const UnreadableFolder unreadable(path);
    status = folder_.Open().status();
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr(path), HasSubstr("permission to read and write"),
                    HasSubstr("--db"), Not(HasSubstr("\n"))));
  EXPECT_TRUE(folder_.Contents().empty());
}

TEST_F(SqliteOpen, AnEmptyFileIsNew) {
  SqliteFolder::WriteBytes(folder_.Database(), "");
  auto store = folder_.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_TRUE((*store)->Commit({PutCounter{"n", 1}}).ok());
}

TEST_F(SqliteOpen, AClosedStoreIsOneFileBesideItsLock) {
  MakeDatabase();
  EXPECT_THAT(folder_.Contents(),
              testing::UnorderedElementsAre(testing::Key("results.db"),
                                            testing::Key("results.db.lock")));
}

TEST_F(SqliteOpen, AnEmptyPathIsAnInvalidArgument) {
  EXPECT_EQ(SqliteStore::Open({.path = ""}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(SqliteOpen, APathWithCharactersOfAUriIsAnOrdinaryFile) {
  const std::string path = folder_.path() / "50%25 of?a#b.db";
  for (int64_t i = 0; i < 3; ++i) {
    auto store = SqliteStore::Open({.path = path});
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_EQ((*store)->GetCounter("n").value(), i);
    EXPECT_TRUE((*store)->Commit({PutCounter{"n", i + 1}}).ok());
  }
  EXPECT_TRUE(std::filesystem::exists(path));
}

// SQLite takes the one for memory and the other for a URI, whose file is that
// of a third name, under another lock.
TEST_F(SqliteOpen, ARelativePathIsAFileOfThatNameWhateverSqliteCallsIt) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder_.path());
  for (const std::string path : {":memory:", "file:uri.db", "uri.db"}) {
    auto store = SqliteStore::Open({.path = path});
    EXPECT_TRUE(store.ok()) << store.status();
    if (!store.ok()) continue;
    EXPECT_EQ((*store)->GetCounter("n").value(), 0) << path;
    EXPECT_TRUE((*store)->Commit({PutCounter{"n", 1}}).ok());
    EXPECT_TRUE(std::filesystem::exists(folder_.path() / path)) << path;
  }
  std::filesystem::current_path(before);
}

TEST_F(SqliteOpen, ADirectoryIsRefused) {
  std::filesystem::create_directory(folder_.Database());
  ExpectRefused(absl::StatusCode::kFailedPrecondition, "is not a file");
}

TEST_F(SqliteOpen, AFifoIsRefusedWithoutWaitingForAWriter) {
  ASSERT_EQ(mkfifo(folder_.Database().c_str(), 0600), 0);
  const absl::Status status = folder_.Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
}

TEST_F(SqliteOpen, AMissingFolderIsUnavailableAndNotMade) {
  const std::string path = folder_.path() / "no" / "results.db";
  const absl::Status status = SqliteStore::Open({.path = path}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr(path), HasSubstr("No such file or directory")));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "no"));
}

TEST_F(SqliteOpen, AFolderThatIsAFileIsUnavailable) {
  SqliteFolder::WriteBytes(folder_.path() / "file", "text");
  const absl::Status status =
      SqliteStore::Open({.path = folder_.path() / "file" / "results.db"})
          .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
}

TEST_F(SqliteOpen, ATextFileIsNoDatabase) {
  SqliteFolder::WriteBytes(folder_.Database(), std::string(5000, 'x'));
  ExpectRefused(absl::StatusCode::kDataLoss, "is not a SQLite database");
}

TEST_F(SqliteOpen, AFileShorterThanAHeaderIsNoDatabase) {
  SqliteFolder::WriteBytes(folder_.Database(), "SQLite format 3");
  ExpectRefused(absl::StatusCode::kDataLoss, "is not a SQLite database");
}

TEST_F(SqliteOpen, ADatabaseOfAnotherApplicationIsRefused) {
  OtherProgram(folder_.Database())
      .Run("PRAGMA application_id = 1196444487; CREATE TABLE t (x)");
  ExpectRefused(absl::StatusCode::kFailedPrecondition,
                "belongs to another program");
}

TEST_F(SqliteOpen, ADatabaseWithoutAnApplicationIsRefused) {
  OtherProgram(folder_.Database()).Run("CREATE TABLE campaigns (x)");
  ExpectRefused(absl::StatusCode::kFailedPrecondition,
                "belongs to another program");
}

TEST_F(SqliteOpen, ADatabaseOfAnotherApplicationWithALogIsRefused) {
  SqliteFolder other;
  OtherProgram program(other.Database());
  program.Run("PRAGMA journal_mode = WAL; CREATE TABLE t (x)");
  program.Run("PRAGMA wal_checkpoint; INSERT INTO t VALUES (1)");
  std::filesystem::copy(other.Database(), folder_.Database());
  std::filesystem::copy(other.Log(), folder_.Log());
  ExpectRefused(absl::StatusCode::kFailedPrecondition,
                "belongs to another program");
}

TEST_F(SqliteOpen, ADatabaseOfANewerVersionIsRefused) {
  MakeDatabase();
  OtherProgram(folder_.Database())
      .Run(absl::StrCat("PRAGMA user_version = ", NewestSchemaVersion() + 1));
  ExpectRefused(
      absl::StatusCode::kFailedPrecondition,
      absl::StrCat("schema version ", NewestSchemaVersion() + 1, ", newer"));
}

TEST_F(SqliteOpen, ADatabaseMadeNewerInItsLogIsRefused) {
  SqliteFolder other;
  { ASSERT_TRUE(other.Open().ok()); }
  OtherProgram program(other.Database());
  program.Run(
      absl::StrCat("PRAGMA user_version = ", NewestSchemaVersion() + 1));
  // As a killed process would leave the two.
  std::filesystem::copy(other.Database(), folder_.Database());
  std::filesystem::copy(other.Log(), folder_.Log());
  const std::string file = ReadFile(folder_.Database());
  const std::string log = ReadFile(folder_.Log());
  ASSERT_FALSE(log.empty());
  const absl::Status status = folder_.Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("newer"));
  EXPECT_EQ(ReadFile(folder_.Database()), file);
  EXPECT_EQ(ReadFile(folder_.Log()), log);
}

TEST_F(SqliteOpen, ALogWithoutItsDatabaseIsKeptForRescue) {
  {
    auto store = folder_.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE((*store)->Commit({PutCounter{"n", 1}}).ok());
    std::filesystem::copy(folder_.Log(), folder_.path() / "kept");
  }
  std::filesystem::rename(folder_.path() / "kept", folder_.Log());
  std::filesystem::resize_file(folder_.Database(), 0);
  ExpectRefused(absl::StatusCode::kDataLoss, "its log");
  std::filesystem::remove(folder_.Database());
  ExpectRefused(absl::StatusCode::kDataLoss, "its log");
}

}  // namespace
}  // namespace isoshape

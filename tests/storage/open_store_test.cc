#include "storage/open_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/sqlite/database_file.h"
#include "tests/as_nobody.h"
#include "tests/storage/sqlite/sqlite_folder.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

TEST(OpenStore, TakesAPathWithAndWithoutItsKind) {
  const SqliteFolder folder;
  for (const std::string kind : {"", "sqlite:"}) {
    const auto store = OpenStore(kind + folder.Database());
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_TRUE(std::filesystem::exists(folder.Database()));
    EXPECT_TRUE((*store)->Commit({PutCounter{"campaign", 7}}).ok());
    EXPECT_EQ(*(*store)->GetCounter("campaign"), 7);
  }
}

TEST(OpenStore, RefusesAKindThatItDoesNotKnow) {
  const absl::Status status = OpenStore("mysql:results").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("no kind of database 'mysql'; give sqlite:PATH"));
  EXPECT_EQ(OpenStore("sqlite:").status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(OpenStore, OfAFileThereIsNoStandby) {
  const SqliteFolder folder;
  const absl::Status status =
      OpenStore(folder.Database(), {.standby = true}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("leave out --standby"));
  EXPECT_FALSE(std::filesystem::exists(folder.Database()));
}

TEST(OpenStore, OneThatMustExistIsNotMade) {
  const SqliteFolder folder;
  const auto refused = [&] {
    const absl::Status status =
        OpenStore(folder.Database(), {.must_exist = true}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << status;
    return std::string(status.message());
  };
  const std::string none =
      "there is no database " + folder.Database() + "; name one that is there";
  EXPECT_EQ(refused(), none);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  SqliteFolder::WriteBytes(folder.Database(), "");
  EXPECT_EQ(refused(), none);
  EXPECT_EQ(std::filesystem::file_size(folder.Database()), 0);
  EXPECT_EQ(OpenTables(folder.Database(), {.must_exist = true}).status(),
            absl::NotFoundError(none));
  EXPECT_EQ(folder.Contents().size(), 1u);  // no lock
  ASSERT_TRUE(OpenStore(folder.Database()).ok());
  EXPECT_TRUE(OpenStore(folder.Database(), {.must_exist = true}).ok());
  EXPECT_TRUE(OpenTables(folder.Database(), {.must_exist = true}).ok());
}

// Neither in a folder that is not there, nor in one that may not be written.
TEST(OpenStore, OneThatMustExistIsSaidToBeMissingWhateverItsFolder) {
  const SqliteFolder folder;
  const std::string file = folder.path() / "typo" / "results.db";
  const absl::Status none = absl::NotFoundError("there is no database " + file +
                                                "; name one that is there");
  EXPECT_EQ(OpenStore(file, {.must_exist = true}).status(), none);
  EXPECT_EQ(OpenTables(file, {.must_exist = true}).status(), none);
  std::filesystem::create_directory(folder.path() / "typo");
  ASSERT_EQ(chmod(folder.path().c_str(), 0755), 0);
  ASSERT_EQ(chmod((folder.path() / "typo").c_str(), 0555), 0);
  const AsNobody nobody;
  EXPECT_EQ(OpenStore(file, {.must_exist = true}).status(), none);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path() / "typo"));
}

// What a restore left there is still told.
TEST(OpenStore, OneThatMustExistAndWasLostIsSaidToBeThat) {
  const SqliteFolder folder;
  const std::string aside =
      folder.Database() + ".replaced-20261129T080000.000Z";
  SqliteFolder::WriteBytes(aside, "bytes");
  const absl::Status status =
      OpenStore(folder.Database(), {.must_exist = true}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(aside));
  EXPECT_EQ(folder.Contents().size(), 1u);
}

// Each was told as "disk I/O error", or wrote a log of two lines.
TEST(OpenStore, NamesThatCannotBeUsedAreSaidToBeThat) {
  const SqliteFolder folder;
  const auto refused = [&](const std::string& name) {
    const absl::Status status = OpenStore(folder.Database() + name).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    std::error_code ignored;  // of a name that no file can have
    EXPECT_FALSE(std::filesystem::exists(folder.Database() + name, ignored));
    return std::string(status.message());
  };
  EXPECT_THAT(refused("a\nb.db"), HasSubstr("has a line break"));
  EXPECT_THAT(refused("\x1b[31mb.db"), HasSubstr("control character"));
  SqliteFolder::WriteBytes(folder.Database(), "");
  for (const char* end : {"-wal", "-shm", "-journal", ".lock", "-commits"}) {
    EXPECT_THAT(refused(end), HasSubstr(absl::StrCat("part of another database"
                                                     " (",
                                                     end, ")")));
  }
  EXPECT_THAT(refused(std::string(240, 'n')),
              HasSubstr("it may have 217 bytes"));
  EXPECT_THAT(refused(std::string(300, 'n')),
              HasSubstr("a name in the path is too long"));
  std::string deep;
  for (int i = 0; i < 10; ++i) deep += "/" + std::string(50, 'd');
  EXPECT_THAT(refused(deep + "/r.db"), HasSubstr("SQLite takes 473"));
  // What counts is the name that a link leads to.
  const std::string target = folder.path() / std::string(230, 'n');
  SqliteFolder::WriteBytes(target, "");
  std::filesystem::create_symlink(target, folder.path() / "short.db");
  const absl::Status linked =
      OpenStore((folder.path() / "short.db").string()).status();
  EXPECT_EQ(linked.code(), absl::StatusCode::kInvalidArgument) << linked;
  EXPECT_THAT(std::string(linked.message()), HasSubstr(std::string(230, 'n')));
  // One of the longest works, with all that lies beside it.
  const std::string name =
      std::filesystem::path(folder.Database()).filename().string();
  const auto store =
      OpenStore(folder.Database() + std::string(217 - name.size(), 'n'));
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_TRUE((*store)->Commit({PutCounter{"campaign", 7}}).ok());
}

TEST(OpenTables, SaysWhatItWaitsFor) {
  const SqliteFolder folder;
  ASSERT_TRUE(OpenTables(folder.Database()).ok());
  std::optional<ReadLock> reader(folder.Database());
  ASSERT_TRUE(reader->held());
  std::vector<std::string> told;
  const auto tables =
      OpenTables(folder.Database(), {.tell = [&](const std::string& why) {
                   told.push_back(why);
                   reader.reset();
                 }});
  EXPECT_TRUE(tables.ok()) << tables.status();
  EXPECT_THAT(told, testing::ElementsAre(HasSubstr("is read by a backup")));
}

}  // namespace
}  // namespace isoshape

#include "storage/sqlite/named_vfs.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "storage/sqlite/sqlite_database.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

absl::StatusOr<std::unique_ptr<SqliteDatabase>> OpenBy(
    const char* vfs, const std::string& path) {
  return SqliteDatabase::Open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                              absl::ZeroDuration(), vfs);
}

// Counts the opens that it hands on.
struct Counting {
  NamedVfs vfs{"counting", [this](sqlite3_vfs& vfs) {
                 vfs.pAppData = this;
                 vfs.xOpen = Open;
               }};
  int opens = 0;

  static int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file,
                  int flags, int* out) {
    auto* const self = static_cast<Counting*>(vfs->pAppData);
    ++self->opens;
    sqlite3_vfs* const real = self->vfs.real();
    return real->xOpen(real, name, file, flags, out);
  }
};

TEST(NamedVfs, TwoOfAKindAreTwo) {
  const TempFolder folder;
  Counting first;
  Counting second;
  EXPECT_NE(absl::string_view(first.vfs.name()), second.vfs.name());
  ASSERT_TRUE(OpenBy(first.vfs.name(), folder.File("a.db")).ok());
  EXPECT_GT(first.opens, 0);
  EXPECT_EQ(second.opens, 0);
}

TEST(NamedVfs, WhatIsReplacedCanHandOnToTheRealOne) {
  const TempFolder folder;
  const std::string path = folder.File("a.db");
  Counting counting;
  {
    auto database = OpenBy(counting.vfs.name(), path);
    ASSERT_TRUE(database.ok()) << database.status();
    ASSERT_TRUE((*database)
                    ->Execute("CREATE TABLE t (n); INSERT INTO t VALUES (7)")
                    .ok());
  }
  EXPECT_GT(counting.opens, 0);
  auto database = OpenBy(nullptr, path);
  ASSERT_TRUE(database.ok()) << database.status();
  EXPECT_EQ((*database)->QueryInteger("SELECT n FROM t").value(), 7);
}

// SQLite's list of them is whole after it, with none that has gone.
TEST(NamedVfs, ManyThreadsMakeAndForgetTheirs) {
  constexpr int kThreads = 4;
  constexpr int kEach = 200;
  std::vector<std::vector<std::unique_ptr<Counting>>> kept(kThreads);
  std::vector<std::vector<std::string>> forgotten(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&mine = kept[i], &gone = forgotten[i]] {
      for (int n = 0; n < kEach; ++n) {
        auto one = std::make_unique<Counting>();
        if (n % 10 == 0) {
          mine.push_back(std::move(one));
        } else {
          gone.emplace_back(one->vfs.name());
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < kThreads; ++i) {
    for (const auto& one : kept[i]) {
      sqlite3_vfs* const found = sqlite3_vfs_find(one->vfs.name());
      ASSERT_NE(found, nullptr);
      EXPECT_EQ(found->pAppData, one.get());
    }
    for (const std::string& name : forgotten[i]) {
      EXPECT_EQ(sqlite3_vfs_find(name.c_str()), nullptr);
    }
  }
}

TEST(NamedVfs, ItsNameIsKnownAsLongAsItLives) {
  const TempFolder folder;
  std::optional<Counting> counting(std::in_place);
  const std::string name = counting->vfs.name();
  EXPECT_NE(sqlite3_vfs_find(name.c_str()), nullptr);
  counting.reset();
  EXPECT_EQ(sqlite3_vfs_find(name.c_str()), nullptr);
  EXPECT_FALSE(OpenBy(name.c_str(), folder.File("a.db")).ok());
}

}  // namespace
}  // namespace isoshape

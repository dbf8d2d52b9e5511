#ifndef ISOSHAPE_TESTS_STORAGE_SQLITE_SQLITE_FOLDER_H_
#define ISOSHAPE_TESTS_STORAGE_SQLITE_SQLITE_FOLDER_H_

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/read_file.h"
#include "tests/temp_folder.h"

namespace isoshape {

// An empty folder that goes with its object; `results.db` in it is the file
// under test.
class SqliteFolder {
 public:
  // How a store of it commits.
  enum class Commits {
    kAlone,
    kGathered,  // and Settle is the test's
    kSettled,   // gathered, with a thread that brings them to the tables
  };

  explicit SqliteFolder(Commits commits = Commits::kAlone)
      : commits_(commits) {}

  std::filesystem::path path() const { return folder_.path(); }
  std::string Database() const { return folder_.File("results.db"); }
  std::string Log() const { return absl::StrCat(Database(), "-wal"); }
  std::string Journal() const { return absl::StrCat(Database(), "-journal"); }

  std::string CommitLog() const { return absl::StrCat(Database(), "-commits"); }

  absl::StatusOr<std::unique_ptr<SqliteStore>> Open(
      Clock* clock = Clock::Real(),
      std::function<void(const std::string&)> warn = nullptr) const {
    return SqliteStore::Open(
        {.path = Database(),
         .warn = std::move(warn),
         .gather = commits_ != Commits::kAlone,
         .settle_every = commits_ == Commits::kSettled ? absl::Milliseconds(1)
                                                       : absl::ZeroDuration(),
         .commit_log_bytes = int64_t{1} << 20,
         .log_pages = commits_ == Commits::kAlone ? 4000 : 40,
         // That of the test may be busy with another's.
         .slow_disk = clock == Clock::Real() ? absl::InfiniteDuration()
                                             : absl::Seconds(1),
         .clock = clock});
  }

  // Every file in the folder with its bytes.
  std::map<std::string, std::string> Contents() const {
    std::map<std::string, std::string> contents;
    for (const auto& entry : std::filesystem::directory_iterator(path())) {
      contents[entry.path().filename()] =
          entry.is_regular_file() ? ReadFile(entry.path()) : "";
    }
    return contents;
  }

  // A journal that a process left which was killed while it made a database:
  // SQLite empties whatever it finds at the database's path
  // (https://www.sqlite.org/fileformat2.html, section 3).
  void LeaveJournal() const {
    std::string header("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", 8);
    header.resize(512);  // no page, of a database that had none
    header[22] = 2;      // sectors of 512 bytes
    header[26] = 16;     // pages of 4096 bytes
    WriteBytes(Journal(), header);
  }

  static void WriteBytes(const std::string& path, absl::string_view bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

 private:
  const TempFolder folder_;
  const Commits commits_;
};

// The name of a test that is run for each.
inline std::string NameOf(SqliteFolder::Commits commits) {
  switch (commits) {
    case SqliteFolder::Commits::kAlone:
      return "Alone";
    case SqliteFolder::Commits::kGathered:
      return "Gathered";
    case SqliteFolder::Commits::kSettled:
      return "Settled";
  }
  return "";
}

// A connection of another program to a database, past SqliteStore.
class OtherProgram {
 public:
  explicit OtherProgram(const std::string& path) {
    EXPECT_EQ(sqlite3_open(path.c_str(), &handle_), SQLITE_OK);
  }
  ~OtherProgram() { sqlite3_close(handle_); }
  OtherProgram(const OtherProgram&) = delete;
  OtherProgram& operator=(const OtherProgram&) = delete;

  // The first value of the first row.
  std::string Text(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    std::string text;
    EXPECT_EQ(sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr),
              SQLITE_OK)
        << sqlite3_errmsg(handle_);
    if (sqlite3_step(statement) == SQLITE_ROW) {
      text = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    }
    sqlite3_finalize(statement);
    return text;
  }
  // False if it fails, as others have it locked.
  bool Try(const std::string& sql) {
    return sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) ==
           SQLITE_OK;
  }
  // Waits for locks from now on, 10 s at most.
  void BePatient() { sqlite3_busy_timeout(handle_, 10'000); }
  // Waits for no lock, but after BePatient.
  void Run(const std::string& sql) {
    EXPECT_EQ(sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr),
              SQLITE_OK)
        << sqlite3_errmsg(handle_);
  }

 private:
  sqlite3* handle_ = nullptr;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_STORAGE_SQLITE_SQLITE_FOLDER_H_

// Logs of commits, of any bytes, as a torn write or a stranger leaves them: as
// they are; with the sums of what looks like commits made right, which no
// search finds; and as the changes of one commit. What is read was there; what
// is no commit, or does not fit the tables, changes nothing.
#include <sqlite3.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/files/hash.h"
#include "storage/sqlite/commit_log.h"
#include "storage/sqlite/mutation_bytes.h"
#include "storage/sqlite/mutations.h"
#include "storage/sqlite/replay.h"
#include "storage/sqlite/schema.h"
#include "storage/sqlite/sqlite_database.h"
#include "storage/stored_rows.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/scratch_file.h"

namespace isoshape {
namespace {

constexpr size_t kSector = 512;
constexpr size_t kWord = 8;
constexpr char kMark[] = "iComLog1";  // what a commit begins with

void ExpectOk(const absl::Status& status) {
  Expect(status.ok(), std::string(status.message()));
}

// A database of one campaign with a trial, and the path of its log.
class Database {
 public:
  Database() {
    // SQLite gives a log the permissions of the database beside it.
    auto opened = SqliteDatabase::Open(
        log_.folder() + "/isoshape.db",
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, absl::ZeroDuration());
    ExpectOk(opened.status());
    database_ = *std::move(opened);
    ExpectOk(database_->Execute("PRAGMA foreign_keys = ON"));
    ExpectOk(Migrate(*database_));
    PutCampaign campaign;
    campaign.campaign.set_name("campaigns/c1");
    PutTrial trial;
    trial.trial.set_name("campaigns/c1/trials/1");
    AppendEvent event;
    event.event.set_sequence(1);
    event.event.set_campaign("campaigns/c1");
    ExpectOk(database_->InTransaction([&] {
      return ApplyAll(*database_, {campaign, trial, event});
    }));
  }

  // That what is read applies, or is refused as data that is lost.
  void TryToApply(const std::vector<LoggedCommit>& commits) {
    const auto missing = MissingCommits(*database_, commits, log_.path());
    Expect(missing.ok() || absl::IsFailedPrecondition(missing.status()),
           "a log of something else is no precondition");
    ExpectOk(database_->Begin());
    const absl::Status applied = ApplyLogged(*database_, commits);
    database_->RollBack();
    Expect(applied.ok() || absl::IsDataLoss(applied),
           absl::StrCat("a commit is refused otherwise: ", applied.message()));
  }
  const ScratchFile& log() const { return log_; }

 private:
  const ScratchFile log_{"isoshape.db-commits"};
  std::unique_ptr<SqliteDatabase> database_;
};

void CheckChanges(const std::string& changes) {
  const auto read = DecodeMutations(changes);
  if (!read.ok()) {
    Expect(absl::IsDataLoss(read.status()), "damage is called otherwise");
    ExpectOneLine(read.status().message());
    return;
  }
  const std::string written = EncodeMutations(*read);
  const auto again = DecodeMutations(written);
  ExpectOk(again.status());
  Expect(EncodeMutations(*again) == written,
         "changes do not stay what they are");
}

std::vector<LoggedCommit> ReadLog(const ScratchFile& log) {
  auto commits = CommitLog::Read(log.path());
  ExpectOk(commits.status());
  return *std::move(commits);
}

void CheckFile(Database& database, const std::string& bytes) {
  database.log().Write(bytes);
  const std::vector<LoggedCommit> commits = ReadLog(database.log());
  size_t held = 0;
  for (const LoggedCommit& commit : commits) {
    held += kCommitHead + commit.changes.size();
    CheckChanges(commit.changes);
  }
  Expect(held <= bytes.size(), "more is read than there is");
  database.TryToApply(commits);
}

uint64_t WordAt(const std::string& bytes, size_t at) {
  uint64_t value = 0;
  for (size_t i = 0; i < kWord; ++i) {
    value |= uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  }
  return value;
}

void PutWord(uint64_t value, size_t at, std::string* bytes) {
  for (size_t i = 0; i < kWord; ++i) {
    (*bytes)[at + i] = static_cast<char>(value >> (8 * i));
  }
}

// Puts the sum of the commit that is at `at`, of `size` bytes with its head.
void PutSum(size_t at, size_t size, std::string* bytes) {
  const int64_t sum = RowChecksum(
      absl::string_view(*bytes).substr(at + 2 * kWord, size - 2 * kWord));
  PutWord(static_cast<uint64_t>(sum), at + kWord, bytes);
}

// The bytes with the right sum wherever a commit may begin.
std::string WithSums(std::string bytes) {
  const size_t half = bytes.size() / 2;
  for (const size_t begin : {size_t{0}, half}) {
    const size_t end = begin == 0 ? half : bytes.size();
    for (size_t at = begin; at + kCommitHead <= end; at += kSector) {
      if (bytes.compare(at, kWord, kMark) != 0) continue;
      const uint64_t size = std::min<uint64_t>(WordAt(bytes, at + 3 * kWord),
                                               end - at - kCommitHead);
      PutSum(at, kCommitHead + size, &bytes);
    }
  }
  return bytes;
}

// A log of one commit; what is read of it is that, and nothing if a bit of it
// is another.
void CheckCommit(Database& database, const std::string& changes) {
  const size_t size = kCommitHead + changes.size();
  std::string bytes(2 * size, '\0');
  bytes.replace(0, kWord, kMark);
  PutWord(7, 2 * kWord, &bytes);
  PutWord(changes.size(), 3 * kWord, &bytes);
  bytes.replace(kCommitHead, changes.size(), changes);
  PutSum(0, size, &bytes);
  database.log().Write(bytes);
  const std::vector<LoggedCommit> commits = ReadLog(database.log());
  Expect(commits.size() == 1 && commits[0].number == 7 &&
             commits[0].changes == changes,
         "a commit is not read as it was written");
  CheckChanges(changes);
  database.TryToApply(commits);
  bytes[Fnv1a64(changes) % size] ^= 1;
  database.log().Write(bytes);
  Expect(ReadLog(database.log()).empty(), "a commit that is not whole is read");
}

void Fuzz(const std::string& bytes) {
  static Database& database = *new Database();
  CheckFile(database, bytes);
  CheckFile(database, WithSums(bytes));
  CheckCommit(database, bytes);
}

}  // namespace
}  // namespace isoshape

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  isoshape::Fuzz(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}

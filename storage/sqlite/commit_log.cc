#include "storage/sqlite/commit_log.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "storage/sqlite/set_aside.h"
#include "storage/stored_rows.h"

namespace isoshape {
namespace {

// A commit begins with these, each a number of 8 bytes, the lowest first: what
// it is, a CRC-32 of all behind that, its number, the bytes of its changes.
constexpr uint64_t kMagic = 0x31676f4c6d6f4369;  // iComLog1
constexpr size_t kWord = 8;
static_assert(kCommitHead == 4 * kWord);
// What a disk writes as a whole.
constexpr size_t kSector = 512;
// What is read or written at a time: SQLite's files take less than 128 kB.
constexpr size_t kSlice = 1 << 16;

// Of a commit with its head.
size_t LengthOf(size_t bytes) {
  return (bytes + kSector - 1) / kSector * kSector;
}

void PutWord(uint64_t value, size_t at, std::string* bytes) {
  for (size_t i = 0; i < kWord; ++i) {
    (*bytes)[at + i] = static_cast<char>(value >> (8 * i));
  }
}

uint64_t WordAt(absl::string_view bytes, size_t at) {
  uint64_t value = 0;
  for (size_t i = 0; i < kWord; ++i) {
    value |= uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  }
  return value;
}

// The commits of one half.
std::vector<LoggedCommit> CommitsOf(absl::string_view half) {
  std::vector<LoggedCommit> commits;
  while (half.size() >= kCommitHead && WordAt(half, 0) == kMagic) {
    const uint64_t size = WordAt(half, 3 * kWord);
    if (size > half.size() - kCommitHead) break;
    const absl::string_view summed =
        half.substr(2 * kWord, 2 * kWord + static_cast<size_t>(size));
    const auto number = static_cast<int64_t>(WordAt(half, 2 * kWord));
    // The largest has no next one, and so is none that was written.
    if (static_cast<uint64_t>(RowChecksum(summed)) != WordAt(half, kWord) ||
        number <= 0 || number == std::numeric_limits<int64_t>::max() ||
        (!commits.empty() && number != commits.back().number + 1)) {
      break;
    }
    commits.push_back({number, std::string(half.substr(
                                   kCommitHead, static_cast<size_t>(size)))});
    half.remove_prefix(std::min(
        half.size(), LengthOf(kCommitHead + static_cast<size_t>(size))));
  }
  return commits;
}

}  // namespace

// A file of SQLite's VFS.
class CommitLog::File {
 public:
  // Null if there is none and it is not to be made.
  static absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path,
                                                    bool make) {
    sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
    // SQLite's look at it says that there is none whatever the error.
    struct stat info = {};
    if (stat(path.c_str(), &info) != 0) {
      if (errno != ENOENT && errno != ENOTDIR) {
        return absl::UnavailableError(absl::StrCat(
            "cannot read ", path, ": ", strerror(errno), "; try again"));
      }
      if (!make) return nullptr;
    }
    std::unique_ptr<File> file(new File(path, vfs->szOsFile));
    // Of SQLite's kinds the one that it opens without locks, with the
    // permissions of the database, and whose folder it syncs with it.
    const int flags =
        SQLITE_OPEN_WAL | (make ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                : SQLITE_OPEN_READONLY);
    const int opened =
        vfs->xOpen(vfs, file->path_.c_str(), file->get(), flags, nullptr);
    if (opened != SQLITE_OK) return Error(make ? "make" : "read", path, opened);
    return file;
  }
  ~File() {
    if (methods() != nullptr) methods()->xClose(get());
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  absl::StatusOr<int64_t> Size() {
    sqlite3_int64 size = 0;
    const int result = methods()->xFileSize(get(), &size);
    if (result != SQLITE_OK) return Error("read", path_, result);
    return size;
  }
  // UNAVAILABLE; FAILED_PRECONDITION if there is more than `most`.
  absl::StatusOr<std::string> ReadAll(int64_t most) {
    ISOSHAPE_ASSIGN_OR_RETURN(const int64_t size, Size());
    if (size > most) {
      return absl::FailedPreconditionError(absl::StrCat(
          path_, " has ", size >> 20, " MB, and a log of commits at most ",
          most >> 20, "; move it elsewhere to go on without it"));
    }
    std::string bytes(static_cast<size_t>(size), '\0');
    for (size_t at = 0; at < bytes.size(); at += kSlice) {
      const int result = methods()->xRead(
          get(), bytes.data() + at,
          static_cast<int>(std::min(kSlice, bytes.size() - at)),
          static_cast<int64_t>(at));
      if (result != SQLITE_OK) return Error("read", path_, result);
    }
    return bytes;
  }
  absl::Status Write(absl::string_view bytes, int64_t at) {
    while (!bytes.empty()) {
      const absl::string_view slice = bytes.substr(0, kSlice);
      const int result = methods()->xWrite(get(), slice.data(),
                                           static_cast<int>(slice.size()), at);
      if (result != SQLITE_OK) return Error("write", path_, result);
      bytes.remove_prefix(slice.size());
      at += static_cast<int64_t>(slice.size());
    }
    return absl::OkStatus();
  }
  // Page by page: the kernel keeps as one piece what was written as one, and
  // counts all of it as written when a commit changes a part.
  absl::Status FillWithZeros(int64_t size) {
    constexpr int64_t kPage = 4096;
    const std::string zeros(kPage, '\0');
    for (int64_t at = 0; at < size; at += kPage) {
      ISOSHAPE_RETURN_IF_ERROR(Write(zeros, at));
    }
    return absl::OkStatus();
  }
  absl::Status Sync() {
    const int result =
        methods()->xSync(get(), SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
    return result == SQLITE_OK ? absl::OkStatus()
                               : Error("write", path_, result);
  }

  static absl::Status Error(absl::string_view what, const std::string& path,
                            int result) {
    return absl::UnavailableError(absl::StrCat(
        "cannot ", what, " ", path, ": ", sqlite3_errstr(result),
        (result & 0xff) == SQLITE_FULL ? "; free space and try again"
                                       : "; try again"));
  }

 private:
  File(std::string path, int size)
      : path_(std::move(path)),
        file_((static_cast<size_t>(size) + sizeof(int64_t) - 1) /
              sizeof(int64_t)) {}
  sqlite3_file* get() { return reinterpret_cast<sqlite3_file*>(file_.data()); }
  const sqlite3_io_methods* methods() { return get()->pMethods; }

  const std::string path_;     // the VFS keeps its address
  std::vector<int64_t> file_;  // of the VFS
};

absl::StatusOr<std::vector<LoggedCommit>> CommitLog::Read(
    const std::string& path) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                            File::Open(path, /*make=*/false));
  if (file == nullptr) return std::vector<LoggedCommit>();
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string bytes, file->ReadAll(kMostBytes));
  const absl::string_view all = bytes;
  // To its end: where the second half began, a file that was cut short does not
  // tell, and what goes on behind it is of the next numbers.
  std::vector<LoggedCommit> commits = CommitsOf(all);
  std::vector<LoggedCommit> others = CommitsOf(all.substr(all.size() / 2));
  if (commits.empty() || others.empty()) {
    return commits.empty() ? others : commits;
  }
  if (others.front().number < commits.front().number) {
    std::swap(commits, others);
  }
  std::copy_if(std::make_move_iterator(others.begin()),
               std::make_move_iterator(others.end()),
               std::back_inserter(commits),
               [last = commits.back().number](const LoggedCommit& commit) {
                 return commit.number > last;
               });
  return commits;
}

absl::StatusOr<bool> CommitLog::IsForeign(const std::string& path) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                            File::Open(path, /*make=*/false));
  if (file == nullptr) return false;
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string bytes, file->ReadAll(kMostBytes));
  const absl::string_view all = bytes;
  const auto is_foreign = [](absl::string_view half) {
    const absl::string_view head = half.substr(0, kWord);
    return head.find_first_not_of('\0') != absl::string_view::npos &&
           (head.size() < kWord || WordAt(head, 0) != kMagic);
  };
  return is_foreign(all.substr(0, all.size() / 2)) ||
         is_foreign(all.substr(all.size() / 2));
}

absl::Status CommitLog::Remove(const std::string& path) {
  sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
  const int result = vfs->xDelete(vfs, path.c_str(), /*syncDir=*/0);
  if (result == SQLITE_IOERR_DELETE_NOENT) return absl::OkStatus();
  // SQLite's sync of the folder fails where there is none.
  if (result == SQLITE_OK) return SyncFolder(path);
  return File::Error("remove", path, result);
}

absl::StatusOr<std::unique_ptr<CommitLog>> CommitLog::Make(
    const std::string& path, int64_t bytes, SyncRunner run) {
  ISOSHAPE_RETURN_IF_ERROR(run([&] { return Remove(path); }));
  ISOSHAPE_ASSIGN_OR_RETURN(std::unique_ptr<File> file,
                            File::Open(path, /*make=*/true));
  absl::Status filled = file->FillWithZeros(bytes);
  if (filled.ok()) filled = run([&] { return file->Sync(); });
  if (filled.ok()) filled = run([&] { return SyncFolder(path); });
  if (!filled.ok()) {
    file.reset();
    // Without a sync: one that is there again after a loss of power holds
    // nothing, and is passed over.
    sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
    vfs->xDelete(vfs, path.c_str(), /*syncDir=*/0);
    return filled;
  }
  return std::unique_ptr<CommitLog>(
      new CommitLog(path, std::move(file), bytes / 2));
}

CommitLog::CommitLog(std::string path, std::unique_ptr<File> file, int64_t half)
    : path_(std::move(path)), file_(std::move(file)), half_(half) {
  struct stat info = {};
  if (stat(path_.c_str(), &info) != 0) return;
  device_ = info.st_dev;
  inode_ = info.st_ino;
}

CommitLog::~CommitLog() = default;

bool CommitLog::Fits(size_t bytes) const {
  return LengthOf(bytes) <= static_cast<size_t>(half_ - end_);
}

bool CommitLog::HasRoom(size_t bytes) const {
  return other_is_free_ || Fits(bytes);
}

bool CommitLog::InPlace() const {
  struct stat info = {};
  return stat(path_.c_str(), &info) == 0 && info.st_dev == device_ &&
         info.st_ino == inode_ && info.st_size == 2 * half_;
}

absl::Status CommitLog::Append(int64_t number, std::string commit) {
  PutWord(kMagic, 0, &commit);
  PutWord(static_cast<uint64_t>(number), 2 * kWord, &commit);
  PutWord(commit.size() - kCommitHead, 3 * kWord, &commit);
  PutWord(static_cast<uint64_t>(
              RowChecksum(absl::string_view(commit).substr(2 * kWord))),
          kWord, &commit);
  commit.resize(LengthOf(commit.size()));
  ISOSHAPE_RETURN_IF_ERROR(file_->Write(commit, begin_ + end_));
  end_ += static_cast<int64_t>(commit.size());
  return absl::OkStatus();
}

absl::Status CommitLog::Sync() { return file_->Sync(); }

bool CommitLog::Turn() {
  if (!other_is_free_) return false;
  begin_ = begin_ == 0 ? half_ : 0;
  end_ = 0;
  other_is_free_ = false;
  return true;
}

}  // namespace isoshape

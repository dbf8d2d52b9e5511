#include "storage/sqlite/database_fork.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <new>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/status/status_macros.h"
#include "storage/sqlite/named_vfs.h"

namespace isoshape {
namespace {

// Of SQLite's log, which begins anew with another salt, and of each page in it
// (https://www.sqlite.org/fileformat2.html, section 4.1).
constexpr size_t kLogHeader = 32;
constexpr size_t kFrameHeader = 24;
// Of its index: what of it is mapped at a time, and of its header, which says
// how many pages of the log were committed
// (https://www.sqlite.org/walformat.html, section 2.1).
constexpr int kIndexRegion = 32768;
constexpr size_t kIndexHeader = 48;

// What is read at a time: SQLite's files take less than 128 kB.
constexpr size_t kSlice = 1 << 16;

}  // namespace

// Two kinds of file: the database, which is read from the source and cannot be
// written, and its log, which is in memory. https://www.sqlite.org/vfs.html.
struct DatabaseFork::File {
  sqlite3_file base;
  DatabaseFork* fork;
  bool is_log;

  static File* Of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
  static DatabaseFork& ForkOf(sqlite3_file* file) { return *Of(file)->fork; }

  // No exception passes through SQLite, which is C.
  static bool Resize(std::string* log, size_t size) {
    try {
      log->resize(size);
    } catch (const std::bad_alloc&) {
      return false;
    }
    return true;
  }

  static int Close(sqlite3_file* /*file*/) { return SQLITE_OK; }
  static int Read(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
    DatabaseFork& fork = ForkOf(file);
    if (!Of(file)->is_log) {
      return fork.pages_->pMethods->xRead(fork.pages_, to, size, at);
    }
    const auto wanted = static_cast<size_t>(size);
    const size_t begin = std::min(static_cast<size_t>(at), fork.log_.size());
    const size_t there = std::min(wanted, fork.log_.size() - begin);
    std::memcpy(to, fork.log_.data() + begin, there);
    if (there == wanted) return SQLITE_OK;
    std::memset(static_cast<char*>(to) + there, 0, wanted - there);
    return SQLITE_IOERR_SHORT_READ;
  }
  static int Write(sqlite3_file* file, const void* from, int size,
                   sqlite3_int64 at) {
    if (!Of(file)->is_log) return SQLITE_READONLY;
    std::string& log = ForkOf(file).log_;
    const size_t end = static_cast<size_t>(at) + static_cast<size_t>(size);
    if (log.size() < end && !Resize(&log, end)) return SQLITE_IOERR_NOMEM;
    std::memcpy(log.data() + at, from, static_cast<size_t>(size));
    return SQLITE_OK;
  }
  static int Truncate(sqlite3_file* file, sqlite3_int64 size) {
    if (!Of(file)->is_log) return SQLITE_READONLY;
    return Resize(&ForkOf(file).log_, static_cast<size_t>(size))
               ? SQLITE_OK
               : SQLITE_IOERR_NOMEM;
  }
  static int Sync(sqlite3_file* /*file*/, int /*flags*/) { return SQLITE_OK; }
  static int Size(sqlite3_file* file, sqlite3_int64* size) {
    DatabaseFork& fork = ForkOf(file);
    if (!Of(file)->is_log) {
      return fork.pages_->pMethods->xFileSize(fork.pages_, size);
    }
    *size = static_cast<sqlite3_int64>(fork.log_.size());
    return SQLITE_OK;
  }
  static int Lock(sqlite3_file* /*file*/, int /*kind*/) { return SQLITE_OK; }
  static int IsReserved(sqlite3_file* /*file*/, int* out) {
    *out = 0;
    return SQLITE_OK;
  }
  static int Control(sqlite3_file* file, int op, void* argument) {
    // Why a page could not be read (SqliteDatabase::DiskError).
    if (op != SQLITE_FCNTL_LAST_ERRNO || Of(file)->is_log) {
      return SQLITE_NOTFOUND;
    }
    DatabaseFork& fork = ForkOf(file);
    return fork.pages_->pMethods->xFileControl(fork.pages_, op, argument);
  }
  static int SectorSize(sqlite3_file* /*file*/) { return 4096; }
  static int Characteristics(sqlite3_file* /*file*/) { return 0; }
};

// The one of this process, but for the files.
struct DatabaseFork::Vfs : NamedVfs {
  explicit Vfs(DatabaseFork* fork)
      : NamedVfs("fork", [fork](sqlite3_vfs& vfs) {
          vfs.szOsFile = sizeof(File);
          vfs.pAppData = fork;
          vfs.xOpen = Open;
          vfs.xDelete = Delete;
          vfs.xAccess = Access;
          vfs.xFullPathname = FullPathname;
        }) {}

  static int Open(sqlite3_vfs* vfs, const char* /*name*/, sqlite3_file* file,
                  int flags, int* out) {
    // Without memory that is shared, as only one connection opens it.
    static const sqlite3_io_methods methods = {1,
                                               File::Close,
                                               File::Read,
                                               File::Write,
                                               File::Truncate,
                                               File::Sync,
                                               File::Size,
                                               File::Lock,
                                               File::Lock,
                                               File::IsReserved,
                                               File::Control,
                                               File::SectorSize,
                                               File::Characteristics,
                                               nullptr,
                                               nullptr,
                                               nullptr,
                                               nullptr,
                                               nullptr,
                                               nullptr};
    file->pMethods = nullptr;
    if ((flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) == 0) {
      return SQLITE_CANTOPEN;
    }
    new (file) File{{&methods},
                    static_cast<DatabaseFork*>(vfs->pAppData),
                    (flags & SQLITE_OPEN_WAL) != 0};
    if (out != nullptr) *out = flags;
    return SQLITE_OK;
  }
  static int Delete(sqlite3_vfs* /*vfs*/, const char* /*name*/, int /*sync*/) {
    return SQLITE_OK;
  }
  // There is a log and no journal.
  static int Access(sqlite3_vfs* /*vfs*/, const char* name, int /*flags*/,
                    int* out) {
    *out = absl::EndsWith(name, "-wal") ? 1 : 0;
    return SQLITE_OK;
  }

  static int FullPathname(sqlite3_vfs* /*vfs*/, const char* name, int size,
                          char* out) {
    if (std::strlen(name) >= static_cast<size_t>(size)) return SQLITE_CANTOPEN;
    std::strcpy(out, name);
    return SQLITE_OK;
  }
};

absl::StatusOr<std::unique_ptr<DatabaseFork>> DatabaseFork::Of(
    SqliteDatabase* source) {
  auto fork = std::unique_ptr<DatabaseFork>(new DatabaseFork(source));
  ISOSHAPE_RETURN_IF_ERROR(fork->Begin());
  ISOSHAPE_RETURN_IF_ERROR(fork->Open());
  return fork;
}

DatabaseFork::DatabaseFork(SqliteDatabase* source) : source_(source) {}

DatabaseFork::~DatabaseFork() {
  database_.reset();
  vfs_.reset();
  source_->RollBack();
}

absl::Status DatabaseFork::Begin() {
  // The read keeps others from writing the log anew over what it still has, and
  // from moving into the database what was committed after it.
  ISOSHAPE_RETURN_IF_ERROR(source_->BeginRead());
  ISOSHAPE_ASSIGN_OR_RETURN(pages_, source_->FileOf(SQLITE_FCNTL_FILE_POINTER));
  if (pages_ == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("database ", source_->path(), " is not open; try again"));
  }
  // If all that the log has is in the database, the read keeps the database
  // alone, and the log may begin anew while this reads it.
  constexpr int kTries = 10;
  absl::Status read;
  for (int i = 0; i < kTries; ++i) {
    read = ReadLog();
    if (read.ok()) return read;
  }
  return absl::UnavailableError(absl::StrCat(
      "database ", source_->path(),
      ": its log cannot be read: ", read.message(), "; try again"));
}

absl::StatusOr<DatabaseFork::Index> DatabaseFork::ReadIndex() const {
  void volatile* region = nullptr;
  const int mapped = pages_->pMethods->xShmMap(pages_, 0, kIndexRegion,
                                               /*bExtend=*/0, &region);
  if (mapped != SQLITE_OK) return source_->Error(mapped);
  if (region == nullptr) return absl::UnavailableError("it has no index");
  // Two copies, which are equal if nobody writes them.
  std::array<unsigned char, 2 * kIndexHeader> copies = {};
  const auto* const bytes = static_cast<unsigned char volatile*>(region);
  for (size_t i = 0; i < copies.size(); ++i) copies.at(i) = bytes[i];
  pages_->pMethods->xShmBarrier(pages_);
  if (std::memcmp(copies.data(), copies.data() + kIndexHeader, kIndexHeader) !=
      0) {
    return absl::UnavailableError("its index is being written");
  }
  uint16_t page = 0;
  uint32_t frames = 0;
  std::memcpy(&page, copies.data() + 14, sizeof(page));
  std::memcpy(&frames, copies.data() + 16, sizeof(frames));
  // 1 stands for 65536.
  const size_t page_bytes = (page & 0xfe00U) + ((page & 1U) << 16U);
  Index index;
  if (frames > 0) {
    index.log_bytes = kLogHeader + frames * (kFrameHeader + page_bytes);
  }
  std::memcpy(index.salt.data(), copies.data() + 32, index.salt.size());
  return index;
}

absl::Status DatabaseFork::ReadLog() {
  ISOSHAPE_ASSIGN_OR_RETURN(const Index index, ReadIndex());
  if (index.log_bytes > kMostLogBytes) {
    return absl::UnavailableError(
        absl::StrCat("it has ", index.log_bytes >> 20, " MB, and ",
                     kMostLogBytes >> 20, " at most are read into memory"));
  }
  log_.assign(index.log_bytes, '\0');
  source_bytes_ = log_.size();
  if (log_.empty()) return absl::OkStatus();
  ISOSHAPE_ASSIGN_OR_RETURN(sqlite3_file* const file,
                            source_->FileOf(SQLITE_FCNTL_JOURNAL_POINTER));
  if (file == nullptr) {
    return absl::UnavailableError("the database has no write-ahead log");
  }
  const auto read = [&](size_t at, size_t size, char* to) -> absl::Status {
    const int result = file->pMethods->xRead(file, to, static_cast<int>(size),
                                             static_cast<sqlite3_int64>(at));
    return result == SQLITE_OK ? absl::OkStatus() : source_->Error(result);
  };
  for (size_t at = 0; at < log_.size(); at += kSlice) {
    ISOSHAPE_RETURN_IF_ERROR(
        read(at, std::min(kSlice, log_.size() - at), log_.data() + at));
  }
  std::array<char, kLogHeader> header = {};
  ISOSHAPE_RETURN_IF_ERROR(read(0, header.size(), header.data()));
  if (std::memcmp(log_.data(), header.data(), header.size()) != 0 ||
      std::memcmp(header.data() + 16, index.salt.data(), index.salt.size()) !=
          0) {
    return absl::UnavailableError("it is begun anew");
  }
  return absl::OkStatus();
}

absl::Status DatabaseFork::Open() {
  vfs_ = std::make_unique<Vfs>(this);
  ISOSHAPE_ASSIGN_OR_RETURN(
      database_,
      SqliteDatabase::Open(source_->path(),
                           SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                           absl::ZeroDuration(), vfs_->name()));
  sqlite3_db_config(database_->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                    nullptr);
  // Alone with its log it needs no index that others share.
  return database_->Execute(
      "PRAGMA locking_mode = EXCLUSIVE;"
      "PRAGMA temp_store = MEMORY;"
      "PRAGMA synchronous = OFF;"
      "PRAGMA wal_autocheckpoint = 0;"
      "PRAGMA foreign_keys = ON;"
      "SELECT count(*) FROM sqlite_schema;");
}

}  // namespace isoshape

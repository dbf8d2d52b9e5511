#include "storage/sqlite/content_watch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/files/retried.h"
#include "common/status/status_macros.h"
#include "storage/sqlite/database_header.h"
#include "storage/sqlite/schema.h"
#include "storage/sqlite/set_aside.h"

namespace isoshape {
namespace {

constexpr size_t kSaltBytes = 8;

// Whether another program moves the log into the database at this moment, which
// it says by a lock on a byte of the index (WAL_CKPT_LOCK;
// https://www.sqlite.org/walformat.html, section 2.3).
bool IsMovedByOthers(int index) {
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = 121;
  lock.l_len = 1;
  return fcntl(index, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

// Whether a move was begun and has not ended: it goes on, or failed, or its
// process was killed. `moves` is of MovesNow.
bool IsUnfinished(const std::string& moves) {
  if (moves.size() != kSaltBytes + 2 * sizeof(uint32_t)) return false;
  uint32_t moved = 0;
  uint32_t tried = 0;
  std::memcpy(&moved, &moves[kSaltBytes], sizeof(moved));
  std::memcpy(&tried, &moves[kSaltBytes + sizeof(moved)], sizeof(tried));
  return tried > moved;
}

}  // namespace

ContentWatch::ContentWatch(std::string path, int file)
    : path_(std::move(path)),
      file_(file),
      index_(Retried([this] {
        return open((path_ + "-shm").c_str(), O_RDONLY | O_CLOEXEC);
      })),
      noted_(ContentNow()),
      first_moves_(noted_.moves) {}

ContentWatch::~ContentWatch() {
  if (index_ >= 0) close(index_);
}

std::string ContentWatch::MovesNow() const {
  std::array<char, 132> index = {};
  const ssize_t count =
      Retried([&] { return pread(index_, index.data(), index.size(), 0); });
  if (count != static_cast<ssize_t>(index.size())) return "";
  // The salts of the log, which differ if it began anew, as one that was moved
  // may; how many of its frames were moved, and how many it was tried for
  // (section 2.1 there).
  return std::string(&index[32], kSaltBytes) + std::string(&index[96], 4) +
         std::string(&index[128], 4);
}

ContentWatch::Content ContentWatch::ContentNow() const {
  // The index first: a move that ends between the two is then newer in the file
  // than the index that is noted, and no later look takes it for a stranger's.
  std::string moves = MovesNow();
  struct stat info = {};
  if (fstat(file_, &info) != 0) return {};
  return {info.st_size, info.st_mtim, std::move(moves)};
}

absl::Status ContentWatch::CheckUntouched() {
  Content now = ContentNow();
  if (now.size != noted_.size || now.time.tv_sec != noted_.time.tv_sec ||
      now.time.tv_nsec != noted_.time.tv_nsec) {
    // The index tells of a move (Litestream makes them beside us) when it
    // begins and when it is done: it may be under way, or done meanwhile, or
    // cut short, and then have written since. An index that SQLite made anew
    // after a crash begins as if one had been cut short.
    const bool unfinished =
        now.moves != first_moves_ && IsUnfinished(now.moves);
    if (now.moves == noted_.moves && !unfinished && !IsMovedByOthers(index_) &&
        MovesNow() == noted_.moves) {
      return OverwrittenError();
    }
    ISOSHAPE_RETURN_IF_ERROR(CheckIsDatabase());
  }
  noted_ = std::move(now);
  return absl::OkStatus();
}

absl::Status ContentWatch::CheckIsDatabase() const {
  DatabaseHeader header;
  struct stat info = {};
  // The length first: a move writes the header before it makes the file
  // shorter, so that one that is short already has the header of that, and no
  // second move of this process begins meanwhile, as the caller keeps it from
  // that. What cannot be read tells nothing.
  if (fstat(file_, &info) != 0 || !header.Read(file_)) return absl::OkStatus();
  // A move makes it shorter only after it was tidied (VACUUM), and then to what
  // its header says.
  if (!header.is_database() || header.application_id() != kApplicationId ||
      (info.st_size < noted_.size && info.st_size != header.database_bytes())) {
    return OverwrittenError();
  }
  return absl::OkStatus();
}

absl::Status ContentWatch::NoteMoved() {
  ISOSHAPE_RETURN_IF_ERROR(CheckIsDatabase());
  noted_ = ContentNow();
  return absl::OkStatus();
}

absl::Status ContentWatch::OverwrittenError() const {
  return absl::UnavailableError(absl::StrCat(
      path_,
      " was written or cut off by another program while it was in use, and "
      "nothing is written or read any more; stop the coordinator, put the "
      "database back, and start it again",
      kLogsAside));
}

}  // namespace isoshape

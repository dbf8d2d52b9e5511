#ifndef ISOSHAPE_STORAGE_SQLITE_CONTENT_WATCH_H_
#define ISOSHAPE_STORAGE_SQLITE_CONTENT_WATCH_H_

#include <sys/types.h>

#include <ctime>
#include <string>

#include "absl/status/status.h"

namespace isoshape {

// Notices that another program has written into a database that is in use, or
// cut it off, other than through SQLite, as `cp` of a backup over it and
// `truncate` do: its pages and those of the log do not fit any more, and what
// SQLite reads may look as if nothing had been there.
//
// Through SQLite a database whose log is written ahead is written by moving
// the log into it alone. Who does so says it in the index of the log
// afterwards, and by a lock on that meanwhile; this process alone does not see
// its own lock. Not thread-safe.
class ContentWatch {
 public:
  // The database at `path`, open as `file`, is as it is to be, and its log has
  // its index. `file` outlives this, and so must this SQLite's connections:
  // when any descriptor of the index is closed, the process gives up all locks
  // that it has on it.
  ContentWatch(std::string path, int file);
  ~ContentWatch();
  ContentWatch(const ContentWatch&) = delete;
  ContentWatch& operator=(const ContentWatch&) = delete;

  // UNAVAILABLE if somebody has written into it past SQLite. What others did
  // through SQLite is taken for what it is to be; after a move that was cut
  // short, and until the next, only what CheckIsDatabase refuses is told from
  // that. Not while this process moves the log. A call of stat, and one read.
  absl::Status CheckUntouched();
  // What can be told while this process moves the log: UNAVAILABLE if it begins
  // as no database of ours does, or was cut off.
  absl::Status CheckIsDatabase() const;
  // This process has moved the log, or tried to: what the database is then is
  // what it is to be, unless CheckIsDatabase refuses it.
  absl::Status NoteMoved();

 private:
  struct Content {
    off_t size = -1;
    timespec time = {};
    std::string moves;  // what the index tells of them
  };

  std::string MovesNow() const;
  Content ContentNow() const;
  absl::Status OverwrittenError() const;

  const std::string path_;
  const int file_;
  const int index_;
  Content noted_;
  const std::string first_moves_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_CONTENT_WATCH_H_

#ifndef ISOSHAPE_STORAGE_SQLITE_BACKUP_H_
#define ISOSHAPE_STORAGE_SQLITE_BACKUP_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "storage/sqlite/database_file.h"

namespace isoshape {

// What a copy of a database holds.
struct BackupContents {
  int64_t campaigns = 0;
  int64_t trials = 0;
  int64_t bytes = 0;
  // Where the files that were replaced lie now; empty if there were none.
  std::string set_aside{};
};

// Both end, with CANCELLED and nothing changed, if the thread's scope of
// common/threads/cancellation.h is cancelled.

// Copies the database, which a coordinator may be using, as of one commit, and
// checks every page, reference and row of the copy. It is at `copy` when this
// returns OK, on disk and whole; else what was there before, or, if UNAVAILABLE
// says that the folder could not be brought to the disk, perhaps the whole
// copy, which a loss of power may take away again. Changes nothing of the
// database, and holds up no writer. It has all that was acknowledged before,
// and may have what is staged at that moment, which may be taken back later.
// NOT_FOUND if there is no database; ALREADY_EXISTS if there is a file at
// `copy` and not `replace`, so that of several that make one new copy one
// succeeds; errors of InspectFile and CheckContents;
// UNAVAILABLE if the copy cannot be written.
absl::StatusOr<BackupContents> BackUpDatabase(const std::string& database,
                                              const std::string& copy,
                                              bool replace);

// Puts a checked copy of `backup` in the place of a database that no
// coordinator uses: its content, but that its events go on behind a jump
// (forgotten_numbers.h). With `replace` a database that is there is set aside
// with its log, not deleted; without, ALREADY_EXISTS. FAILED_PRECONDITION if a
// coordinator uses it, or if the backup has a log beside it, which may hold
// more than the file: then it is a database to be backed up itself. Until all
// of the copy is on disk, nothing of the database is touched, and then the path
// names the old database or the new one at any moment (set_aside.h).
// UNAVAILABLE if a file cannot be written: then the old one is in place, unless
// all that failed was to bring the last step to the disk; then the new one is,
// and the message has the name of the old one. `tell` is told if it waits for a
// backup of the database.
absl::StatusOr<BackupContents> RestoreDatabase(const std::string& backup,
                                               const std::string& database,
                                               bool replace,
                                               const TellWait& tell = nullptr);

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_BACKUP_H_

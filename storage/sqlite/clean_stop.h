#ifndef ISOSHAPE_STORAGE_SQLITE_CLEAN_STOP_H_
#define ISOSHAPE_STORAGE_SQLITE_CLEAN_STOP_H_

#include <string>

namespace isoshape {

// A note in the lock file of a database that whoever had it found it sound and
// closed it in order, with what tells whether the file was touched since: its
// identity, size, and the times of its last change and of that of its inode,
// which no program sets. What such a file can have is decay of its disk alone.

// Writes the note. After the last connection was closed. Waits for the next
// tick of the file system's clock, so that a later change has a later time.
void NoteCleanStop(int lock_file, const std::string& database);

// Whether there is a note of the file as it is now. The note is gone then, as
// the database is about to be written.
bool TakeCleanStop(int lock_file, const std::string& database);

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_CLEAN_STOP_H_

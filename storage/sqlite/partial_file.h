#ifndef ISOSHAPE_STORAGE_SQLITE_PARTIAL_FILE_H_
#define ISOSHAPE_STORAGE_SQLITE_PARTIAL_FILE_H_

#include <filesystem>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace isoshape {

// A file beside `path`, with a name of its own (kPartialEnd), that becomes it
// when it is whole, and is removed if it never does. It is locked, so that
// others know that somebody writes it (RemoveAbandoned).
class PartialFile {
 public:
  // UNAVAILABLE if the folder cannot be written.
  static absl::StatusOr<std::unique_ptr<PartialFile>> Make(
      const std::filesystem::path& path);
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  const std::filesystem::path& path() const { return partial_; }

  // Gives it the owner that a file at `path` is to have (OwnerOfFileAt).
  // PERMISSION_DENIED if this user may not; then it is this user's.
  absl::Status TakeOwner() const;
  // Gives it the mode of the file that is there, or of `source`; its owner may
  // read and write it in any case. mkostemp gives these alone.
  void TakeMode(const std::filesystem::path& source) const;
  // UNAVAILABLE if it cannot be brought to the disk.
  absl::Status Sync() const;
  // Gives it its name. ALREADY_EXISTS if that was made meanwhile, if not
  // `replace`. UNAVAILABLE: it may have that all the same, and only not for
  // sure after a loss of power.
  absl::Status Keep(bool replace) const;

 private:
  PartialFile(std::filesystem::path path, std::filesystem::path partial,
              int file);

  const std::filesystem::path path_;
  const std::filesystem::path partial_;
  // Closed after SQLite's connections, whose locks it would take with it.
  const int file_;
};

// Removes the partial files of `path` whose makers were killed: those that
// nobody has locked. They are locked until they are gone, so that one that was
// just made is not taken for one.
void RemoveAbandoned(const std::filesystem::path& path);

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_PARTIAL_FILE_H_

#ifndef ISOSHAPE_TRAINER_DATA_DATA_FILES_H_
#define ISOSHAPE_TRAINER_DATA_DATA_FILES_H_

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace isoshape {

// What the system says of data that are not there or cannot be read now: a file
// system that is not mounted, a server or a disk that does not answer, too few
// descriptors. Nothing says that they are not what they were.
class DataUnreadable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The bytes of a file, or of all regular files below a folder in the order of
// their paths; hidden ones are left out. Small files are copied side by side
// into one buffer. Large ones stay open and are read when they are asked for:
// a mapping would end the process (SIGBUS) as soon as somebody shortens the
// file, and a read of one sequence costs a microsecond beside a step of
// training. Movable; reading is thread-safe.
class DataFiles {
 public:
  DataFiles() = default;

  // Throws one line with the remedy: DataUnreadable if nothing is at the path
  // or a file cannot be read, std::runtime_error if one is compressed
  // (archive_format.h).
  static DataFiles Open(const std::string& path);

  // Files in the order of their paths; no empty ones.
  struct File {
    std::string path;
    int64_t size = 0;
    const uint8_t* data = nullptr;                    // of a small one
    std::shared_ptr<const int> descriptor = nullptr;  // of a large one
  };
  const std::vector<File>& files() const { return files_; }

  // Whether a piece of `file` that ends at `end` runs on at `begin` of `next`:
  // within a file, or from a small one into the next small one, which lies
  // behind it in memory. So short documents make one text.
  bool RunsOn(size_t file, int64_t end, size_t next, int64_t begin) const;

  // `size` bytes of a file from `offset` on, and of those that it runs on into,
  // valid as long as this and `scratch`, which may hold them, are left alone.
  // Throws one line with the remedy: std::runtime_error if the file has become
  // shorter, DataUnreadable if it cannot be read.
  const uint8_t* Read(size_t file, int64_t offset, int64_t size,
                      std::vector<uint8_t>& scratch) const;

  // All bytes of a file, valid as long as this. Large ones are mapped.
  std::string_view Whole(size_t file);

  // One line that says which file is not as it was when it was opened, by its
  // size, its time or its inode, or is gone or new; empty if there is none.
  // Throws DataUnreadable if that cannot be seen.
  std::string Change() const;

 private:
  // A file of the listing, empty ones among them.
  struct Entry {
    std::string path;
    struct stat status;
  };
  static std::vector<Entry> List(const std::string& path);
  void OpenSmall(const Entry& entry, uint8_t* to);
  void OpenLarge(const Entry& entry);
  // Throws if the file that was opened last is compressed.
  void CheckLastFormat() const;

  std::string path_;
  std::vector<Entry> entries_;
  std::vector<File> files_;
  std::vector<std::shared_ptr<const void>> owned_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_DATA_DATA_FILES_H_

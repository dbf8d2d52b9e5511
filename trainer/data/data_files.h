#ifndef ISOSHAPE_TRAINER_DATA_DATA_FILES_H_
#define ISOSHAPE_TRAINER_DATA_DATA_FILES_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace isoshape {

// A piece of one file.
struct DataBlock {
  const uint8_t* data = nullptr;
  int64_t size = 0;   // bytes
  uint64_t hash = 0;  // of the content
  bool held_out = false;
};

// Appends the blocks of `block_size` bytes that `size` bytes are cut into from
// their beginning; the last may be shorter.
void AppendBlocks(const uint8_t* data, int64_t size, int64_t block_size,
                  std::vector<DataBlock>& blocks);

// The bytes of a file, or of all regular files below a folder in the order of
// their paths; hidden ones are left out. Large files are memory-mapped, small
// ones copied side by side into one buffer. Movable; owns what it maps.
class DataFiles {
 public:
  DataFiles() = default;

  // Throws std::runtime_error, one line with the remedy, if the path is missing
  // or a file cannot be read.
  static DataFiles Open(const std::string& path);

  // Files in the order of their paths; no empty ones.
  struct File {
    std::string path;
    const uint8_t* data = nullptr;
    int64_t size = 0;
  };
  const std::vector<File>& files() const { return files_; }

 private:
  std::vector<File> files_;
  std::vector<std::shared_ptr<const void>> owned_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_DATA_DATA_FILES_H_

#ifndef ISOSHAPE_TRAINER_TEXT_FILES_H_
#define ISOSHAPE_TRAINER_TEXT_FILES_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace isoshape {

// A piece of one file.
struct TextBlock {
  const uint8_t* data = nullptr;
  int64_t size = 0;   // bytes
  uint64_t hash = 0;  // of the content
  bool held_out = false;
};

// The bytes of a file, or of all regular files below a folder in the order of
// their paths; hidden ones are left out. Large files are memory-mapped, small
// ones copied side by side into one buffer. Movable; owns what it maps.
class TextFiles {
 public:
  TextFiles() = default;

  // Throws std::runtime_error, one line with the remedy, where the path is
  // missing or a file cannot be read.
  static TextFiles Open(const std::string& path);

  // Files in the order of their paths; no empty ones.
  struct File {
    const uint8_t* data = nullptr;
    int64_t size = 0;
  };
  const std::vector<File>& files() const { return files_; }
  int64_t bytes() const { return bytes_; }

  // Cuts every file from its beginning into blocks of `block_size` bytes; the
  // last of a file may be shorter.
  std::vector<TextBlock> Blocks(int64_t block_size) const;

 private:
  std::vector<File> files_;
  int64_t bytes_ = 0;
  std::vector<std::shared_ptr<const void>> owned_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_TEXT_FILES_H_

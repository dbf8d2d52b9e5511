#ifndef ISOSHAPE_TESTS_FUZZ_SCRATCH_FILE_H_
#define ISOSHAPE_TESTS_FUZZ_SCRATCH_FILE_H_

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "tests/fuzz/fuzzer.h"

namespace isoshape {

// A file in a folder of its own, for what reads a path: it has the bytes of the
// input that is tried. Removed with the object.
class ScratchFile {
 public:
  explicit ScratchFile(const std::string& name) {
    std::string folder =
        (std::filesystem::temp_directory_path() / "isoshape_fuzz_XXXXXX")
            .string();
    Expect(mkdtemp(folder.data()) != nullptr, "there is no folder to write to");
    folder_ = folder;
    path_ = folder_ + "/" + name;
  }
  ~ScratchFile() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  const std::string& folder() const { return folder_; }
  const std::string& path() const { return path_; }
  void Write(const std::string& bytes) const {
    // A new one each time: file systems bring one that is cut to nothing and
    // written again to the disk at once.
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
    std::ofstream(path_, std::ios::binary) << bytes;
    std::filesystem::permissions(path_,
                                 std::filesystem::perms::owner_read |
                                     std::filesystem::perms::owner_write);
  }

 private:
  std::string folder_;
  std::string path_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_FUZZ_SCRATCH_FILE_H_

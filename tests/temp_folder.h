#ifndef ISOSHAPE_TESTS_TEMP_FOLDER_H_
#define ISOSHAPE_TESTS_TEMP_FOLDER_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

namespace isoshape {

// An empty folder that no other test and no other user has; it is removed with
// the object, whatever it holds then.
class TempFolder {
 public:
  TempFolder() {
    std::string name = testing::TempDir() + "/isoshape_XXXXXX";
    if (mkdtemp(name.data()) == nullptr) {
      throw std::runtime_error("cannot make a folder like " + name);
    }
    // Without links and double slashes, as errors of programs name it.
    path_ = std::filesystem::canonical(name).string();
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }
  // The path of a file in it, which need not be there.
  std::string File(const std::string& name) const { return path_ + "/" + name; }
  // Writes a file, with the folders above it, and returns its path.
  std::string Write(const std::string& name, const std::string& content) const {
    std::string path = File(name);
    std::filesystem::create_directories(
        std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

 private:
  std::string path_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_TEMP_FOLDER_H_

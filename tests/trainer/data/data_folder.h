#ifndef ISOSHAPE_TESTS_TRAINER_DATA_DATA_FOLDER_H_
#define ISOSHAPE_TESTS_TRAINER_DATA_DATA_FOLDER_H_

#include <cstdint>
#include <string>

namespace isoshape {

// A folder of its own for a test's data; removed with it.
class DataFolder {
 public:
  DataFolder();
  ~DataFolder();
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;

  const std::string& path() const { return path_; }
  // Writes a file, with the folders above it, and returns its path.
  std::string Write(const std::string& name, const std::string& content) const;

 private:
  std::string path_;
};

// Words drawn from a small vocabulary: `bytes` bytes that are far from random
// and the same for equal seeds.
std::string SomeText(int64_t bytes, uint64_t seed);

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_TRAINER_DATA_DATA_FOLDER_H_

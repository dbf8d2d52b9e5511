#ifndef ISOSHAPE_TESTS_READ_FILE_H_
#define ISOSHAPE_TESTS_READ_FILE_H_

#include <fstream>
#include <iterator>
#include <string>

namespace isoshape {

// The bytes of a file; none if it cannot be read.
inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_READ_FILE_H_

#include "tests/trainer/data/data_folder.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "trainer/data/permutation.h"

namespace isoshape {

DataFolder::DataFolder() {
  path_ = testing::TempDir() + "isoshape_data_XXXXXX";
  if (mkdtemp(path_.data()) == nullptr) {
    throw std::runtime_error("no folder at " + path_);
  }
}

DataFolder::~DataFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string DataFolder::Write(const std::string& name,
                              const std::string& content) const {
  const std::filesystem::path file = std::filesystem::path(path_) / name;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
  return file.string();
}

std::string SomeText(int64_t bytes, uint64_t seed) {
  std::string text;
  for (uint64_t i = 0; static_cast<int64_t>(text.size()) < bytes; ++i) {
    const uint64_t word = Mix(Mix(seed) + i) % 97;
    for (uint64_t letter = 0; letter < 2 + word % 5; ++letter) {
      text += static_cast<char>('a' + Mix(word * 7 + letter) % 26);
    }
    text += word % 11 == 0 ? '\n' : ' ';
  }
  text.resize(static_cast<size_t>(bytes));
  return text;
}

}  // namespace isoshape

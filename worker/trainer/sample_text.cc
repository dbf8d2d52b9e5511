#include "worker/trainer/sample_text.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"

namespace isoshape {
namespace {

std::string Words(size_t bytes) {
  std::mt19937_64 random(1);
  std::vector<std::string> words;
  for (int i = 0; i < 500; ++i) {
    std::string& word = words.emplace_back();
    for (uint64_t letters = 2 + random() % 7; letters > 0; --letters) {
      word += static_cast<char>('a' + random() % 26);
    }
  }
  std::string text;
  while (text.size() < bytes) {
    // Two draws of which the smaller counts make some words frequent.
    const uint64_t word = std::min(random() % 500, random() % 500);
    absl::StrAppend(&text, words[word], random() % 12 == 0 ? "\n" : " ");
  }
  text.resize(bytes);
  return text;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SampleText>> SampleText::Write(size_t bytes) {
  std::error_code error;
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path(error);
  std::string path = (error ? "/tmp" : folder.string()) + "/isoshape-XXXXXX";
  const int file = mkstemp(path.data());
  if (file < 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot write ", path, ": ", std::strerror(errno),
                     "; set TMPDIR to a folder that can be written"));
  }
  close(file);
  auto text = std::unique_ptr<SampleText>(new SampleText(path));
  std::ofstream out(path, std::ios::binary);
  out << Words(bytes) << std::flush;
  if (!out) {
    return absl::UnavailableError(
        absl::StrCat("cannot write ", bytes, " bytes to ", path,
                     "; free space there, or set TMPDIR to another folder"));
  }
  return text;
}

SampleText::~SampleText() { unlink(path_.c_str()); }

}  // namespace isoshape

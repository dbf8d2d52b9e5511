#include "cli/flags/input_file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "cli/console/command.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

// Reads to the end; false if that is not there after `max_bytes`.
bool Read(std::istream& in, size_t max_bytes, std::string* text) {
  std::array<char, 1 << 16> block;
  while (in.read(block.data(), block.size()), in.gcount() > 0) {
    text->append(block.data(), static_cast<size_t>(in.gcount()));
    if (text->size() > max_bytes) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<std::string> ReadInput(const std::string& path,
                                      const std::string& what,
                                      size_t max_bytes) {
  std::string text;
  errno = 0;
  bool whole = true;
  bool open = true;
  if (path == "-") {
    whole = Read(std::cin, max_bytes, &text);
    errno = 0;
  } else {
    std::ifstream file(path, std::ios::binary);
    open = file.is_open();
    if (open) whole = Read(file, max_bytes, &text);
  }
  if (!whole) {
    return UsageError(absl::StrCat("the ", what, " ", OneLine(path),
                                   " is longer than ", max_bytes,
                                   " bytes; check the path"));
  }
  // A stream has no other way to tell why it failed.
  if (open && errno == 0) return text;
  return UsageError(absl::StrCat("cannot read ", what, " ", OneLine(path), ": ",
                                 std::strerror(errno), "; check the path"));
}

}  // namespace isoshape

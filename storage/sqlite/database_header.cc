#include "storage/sqlite/database_header.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#include "common/files/retried.h"

namespace isoshape {

bool DatabaseHeader::Read(int file) {
  const ssize_t size =
      Retried([&] { return pread(file, bytes_.data(), bytes_.size(), 0); });
  size_ = size < 0 ? 0 : static_cast<size_t>(size);
  return size >= 0;
}

bool DatabaseHeader::is_database() const {
  // Literal with its NUL: 16 bytes.
  return size_ == bytes_.size() &&
         std::memcmp(bytes_.data(), "SQLite format 3", 16) == 0;
}

int64_t DatabaseHeader::database_bytes() const {
  const int64_t page = At(16, 2);
  // Two bytes do not hold 65536.
  return At(28, 4) * (page == 1 ? int64_t{1} << 16 : page);
}

int64_t DatabaseHeader::At(size_t at, size_t size) const {
  int64_t value = 0;
  for (size_t i = 0; i < size; ++i) value = value << 8 | bytes_[at + i];
  return value;
}

bool BeginsWithJournal(const std::string& database) {
  const std::string path = database + "-journal";
  // O_NONBLOCK, so that a pipe's writer is not waited for.
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  const int file = Retried([&] { return open(path.c_str(), kFlags); });
  if (file < 0) return false;
  std::array<char, 8> bytes = {};
  const ssize_t count =
      Retried([&] { return pread(file, bytes.data(), bytes.size(), 0); });
  close(file);
  return count == static_cast<ssize_t>(bytes.size()) &&
         std::memcmp(bytes.data(), "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7",
                     bytes.size()) == 0;
}

}  // namespace isoshape

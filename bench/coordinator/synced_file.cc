#include "bench/coordinator/synced_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"

namespace isoshape {
namespace {

constexpr int64_t kPage = 4096;
constexpr int64_t kMost = int64_t{64} << 10;

int OpenNew(const std::string& folder) {
  const std::string path = absl::StrCat(folder, "/syncs-", getpid());
  const int file =
      open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  unlink(path.c_str());
  return file;
}

}  // namespace

SyncedFile::SyncedFile(const std::string& folder, bool grows)
    : file_(OpenNew(folder)), grows_(grows), good_(file_ >= 0) {
  while (!grows && good_ && at_ < kBytes) Write(kMost);
  good_ = good_ && fsync(file_) == 0;
}

SyncedFile::~SyncedFile() {
  if (file_ >= 0) close(file_);
}

bool SyncedFile::Write(int64_t bytes) {
  static const std::vector<char> commit(kMost, 'x');
  good_ = good_ && pwrite(file_, commit.data(), static_cast<size_t>(bytes),
                          at_) == bytes;
  at_ += bytes;
  return good_;
}

bool SyncedFile::Commit(int64_t bytes) {
  const int64_t pages = (std::min(bytes, kMost) + kPage - 1) / kPage * kPage;
  if (!grows_ && at_ + pages > kBytes) at_ = 0;
  good_ = Write(pages) && fdatasync(file_) == 0;
  return good_;
}

}  // namespace isoshape

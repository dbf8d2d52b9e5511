#include "trainer/files/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace isoshape {
namespace {

[[noreturn]] void Fail(const std::string& path, int error) {
  throw std::runtime_error("cannot write " + path + ": " +
                           std::generic_category().message(error) +
                           "; free some space, or name another folder");
}

// An open file; closed, and its error found, by Close.
class Descriptor {
 public:
  Descriptor(const std::string& path, int flags)
      : fd_(open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  bool ok() const { return fd_ >= 0; }
  bool Write(std::span<const std::byte> bytes) const {
    // Linux writes at most 2^31 bytes at a time.
    constexpr size_t kMax = size_t{1} << 30;
    while (!bytes.empty()) {
      const ssize_t count =
          write(fd_, bytes.data(), std::min(bytes.size(), kMax));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return false;
      bytes = bytes.subspan(static_cast<size_t>(count));
    }
    return true;
  }
  bool Sync() const { return fsync(fd_) == 0; }
  bool Close() {
    const int fd = fd_;
    fd_ = -1;
    return close(fd) == 0;
  }

 private:
  int fd_;
};

bool WriteAll(const std::string& path,
              const std::vector<std::span<const std::byte>>& parts) {
  Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC);
  return file.ok() &&
         std::all_of(parts.begin(), parts.end(),
                     [&file](const auto& part) { return file.Write(part); }) &&
         file.Sync() && file.Close();
}

}  // namespace

void ReplaceFile(const std::string& path,
                 const std::vector<std::span<const std::byte>>& parts) {
  const std::string temporary = path + ".tmp";
  if (!WriteAll(temporary, parts) ||
      std::rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    unlink(temporary.c_str());
    Fail(path, error);
  }
  const std::filesystem::path folder =
      std::filesystem::path(path).parent_path();
  const Descriptor parent(folder.empty() ? "." : folder.string(),
                          O_RDONLY | O_DIRECTORY);
  if (!parent.ok() || !parent.Sync()) Fail(path, errno);
}

}  // namespace isoshape

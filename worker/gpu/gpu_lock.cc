#include "worker/gpu/gpu_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

// Opens the file so that trainers do not inherit it. A file that another user
// has made is opened for reading, which is enough to lock it.
int Open(const std::string& path) {
  constexpr int kFlags = O_CLOEXEC | O_NOFOLLOW;
  const int file = open(path.c_str(), O_RDWR | O_CREAT | kFlags, 0644);
  return file >= 0 ? file : open(path.c_str(), O_RDONLY | kFlags);
}

}  // namespace

absl::StatusOr<GpuLock> GpuLock::Take(const std::string& folder,
                                      const std::string& uuid,
                                      const std::string& holder) {
  const std::string path = absl::StrCat(
      folder, "/isoshape-", absl::StrReplaceAll(uuid, {{"/", "-"}}), ".lock");
  const int file = Open(path);
  if (file < 0) {
    return absl::UnavailableError(
        absl::StrCat(path, " cannot be made: ", strerror(errno)));
  }
  GpuLock lock(file);
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return absl::UnavailableError(
          absl::StrCat(path, " cannot be locked: ", strerror(errno)));
    }
    char text[200] = {};
    const ssize_t size = pread(file, text, sizeof text - 1, 0);
    return absl::AlreadyExistsError(absl::StrCat(
        uuid, " is in use by ",
        size > 0 ? OneLine(absl::StripAsciiWhitespace(text)) : "another worker",
        "; two workers on one GPU run each other out of memory: name another "
        "in CUDA_VISIBLE_DEVICES, or have one worker train more at a time, "
        "--slots or --replicas"));
  }
  // What it says is for people; without it the lock holds all the same.
  const std::string text = absl::StrCat(holder, " (process ", getpid(), ")\n");
  [[maybe_unused]] const bool written =
      ftruncate(file, 0) == 0 && pwrite(file, text.data(), text.size(), 0) > 0;
  return lock;
}

GpuLock::GpuLock(GpuLock&& other) noexcept
    : file_(std::exchange(other.file_, -1)) {}

GpuLock::~GpuLock() {
  if (file_ >= 0) close(file_);
}

}  // namespace isoshape

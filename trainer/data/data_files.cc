#include "trainer/data/data_files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "data/archive_format.h"

namespace isoshape {
namespace {

namespace fs = std::filesystem;

// Files of this size and above are not copied into memory.
constexpr int64_t kLarge = 1 << 20;
// Descriptors that are left for all else.
constexpr rlim_t kOtherDescriptors = 256;

[[noreturn]] void Fail(const std::string& path, const std::string& why) {
  throw std::runtime_error("data " + path + ": " + why);
}

[[noreturn]] void FailToRead(const std::string& path, const std::string& why) {
  throw DataUnreadable("data " + path + ": " + why);
}

std::shared_ptr<const int> OpenDescriptor(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    FailToRead(path,
               std::string(std::strerror(errno)) +
                   (errno == EMFILE
                        ? "; raise the limit (ulimit -n), or join the files"
                        : "; check its permissions and its file system"));
  }
  return {new int(descriptor), [](const int* open_descriptor) {
            close(*open_descriptor);
            delete open_descriptor;
          }};
}

void ReadAt(const std::string& path, int descriptor, int64_t offset,
            int64_t size, uint8_t* to) {
  while (size > 0) {
    const ssize_t count =
        pread(descriptor, to, static_cast<size_t>(size), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      FailToRead(path, std::string(std::strerror(errno)) +
                           "; check the disk, or the network that it is on");
    }
    if (count == 0) {
      Fail(path,
           "it became shorter while it was in use; leave data alone that runs "
           "are trained on, and give other data another path");
    }
    to += count;
    offset += count;
    size -= count;
  }
}

// Lets so many files be open at once, as far as the hard limit goes.
void AllowDescriptors(size_t count) {
  rlimit limit;
  const rlim_t wanted = count + kOtherDescriptors;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Regular files below a folder, by path.
std::vector<std::string> ListFiles(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator();
       entry.increment(error)) {
    const bool hidden = entry->path().filename().string()[0] == '.';
    if (hidden && entry->is_directory(error)) entry.disable_recursion_pending();
    if (!hidden && entry->is_regular_file(error)) {
      paths.push_back(entry->path().string());
    }
  }
  if (error) FailToRead(folder, error.message());
  std::sort(paths.begin(), paths.end());
  return paths;
}

bool SameTime(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

// The time of change (ctime) too, which nobody sets: rsync -t, cp -p and touch
// put the time of the last write back.
bool SameFile(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino &&
         a.st_size == b.st_size && SameTime(a.st_mtim, b.st_mtim) &&
         SameTime(a.st_ctim, b.st_ctim);
}

}  // namespace

std::vector<DataFiles::Entry> DataFiles::List(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    FailToRead(path, "it is not there; name a text file or folder");
  }
  const std::vector<std::string> paths = fs::is_directory(status)
                                             ? ListFiles(path)
                                             : std::vector<std::string>{path};
  std::vector<Entry> entries;
  for (const std::string& file : paths) {
    Entry& entry = entries.emplace_back(Entry{file, {}});
    if (stat(file.c_str(), &entry.status) != 0) {
      FailToRead(file, std::string(std::strerror(errno)) +
                           "; leave the folder alone while it is read");
    }
  }
  return entries;
}

DataFiles DataFiles::Open(const std::string& path) {
  DataFiles result;
  result.path_ = path;
  result.entries_ = List(path);
  // As of a folder on which a file system is mounted at other times.
  if (result.entries_.empty()) {
    throw DataUnreadable("data " + path +
                         " is empty; name a text file or folder");
  }
  int64_t small = 0;
  size_t large = 0;
  for (const Entry& entry : result.entries_) {
    const int64_t size = entry.status.st_size;
    size < kLarge ? small += size : ++large;
  }
  AllowDescriptors(large);
  // One buffer for all small files.
  auto buffer = std::make_shared<std::vector<uint8_t>>(small);
  result.owned_.emplace_back(buffer, buffer->data());
  uint8_t* next = buffer->data();
  for (const Entry& entry : result.entries_) {
    const int64_t size = entry.status.st_size;
    if (size == 0) continue;
    if (size < kLarge) {
      result.OpenSmall(entry, next);
      next += size;
    } else {
      result.OpenLarge(entry);
    }
    result.CheckLastFormat();
  }
  return result;
}

void DataFiles::CheckLastFormat() const {
  constexpr int64_t kTail = 4;
  const File& file = files_.back();
  std::vector<uint8_t> scratch;
  const auto text = [&](int64_t begin, int64_t size) {
    const uint8_t* const bytes = Read(files_.size() - 1, begin, size, scratch);
    return std::string(bytes, bytes + size);
  };
  const std::string head = text(0, std::min(kArchiveHead, file.size));
  const int64_t tail = std::min(kTail, file.size);
  const std::string problem =
      ArchiveProblem(head, text(file.size - tail, tail));
  if (!problem.empty()) Fail(file.path, problem);
}

void DataFiles::OpenSmall(const Entry& entry, uint8_t* to) {
  const int64_t size = entry.status.st_size;
  ReadAt(entry.path, *OpenDescriptor(entry.path), 0, size, to);
  files_.push_back({entry.path, size, to});
}

void DataFiles::OpenLarge(const Entry& entry) {
  files_.push_back(
      {entry.path, entry.status.st_size, nullptr, OpenDescriptor(entry.path)});
}

bool DataFiles::RunsOn(size_t file, int64_t end, size_t next,
                       int64_t begin) const {
  if (file == next) return end == begin;
  const uint8_t* const data = files_[file].data;
  const uint8_t* const next_data = files_[next].data;
  return data != nullptr && next_data != nullptr &&
         data + end == next_data + begin;
}

const uint8_t* DataFiles::Read(size_t file, int64_t offset, int64_t size,
                               std::vector<uint8_t>& scratch) const {
  const File& from = files_[file];
  if (from.data != nullptr) return from.data + offset;
  scratch.resize(static_cast<size_t>(size));
  ReadAt(from.path, *from.descriptor, offset, size, scratch.data());
  return scratch.data();
}

std::string_view DataFiles::Whole(size_t file) {
  const File& from = files_[file];
  const auto length = static_cast<size_t>(from.size);
  if (from.data != nullptr) {
    return {reinterpret_cast<const char*>(from.data), length};
  }
  void* address =
      mmap(nullptr, length, PROT_READ, MAP_SHARED, *from.descriptor, 0);
  if (address == MAP_FAILED) FailToRead(from.path, std::strerror(errno));
  owned_.emplace_back(address, [length](const void* mapped) {
    munmap(const_cast<void*>(mapped), length);
  });
  return {static_cast<const char*>(address), length};
}

std::string DataFiles::Change() const {
  const std::vector<Entry> now = List(path_);
  const auto changed = [](const Entry& was, const Entry& is) {
    return was.path == is.path && SameFile(was.status, is.status);
  };
  const auto [was, is] = std::mismatch(entries_.begin(), entries_.end(),
                                       now.begin(), now.end(), changed);
  if (was == entries_.end() && is == now.end()) return "";
  const bool is_new =
      was == entries_.end() || (is != now.end() && is->path < was->path);
  const bool is_gone = !is_new && (is == now.end() || is->path != was->path);
  return "data " + (is_new ? is->path : was->path) +
         (is_new    ? " is new"
          : is_gone ? " is gone"
                    : " changed") +
         " since the data were opened; leave data alone that runs are trained "
         "on, and give other data another path";
}

}  // namespace isoshape

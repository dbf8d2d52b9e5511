#include "trainer/data/data_files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "trainer/files/hash.h"

namespace isoshape {
namespace {

namespace fs = std::filesystem;

// Files of this size and above are mapped: a mapping costs a page and an entry
// of the kernel's table.
constexpr int64_t kMapFrom = 1 << 20;

[[noreturn]] void Fail(const std::string& path, const std::string& why) {
  throw std::runtime_error("data " + path + ": " + why);
}

// Closes itself.
class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      : path_(path), descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0) Fail(path, std::strerror(errno));
  }
  ~OpenFile() { close(descriptor_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  std::shared_ptr<const void> Map(int64_t size) const {
    const size_t length = static_cast<size_t>(size);
    void* address =
        mmap(nullptr, length, PROT_READ, MAP_SHARED, descriptor_, 0);
    if (address == MAP_FAILED) Fail(path_, std::strerror(errno));
    return {address, [length](const void* mapped) {
              munmap(const_cast<void*>(mapped), length);
            }};
  }
  // Reads exactly `size` bytes.
  void Read(uint8_t* to, int64_t size) const {
    while (size > 0) {
      const ssize_t count = read(descriptor_, to, static_cast<size_t>(size));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) Fail(path_, std::strerror(errno));
      if (count == 0) Fail(path_, "it became shorter while it was read");
      to += count;
      size -= count;
    }
  }

 private:
  const std::string path_;
  const int descriptor_;
};

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
  if (error) Fail(folder, error.message());
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

DataFiles DataFiles::Open(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    Fail(path, "it is not there; name a text file or folder");
  }
  const std::vector<std::string> paths = fs::is_directory(status)
                                             ? ListFiles(path)
                                             : std::vector<std::string>{path};
  DataFiles result;
  std::vector<int64_t> sizes;
  int64_t small = 0;
  for (const std::string& file : paths) {
    const auto size = static_cast<int64_t>(fs::file_size(file, error));
    if (error) Fail(file, error.message());
    sizes.push_back(size);
    if (size < kMapFrom) small += size;
  }
  // One buffer for all small files.
  auto buffer = std::make_shared<std::vector<uint8_t>>(small);
  result.owned_.emplace_back(buffer, buffer->data());
  uint8_t* next = buffer->data();
  for (size_t i = 0; i < paths.size(); ++i) {
    if (sizes[i] == 0) continue;
    const OpenFile file(paths[i]);
    if (sizes[i] >= kMapFrom) {
      result.owned_.push_back(file.Map(sizes[i]));
      result.files_.push_back(
          {paths[i], static_cast<const uint8_t*>(result.owned_.back().get()),
           sizes[i]});
    } else {
      file.Read(next, sizes[i]);
      result.files_.push_back({paths[i], next, sizes[i]});
      next += sizes[i];
    }
  }
  return result;
}

void AppendBlocks(const uint8_t* data, int64_t size, int64_t block_size,
                  std::vector<DataBlock>& blocks) {
  for (int64_t begin = 0; begin < size; begin += block_size) {
    const int64_t length = std::min(block_size, size - begin);
    blocks.push_back(
        {data + begin, length, HashBytes(data + begin, length), false});
  }
}

}  // namespace isoshape

#include "trainer/cpu/buffer.h"

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>

namespace isoshape::cpu {
namespace {

constexpr size_t kLine = 64;
constexpr size_t kHugePage = size_t{2} << 20;

size_t RoundUp(size_t count, size_t step) {
  return (count + step - 1) / step * step;
}

}  // namespace

Buffer::Buffer(int64_t size) : size_(size) {
  size_t bytes = RoundUp(static_cast<size_t>(size) * sizeof(float), kLine);
  bytes = bytes == 0 ? kLine : bytes;
  const bool huge = bytes >= kHugePage;
  if (huge) bytes = RoundUp(bytes, kHugePage);
  data_.reset(
      static_cast<float*>(std::aligned_alloc(huge ? kHugePage : kLine, bytes)));
  if (data_ == nullptr) throw std::bad_alloc();
  // This fails if the system has no huge pages. Ordinary pages work too, so the
  // failure is ignored.
  if (huge) madvise(data_.get(), bytes, MADV_HUGEPAGE);
  std::memset(data_.get(), 0, bytes);
}

void Buffer::Free::operator()(float* data) const { std::free(data); }

}  // namespace isoshape::cpu

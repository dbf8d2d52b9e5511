#ifndef ISOSHAPE_TRAINER_CPU_BUFFER_H_
#define ISOSHAPE_TRAINER_CPU_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

namespace isoshape::cpu {

// Floats that begin at a line of the cache, set to 0; of a fixed number.
// Throws std::bad_alloc.
class Buffer {
 public:
  explicit Buffer(int64_t size) : size_(size) {
    const size_t bytes =
        (static_cast<size_t>(size) * sizeof(float) + kLine - 1) / kLine * kLine;
    data_.reset(static_cast<float*>(std::aligned_alloc(kLine, bytes + kLine)));
    if (data_ == nullptr) throw std::bad_alloc();
    std::memset(data_.get(), 0, bytes);
  }

  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  int64_t size() const { return size_; }

 private:
  struct Free {
    void operator()(float* data) const { std::free(data); }
  };
  static constexpr size_t kLine = 64;

  int64_t size_;
  std::unique_ptr<float, Free> data_;
};

}  // namespace isoshape::cpu

#endif  // ISOSHAPE_TRAINER_CPU_BUFFER_H_

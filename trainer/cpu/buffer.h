#ifndef ISOSHAPE_TRAINER_CPU_BUFFER_H_
#define ISOSHAPE_TRAINER_CPU_BUFFER_H_

#include <cstdint>
#include <memory>

namespace isoshape::cpu {

// An array of floats of fixed size, set to 0, that begins at a cache line. A
// large one asks for huge pages. Throws std::bad_alloc.
class Buffer {
 public:
  explicit Buffer(int64_t size);

  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  int64_t size() const { return size_; }

 private:
  struct Free {
    void operator()(float* data) const;
  };

  int64_t size_;
  std::unique_ptr<float, Free> data_;
};

}  // namespace isoshape::cpu

#endif  // ISOSHAPE_TRAINER_CPU_BUFFER_H_

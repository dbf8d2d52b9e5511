#ifndef ISOSHAPE_TRAINER_CPU_BUFFER_H_
#define ISOSHAPE_TRAINER_CPU_BUFFER_H_

#include <cstdint>
#include <memory>

namespace isoshape::cpu {

// Floats that begin at a line of the cache, set to 0; of a fixed number. On
// huge pages where there are enough of them. Throws std::bad_alloc.
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

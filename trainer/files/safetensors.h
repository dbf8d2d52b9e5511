#ifndef ISOSHAPE_TRAINER_FILES_SAFETENSORS_H_
#define ISOSHAPE_TRAINER_FILES_SAFETENSORS_H_

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace isoshape {

// One float32 tensor, row-major; a view.
struct TensorView {
  std::string name;
  std::vector<int64_t> sizes;
  std::span<const float> values;  // as many as the product of `sizes`
};

// One float32 tensor read from a file.
struct StoredTensor {
  std::vector<int64_t> sizes;
  std::vector<float> values;
};

// A file in the safetensors format
// (https://github.com/huggingface/safetensors): the length of a JSON header, 8
// bytes little-endian; the header, which gives every tensor's type, sizes and
// place; the values.
struct Safetensors {
  std::map<std::string, StoredTensor> tensors;
  std::map<std::string, std::string> metadata;
};

// Replaces the file at `path` (see ReplaceFile). Throws std::runtime_error.
void WriteSafetensors(const std::string& path,
                      const std::vector<TensorView>& tensors,
                      const std::map<std::string, std::string>& metadata);

// Throws std::runtime_error, one line that names the file and what is wrong
// with it, if the file cannot be read, is cut off, is not in the format or has
// tensors that are not float32.
Safetensors ReadSafetensors(const std::string& path);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_FILES_SAFETENSORS_H_

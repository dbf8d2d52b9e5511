#ifndef ISOSHAPE_TRAINER_CPU_WEIGHTS_H_
#define ISOSHAPE_TRAINER_CPU_WEIGHTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shape/shape.h"
#include "trainer/cpu/buffer.h"
#include "trainer/cpu/kernels.h"
#include "trainer/cpu/padded_layout.h"
#include "trainer/spec/run_spec.h"

namespace isoshape::cpu {

// A matrix of a linear layer: W [rows, columns] (padded) maps x [columns] to y
// [rows].
struct WeightMatrix {
  int64_t offset = 0;  // in padded buffers
  int64_t rows = 0, columns = 0;
  int64_t forward = 0;   // packed for y = x W^T: offset in Weights::packed
  int64_t backward = 0;  // packed for dx = dy W
};

// Where a block's tensors lie. Offsets of biases are absent if there are none.
struct BlockWeights {
  int64_t norm1, norm2;
  std::optional<int64_t> norm1_bias, norm2_bias;
  WeightMatrix qkv, out, up, down;
  std::optional<int64_t> qkv_bias, out_bias, up_bias, down_bias;
};

// The weights of one model in a padded buffer, fp32, and packed for products in
// fp32 or bf16. Threads may read it together; what changes it says so.
class Weights {
 public:
  // Sets all weights to zero. `kernels` must outlive this object and, if
  // `precision` is bf16, have the kernels for it.
  Weights(const Shape& shape, const PaddedLayout& layout, Precision precision,
          const Kernels& kernels);

  Buffer& values() { return values_; }  // padded
  const float* data() const { return values_.data(); }

  // Packs share `part` of `parts` of the weights anew, after they changed. The
  // parts may be packed by threads at the same time.
  void Pack(int part, int parts);
  const float* packed(int64_t offset) const { return packed_.data() + offset; }

  Precision precision() const { return precision_; }
  // The max of rows or columns of a matrix.
  int64_t max_side() const { return max_side_; }

  const std::vector<BlockWeights>& blocks() const { return blocks_; }
  int64_t embedding() const { return embedding_; }
  std::optional<int64_t> positions() const { return positions_; }
  int64_t final_norm() const { return final_norm_; }
  std::optional<int64_t> final_norm_bias() const { return final_norm_bias_; }
  // The matrix of the output layer, which is the embedding if that is tied.
  const WeightMatrix& unembedding() const { return unembedding_; }

 private:
  WeightMatrix AddMatrix(const PaddedLayout& layout, const std::string& name);

  // Packs panels from `from` on; `transposed`, `depth`: as Kernels::pack.
  void PackPart(const float* from, int64_t stride, int64_t depth,
                int64_t columns, bool transposed, float* to) const;

  const Kernels& kernels_;
  const Precision precision_;
  std::vector<WeightMatrix> matrices_;
  int64_t max_side_ = 0;
  int64_t packed_size_ = 0;
  std::vector<BlockWeights> blocks_;
  int64_t embedding_ = 0;
  std::optional<int64_t> positions_;
  int64_t final_norm_ = 0;
  std::optional<int64_t> final_norm_bias_;
  WeightMatrix unembedding_;
  Buffer values_;
  Buffer packed_;
};

}  // namespace isoshape::cpu

#endif  // ISOSHAPE_TRAINER_CPU_WEIGHTS_H_

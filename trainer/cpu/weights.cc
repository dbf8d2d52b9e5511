#include "trainer/cpu/weights.h"

#include <algorithm>
#include <stdexcept>

namespace isoshape::cpu {
namespace {

const PaddedSlot& SlotOf(const PaddedLayout& layout, const std::string& name) {
  const PaddedSlot* slot = layout.Find(name);
  if (slot == nullptr) throw std::logic_error("no parameter " + name);
  return *slot;
}

int64_t OffsetOf(const PaddedLayout& layout, const std::string& name) {
  return SlotOf(layout, name).offset;
}

std::optional<int64_t> OffsetOrNone(const PaddedLayout& layout,
                                    const std::string& name) {
  const PaddedSlot* slot = layout.Find(name);
  if (slot == nullptr) return std::nullopt;
  return slot->offset;
}

// Share [begin, end) of `count` columns, in steps of whole panels.
struct Share {
  int64_t begin, end;
};
Share ShareOf(int64_t count, int part, int parts) {
  constexpr int64_t kStep = 64;  // a multiple of every panel's width
  const int64_t steps = (count + kStep - 1) / kStep;
  return {std::min(count, steps * part / parts * kStep),
          std::min(count, steps * (part + 1) / parts * kStep)};
}

}  // namespace

Weights::Weights(const Shape& shape, const PaddedLayout& layout,
                 Precision precision, const Kernels& kernels)
    : kernels_(kernels),
      precision_(precision),
      blocks_([&] {
        std::vector<BlockWeights> blocks;
        for (int64_t layer = 0; layer < shape.depth; ++layer) {
          const std::string prefix = std::to_string(layer) + ".";
          const auto none = [&](const char* name) {
            return OffsetOrNone(layout, prefix + name);
          };
          blocks.push_back(
              {OffsetOf(layout, prefix + "norm1"),
               OffsetOf(layout, prefix + "norm2"), none("norm1_bias"),
               none("norm2_bias"), AddMatrix(layout, prefix + "qkv"),
               AddMatrix(layout, prefix + "out"),
               AddMatrix(layout, prefix + "up"),
               AddMatrix(layout, prefix + "down"), none("qkv_bias"),
               none("out_bias"), none("up_bias"), none("down_bias")});
        }
        return blocks;
      }()),
      embedding_(OffsetOf(layout, "embedding")),
      positions_(OffsetOrNone(layout, "positions")),
      final_norm_(OffsetOf(layout, "final_norm")),
      final_norm_bias_(OffsetOrNone(layout, "final_norm_bias")),
      unembedding_(AddMatrix(
          layout, shape.tied_embedding ? "embedding" : "unembedding")),
      values_(layout.size),
      packed_(packed_size_) {}

WeightMatrix Weights::AddMatrix(const PaddedLayout& layout,
                                const std::string& name) {
  const PaddedSlot& slot = SlotOf(layout, name);
  WeightMatrix matrix;
  matrix.offset = slot.offset;
  matrix.rows = slot.padded_rows();
  matrix.columns = slot.columns.padded();
  const int64_t packing = precision_ == Precision::kBf16 ? 2 : 1;
  matrix.forward = packed_size_;
  packed_size_ += kernels_.packed_size(matrix.columns / packing, matrix.rows);
  matrix.backward = packed_size_;
  packed_size_ += kernels_.packed_size(matrix.rows / packing, matrix.columns);
  max_side_ = std::max({max_side_, matrix.rows, matrix.columns});
  matrices_.push_back(matrix);
  return matrix;
}

void Weights::PackPart(const float* from, int64_t stride, int64_t depth,
                       int64_t columns, bool transposed, float* to) const {
  const auto pack =
      precision_ == Precision::kBf16 ? kernels_.pack_pairs : kernels_.pack;
  pack(from, stride, depth, columns, transposed, to);
}

void Weights::Pack(int part, int parts) {
  const int64_t packing = precision_ == Precision::kBf16 ? 2 : 1;
  for (const WeightMatrix& matrix : matrices_) {
    const float* from = values_.data() + matrix.offset;
    const Share rows = ShareOf(matrix.rows, part, parts);
    PackPart(from + rows.begin * matrix.columns, matrix.columns, matrix.columns,
             rows.end - rows.begin, true,
             packed_.data() + matrix.forward +
                 rows.begin * matrix.columns / packing);
    const Share columns = ShareOf(matrix.columns, part, parts);
    PackPart(from + columns.begin, matrix.columns, matrix.rows,
             columns.end - columns.begin, false,
             packed_.data() + matrix.backward +
                 columns.begin * matrix.rows / packing);
  }
}

}  // namespace isoshape::cpu

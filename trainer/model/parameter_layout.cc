#include "trainer/model/parameter_layout.h"

#include <algorithm>
#include <utility>

namespace isoshape {
namespace {

constexpr int64_t kAlignment = 16;

constexpr TensorKind kKinds[] = {
    TensorKind::kEmbedding,      TensorKind::kHiddenMatrix,
    TensorKind::kResidualMatrix, TensorKind::kHiddenVector,
    TensorKind::kFinalNorm,      TensorKind::kUnembedding};

// Collects tensors in the order of the forward pass.
class Builder {
 public:
  explicit Builder(const Shape& shape) : shape_(shape) {}

  void Matrix(const std::string& name, TensorKind kind, int64_t rows,
              int64_t columns) {
    Append({name, kind, {rows, columns}, 0, true, 0, rows * columns});
  }
  void Bias(const std::string& name, int64_t size) {
    if (!shape_.bias) return;
    Append({name, TensorKind::kHiddenVector, {size}, 0, false, 0, size});
  }
  void Norm(const std::string& name, TensorKind kind) {
    if (shape_.norm_placement == NormPlacement::kNone) return;
    Append({name, kind, {shape_.width}, 1, false, 0, shape_.width});
    if (shape_.bias && shape_.norm == isoshape::Norm::kLayer) {
      Append({name + "_bias", kind, {shape_.width}, 0, false, 0, shape_.width});
    }
  }
  void HeadNorm(const std::string& name) {
    if (!shape_.qk_norm) return;
    Append({name,
            TensorKind::kHiddenVector,
            {shape_.head_dim},
            1,
            false,
            0,
            shape_.head_dim});
  }

  std::vector<ParameterSlot> Take() { return std::move(slots_); }

 private:
  void Append(ParameterSlot slot) { slots_.push_back(std::move(slot)); }

  const Shape& shape_;
  std::vector<ParameterSlot> slots_;
};

void AddBlock(const Shape& shape, int64_t layer, Builder& builder) {
  const std::string prefix = std::to_string(layer) + ".";
  const int64_t query = shape.heads * shape.head_dim;
  const int64_t query_key_value = query + 2 * shape.kv_heads * shape.head_dim;
  const int64_t up = shape.activation == Activation::kSwiglu
                         ? 2 * shape.ffn_width
                         : shape.ffn_width;
  builder.Norm(prefix + "norm1", TensorKind::kHiddenVector);
  builder.Matrix(prefix + "qkv", TensorKind::kHiddenMatrix, query_key_value,
                 shape.width);
  builder.Bias(prefix + "qkv_bias", query_key_value);
  builder.HeadNorm(prefix + "q_norm");
  builder.HeadNorm(prefix + "k_norm");
  builder.Matrix(prefix + "out", TensorKind::kResidualMatrix, shape.width,
                 query);
  builder.Bias(prefix + "out_bias", shape.width);
  builder.Norm(prefix + "norm2", TensorKind::kHiddenVector);
  builder.Matrix(prefix + "up", TensorKind::kHiddenMatrix, up, shape.width);
  builder.Bias(prefix + "up_bias", up);
  builder.Matrix(prefix + "down", TensorKind::kResidualMatrix, shape.width,
                 shape.ffn_width);
  builder.Bias(prefix + "down_bias", shape.width);
}

}  // namespace

int64_t ParameterLayout::Find(const std::string& name) const {
  const auto found =
      std::find_if(parameters.begin(), parameters.end(),
                   [&](const auto& slot) { return slot.name == name; });
  return found == parameters.end() ? -1 : found - parameters.begin();
}

ParameterLayout LayOutParameters(const Shape& shape) {
  Builder builder(shape);
  builder.Matrix("embedding", TensorKind::kEmbedding, shape.vocab, shape.width);
  if (shape.positions == Positions::kLearned) {
    builder.Matrix("positions", TensorKind::kEmbedding, shape.context,
                   shape.width);
  }
  const bool post = shape.norm_placement == NormPlacement::kPost;
  if (post) builder.Norm("embedding_norm", TensorKind::kFinalNorm);
  for (int64_t layer = 0; layer < shape.depth; ++layer) {
    AddBlock(shape, layer, builder);
  }
  if (!post) builder.Norm("final_norm", TensorKind::kFinalNorm);
  if (shape.objective == Objective::kMasked) {
    builder.Matrix("head", TensorKind::kHiddenMatrix, shape.width, shape.width);
    builder.Bias("head_bias", shape.width);
    builder.Norm("head_norm", TensorKind::kFinalNorm);
  }
  if (!shape.tied_embedding) {
    builder.Matrix("unembedding", TensorKind::kUnembedding, shape.vocab,
                   shape.width);
  }

  ParameterLayout layout;
  layout.parameters = builder.Take();
  for (const TensorKind kind : kKinds) {
    ParameterGroup group{kind, layout.size, 0};
    for (ParameterSlot& slot : layout.parameters) {
      if (slot.kind != kind) continue;
      slot.offset = layout.size;
      layout.size += (slot.count + kAlignment - 1) / kAlignment * kAlignment;
      layout.count += slot.count;
    }
    group.length = layout.size - group.offset;
    if (group.length > 0) layout.groups.push_back(group);
  }
  return layout;
}

}  // namespace isoshape

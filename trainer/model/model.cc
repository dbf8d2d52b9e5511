#include "trainer/model/model.h"

#include <optional>
#include <string>

#include "trainer/spec/recipe.h"

namespace isoshape {

using torch::Tensor;

namespace {

// Su et al. 2021: angle of pair i at position t is t * 10000^(-2 i / head_dim);
// double [context, head_dim / 2].
Tensor RotaryAngles(const Shape& shape) {
  const Tensor pair = torch::arange(shape.head_dim / 2, torch::kFloat64);
  const Tensor frequency =
      torch::pow(10000.0, pair * (-2.0 / static_cast<double>(shape.head_dim)));
  return torch::outer(torch::arange(shape.context, torch::kFloat64), frequency);
}

// Writes `rows` [1, time, heads, head_dim] at `position` of `kept` and returns
// all up to their end.
Tensor Append(const Tensor& rows, int64_t position, Tensor& kept) {
  const int64_t time = rows.size(1);
  kept.narrow(1, position, time).copy_(rows);
  return kept.narrow(1, 0, position + time);
}

}  // namespace

Model::Model(const Shape& shape, const Recipe& recipe,
             const Parameters& parameters)
    : shape_(shape),
      replicas_(parameters.replicas()),
      precision_(recipe.precision),
      input_scale_(recipe.input_multiplier),
      branch_scale_(BranchMultiplier(shape, recipe)),
      attention_scale_(AttentionScale(shape, recipe)),
      output_scale_(LogitsMultiplier(shape, recipe)),
      z_loss_(recipe.z_loss) {
  embedding_ = parameters.Weight("embedding");
  positions_ = parameters.WeightOrNone("positions");
  embedding_norm_ = parameters.WeightOrNone("embedding_norm");
  embedding_bias_ = parameters.WeightOrNone("embedding_norm_bias");
  final_norm_ = parameters.WeightOrNone("final_norm");
  final_bias_ = parameters.WeightOrNone("final_norm_bias");
  head_ = parameters.WeightOrNone("head");
  head_bias_ = parameters.WeightOrNone("head_bias");
  head_norm_ = parameters.WeightOrNone("head_norm");
  head_norm_bias_ = parameters.WeightOrNone("head_norm_bias");
  unembedding_ =
      shape.tied_embedding ? embedding_ : parameters.Weight("unembedding");
  for (int64_t layer = 0; layer < shape.depth; ++layer) {
    const auto get = [&](const char* name) {
      return parameters.WeightOrNone(std::to_string(layer) + "." + name);
    };
    blocks_.push_back({get("norm1"), get("norm1_bias"), get("qkv"),
                       get("qkv_bias"), get("q_norm"), get("k_norm"),
                       get("out"), get("out_bias"), get("norm2"),
                       get("norm2_bias"), get("up"), get("up_bias"),
                       get("down"), get("down_bias")});
  }
  if (shape.positions == Positions::kRope) {
    const Tensor angles = RotaryAngles(shape).to(embedding_.device());
    cos_ = angles.cos().to(torch::kFloat32).unsqueeze(1);
    sin_ = angles.sin().to(torch::kFloat32).unsqueeze(1);
  }
  if (replicas_ > 1) {
    first_rows_ = (torch::arange(replicas_, torch::kInt64) * shape.vocab)
                      .unsqueeze(1)
                      .to(embedding_.device());
  }
}

Tensor Model::ByReplica(const Tensor& x) const {
  return x.reshape({replicas_, -1, x.size(-1)});
}

Tensor Model::Rows(const Tensor& x) const {
  return replicas_ == 1 ? x.reshape({-1, x.size(-1)}) : ByReplica(x);
}

Tensor Model::Scale(const Tensor& x, const Tensor& gain,
                    const Tensor& bias) const {
  const Tensor rows = ByReplica(x);
  const Tensor scaled = bias.defined() ? torch::addcmul(bias.unsqueeze(1), rows,
                                                        gain.unsqueeze(1))
                                       : rows * gain.unsqueeze(1);
  return scaled.view(x.sizes());
}

Tensor Model::Normalize(const Tensor& x, const Tensor& gain,
                        const Tensor& bias) const {
  if (!gain.defined()) return x;
  const auto normalize = [&](const std::optional<Tensor>& factor,
                             const std::optional<Tensor>& offset) {
    return shape_.norm == Norm::kLayer
               ? torch::layer_norm(x, {shape_.width}, factor, offset,
                                   kLayerNormEpsilon)
               : at::rms_norm(x, {shape_.width}, factor, kRmsNormEpsilon);
  };
  if (replicas_ == 1) return normalize(gain, bias);
  return Scale(normalize(std::nullopt, std::nullopt), gain, bias);
}

// RMSNorm of every head, x [batch, time, heads, head_dim], in fp32.
Tensor Model::NormalizeHeads(const Tensor& x, const Tensor& gain) const {
  const Tensor exact = x.to(torch::kFloat32);
  const auto normalize = [&](const std::optional<Tensor>& factor) {
    return at::rms_norm(exact, {x.size(-1)}, factor, kRmsNormEpsilon);
  };
  return (replicas_ == 1 ? normalize(gain)
                         : Scale(normalize(std::nullopt), gain, {}))
      .to(x.dtype());
}

Tensor Model::Linear(const Tensor& x, const Tensor& weight,
                     const Tensor& bias) const {
  const auto exact = [](const Tensor& tensor) {
    return tensor.scalar_type() != torch::kBFloat16;
  };
  if (precision_ == Precision::kBf16 && (exact(x) || exact(weight))) {
    return Linear(x.to(torch::kBFloat16), weight.to(torch::kBFloat16),
                  bias.defined() ? bias.to(torch::kBFloat16) : bias);
  }
  if (replicas_ == 1) return torch::linear(x, weight, bias);
  const Tensor rows = ByReplica(x);
  const Tensor columns = weight.transpose(1, 2);
  std::vector<int64_t> sizes = x.sizes().vec();
  sizes.back() = weight.size(1);
  return (bias.defined() ? torch::baddbmm(bias.unsqueeze(1), rows, columns)
                         : torch::bmm(rows, columns))
      .view(sizes);
}

// x [batch, time, heads, head_dim]: pair i is (x[i], x[i + head_dim / 2]).
Tensor Model::Rotate(const Tensor& x, int64_t position) const {
  const int64_t time = x.size(1);
  const Tensor cos = cos_.narrow(0, position, time);
  const Tensor sin = sin_.narrow(0, position, time);
  const std::vector<Tensor> halves = x.chunk(2, -1);
  return torch::cat({halves[0] * cos - halves[1] * sin,
                     halves[0] * sin + halves[1] * cos},
                    -1)
      .to(x.dtype());
}

// split_with_sizes, as its gradient is one concatenation; that of narrow() is
// filled with zeros to the full size, and then added to the others.
Model::HeadsOfTokens Model::Heads(const Block& block, const Tensor& qkv,
                                  int64_t position) const {
  const int64_t heads = shape_.heads;
  const int64_t kv_heads = shape_.kv_heads;
  if (!shape_.qk_norm && !cos_.defined()) {
    const std::vector<Tensor> parts =
        qkv.split_with_sizes({heads, kv_heads, kv_heads}, 2);
    return {parts[0], parts[1], parts[2]};
  }
  const std::vector<Tensor> parts =
      qkv.split_with_sizes({heads + kv_heads, kv_heads}, 2);
  const auto queries_and_keys = [&](const Tensor& both) {
    return both.split_with_sizes({heads, kv_heads}, 2);
  };
  Tensor turned = parts[0];
  if (shape_.qk_norm) {
    const std::vector<Tensor> plain = queries_and_keys(turned);
    turned = torch::cat({NormalizeHeads(plain[0], block.q_norm),
                         NormalizeHeads(plain[1], block.k_norm)},
                        2);
  }
  if (cos_.defined()) turned = Rotate(turned, position);
  const std::vector<Tensor> done = queries_and_keys(turned);
  return {done[0], done[1], parts[1]};
}

Tensor Model::Attend(size_t layer, const Tensor& x,
                     KeyValueCache* cache) const {
  const Block& block = blocks_[layer];
  const int64_t position = cache == nullptr ? 0 : cache->length;
  const int64_t batch = x.size(0);
  const int64_t time = x.size(1);
  const int64_t heads = shape_.heads;
  const int64_t kv_heads = shape_.kv_heads;
  const Tensor qkv =
      Linear(x, block.qkv, block.qkv_bias)
          .view({batch, time, heads + 2 * kv_heads, shape_.head_dim});
  const auto [query, new_key, new_value] = Heads(block, qkv, position);
  Tensor key = new_key, value = new_value;
  if (cache != nullptr) {
    key = Append(key, position, cache->keys[layer]);
    value = Append(value, position, cache->values[layer]);
  }
  // A token that is decoded sees all that are kept.
  const bool causal = shape_.objective == Objective::kCausal && position == 0;
  // In fp32 no fused kernel of a GPU takes groups of heads, and the one that is
  // left keeps the products of all queries and keys in memory, [time, time] for
  // each head. Repeated keys and values take far less.
  bool grouped = kv_heads != heads;
  if (grouped && query.is_cuda() && query.scalar_type() == torch::kFloat32) {
    key = key.repeat_interleave(heads / kv_heads, 2);
    value = value.repeat_interleave(heads / kv_heads, 2);
    grouped = false;
  }
  at::globalContext().setSDPUseCuDNN(cudnn_attention_ &&
                                     torch::GradMode::is_enabled());
  const Tensor attended = at::scaled_dot_product_attention(
      query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), {},
      0.0, /*is_causal=*/causal, attention_scale_, /*enable_gqa=*/grouped);
  return Linear(
      attended.transpose(1, 2).reshape({batch, time, heads * shape_.head_dim}),
      block.out, block.out_bias);
}

// The activation of blocks that are not gated.
Tensor Model::Activate(const Tensor& x) const {
  if (shape_.activation == Activation::kRelu2) return torch::relu(x).square();
  return torch::gelu(x, "tanh");
}

Tensor Model::FeedForward(const Block& block, const Tensor& x) const {
  const Tensor up = Linear(x, block.up, block.up_bias);
  if (shape_.activation != Activation::kSwiglu) {
    return Linear(Activate(up), block.down, block.down_bias);
  }
  const std::vector<Tensor> halves = up.chunk(2, -1);
  return Linear(torch::silu(halves[0]) * halves[1], block.down,
                block.down_bias);
}

template <typename Branch>
Tensor Model::AddBranch(const Tensor& x, const Tensor& gain, const Tensor& bias,
                        const Branch& branch) const {
  const bool pre = shape_.norm_placement == NormPlacement::kPre;
  Tensor y = branch(pre ? Normalize(x, gain, bias) : x);
  y = shape_.residual == Residual::kAdd ? torch::add(x, y, branch_scale_)
                                        : y.to(torch::kFloat32);
  return pre ? y : Normalize(y, gain, bias);
}

Tensor Model::Embed(const Tensor& inputs, int64_t position) const {
  const int64_t time = inputs.size(1);
  Tensor x;
  if (replicas_ == 1) {
    x = torch::embedding(embedding_, inputs);
    if (positions_.defined()) x = x + positions_.narrow(0, position, time);
  } else {
    const Tensor rows = inputs.reshape({replicas_, -1}) + first_rows_;
    x = torch::embedding(embedding_.reshape({-1, shape_.width}), rows)
            .view({replicas_, -1, time, shape_.width});
    if (positions_.defined()) {
      x = x + positions_.narrow(1, position, time).unsqueeze(1);
    }
    x = x.flatten(0, 1);
  }
  if (input_scale_ != 1.0) x = x * input_scale_;
  return Normalize(x, embedding_norm_, embedding_bias_);
}

// Devlin et al. 2018: matrix, activation, norm.
Tensor Model::PredictionHead(const Tensor& x) const {
  const Tensor y = Activate(Linear(x, head_, head_bias_));
  return Normalize(y.to(torch::kFloat32), head_norm_, head_norm_bias_);
}

Tensor Model::RunBlock(size_t layer, const Tensor& x,
                       KeyValueCache* cache) const {
  const Block& block = blocks_[layer];
  const Tensor y =
      AddBranch(x, block.norm1, block.norm1_bias,
                [&](const Tensor& z) { return Attend(layer, z, cache); });
  return AddBranch(y, block.norm2, block.norm2_bias,
                   [&](const Tensor& z) { return FeedForward(block, z); });
}

class Model::Recomputed : public torch::autograd::Function<Recomputed> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context,
                        const Tensor& x, const Model* model, size_t layer) {
    context->save_for_backward({x});
    context->saved_data["model"] = reinterpret_cast<int64_t>(model);
    context->saved_data["layer"] = static_cast<int64_t>(layer);
    return model->RunBlock(layer, x, nullptr);
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext* context,
      const torch::autograd::variable_list& gradients) {
    const auto* model =
        reinterpret_cast<const Model*>(context->saved_data["model"].toInt());
    const auto layer =
        static_cast<size_t>(context->saved_data["layer"].toInt());
    const Tensor x =
        context->get_saved_variables()[0].detach().requires_grad_();
    {
      const torch::AutoGradMode grad(true);
      model->RunBlock(layer, x, nullptr).backward(gradients[0]);
    }
    return {x.grad(), {}, {}};
  }
};

Tensor Model::FinalHidden(Tensor x) const {
  x = Normalize(x, final_norm_, final_bias_);
  if (head_.defined()) x = PredictionHead(x);
  return output_scale_ == 1.0 ? x : x * output_scale_;
}

Tensor Model::Unembed(const Tensor& x) const {
  return Linear(FinalHidden(x), unembedding_, {}).to(torch::kFloat32);
}

Tensor Model::Hidden(const Tensor& inputs,
                     std::vector<double>* activations) const {
  const bool recompute = recompute_ && torch::GradMode::is_enabled();
  Tensor x = Embed(inputs, 0);
  for (size_t layer = 0; layer < blocks_.size(); ++layer) {
    x = recompute ? Recomputed::apply(x, this, layer)
                  : RunBlock(layer, x, nullptr);
    if (activations != nullptr) {
      activations->push_back(x.detach().abs().mean().item<double>());
    }
  }
  return x;
}

Tensor Model::Logits(const Tensor& inputs,
                     std::vector<double>* activations) const {
  return Unembed(Hidden(inputs, activations));
}

CrossEntropyOptions Model::LossOptions() const {
  CrossEntropyOptions options;
  options.product =
      precision_ == Precision::kBf16 ? torch::kBFloat16 : torch::kFloat32;
  return options;
}

Tensor Model::Losses(const Tensor& inputs, const Tensor& targets) const {
  const torch::NoGradGuard no_grad;
  const Tensor x = Rows(FinalHidden(Hidden(inputs, nullptr)));
  const Tensor losses = RowLosses(
      x, unembedding_, targets.reshape(x.sizes().slice(0, x.dim() - 1)),
      LossOptions());
  return losses.view(inputs.sizes());
}

MeanLoss Model::MeanLosses(const Tensor& inputs, const Tensor& targets,
                           const Tensor& positions) const {
  const Tensor x = Rows(FinalHidden(Hidden(inputs, nullptr)));
  const torch::IntArrayRef sizes = x.sizes().slice(0, x.dim() - 1);
  Tensor counts;
  int64_t rows_that_count = inputs.numel() / replicas_;
  if (positions.defined()) {
    const torch::TensorOptions like = x.options().requires_grad(false);
    counts =
        torch::zeros(inputs.sizes(), like)
            .scatter_add_(1, positions, torch::ones(positions.sizes(), like))
            .view(sizes);
    rows_that_count = positions.numel() / replicas_;
  }
  CrossEntropyOptions options = LossOptions();
  options.z_loss = z_loss_;
  return MeanCrossEntropy(x, unembedding_, targets.reshape(sizes), counts,
                          rows_that_count, options);
}

}  // namespace isoshape

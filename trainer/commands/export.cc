#include "trainer/commands/export.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "trainer/commands/folded_model.h"
#include "trainer/files/durable_file.h"
#include "trainer/files/safetensors.h"
#include "trainer/spec/recipe.h"

namespace isoshape {
namespace {

using nlohmann::ordered_json;

// Tensors by the names of transformers, in their order in the file.
class Tensors {
 public:
  explicit Tensors(const FoldedModel& model) : model_(model) {}

  void Add(const std::string& name, StoredTensor tensor) {
    names_.push_back(name);
    tensors_.push_back(std::move(tensor));
  }
  // Rows of our tensor `from`.
  void Add(const std::string& name, const std::string& from, int64_t first,
           int64_t count) {
    Add(name, model_.Rows(from, first, count));
  }
  // Adds `name`.weight from `from` and, if `bias`, `name`.bias from
  // `from`_bias.
  void AddLinear(const std::string& name, const std::string& from,
                 int64_t first, int64_t count, bool bias) {
    Add(name + ".weight", from, first, count);
    if (bias) Add(name + ".bias", from + "_bias", first, count);
  }
  // Adds a layer with its bias, transposed: GPT-2 keeps a layer as [in, out].
  void AddTransposed(const std::string& name, const std::string& from,
                     int64_t count) {
    Add(name + ".weight", Transpose(model_.Rows(from, 0, count)));
    Add(name + ".bias", from + "_bias", 0, count);
  }

  void Write(const std::string& path) const {
    std::vector<TensorView> views;
    for (size_t i = 0; i < names_.size(); ++i) {
      views.push_back({names_[i], tensors_[i].sizes, tensors_[i].values});
    }
    WriteSafetensors(path, views, {{"format", "pt"}});
  }

 private:
  const FoldedModel& model_;
  std::vector<std::string> names_;
  std::vector<StoredTensor> tensors_;
};

// Query, key and value projections under three names.
void AddAttention(const FoldedModel& model, const std::string& prefix,
                  const std::string& block,
                  const std::vector<std::string>& names, bool bias,
                  Tensors& tensors) {
  const Shape& shape = model.shape();
  const int64_t query = shape.heads * shape.head_dim;
  const int64_t key = shape.kv_heads * shape.head_dim;
  tensors.AddLinear(prefix + names[0], block + "qkv", 0, query, bias);
  tensors.AddLinear(prefix + names[1], block + "qkv", query, key, bias);
  tensors.AddLinear(prefix + names[2], block + "qkv", query + key, key, bias);
}

const char* ActivationName(const Shape& shape) {
  return shape.activation == Activation::kRelu2 ? "relu2" : "gelu_new";
}

ordered_json Llama(const FoldedModel& model, Tensors& tensors) {
  const Shape& shape = model.shape();
  const int64_t width = shape.width;
  const int64_t ffn = shape.ffn_width;
  tensors.Add("model.embed_tokens.weight", "embedding", 0, shape.vocab);
  for (int64_t layer = 0; layer < shape.depth; ++layer) {
    const std::string block = std::to_string(layer) + ".";
    const std::string prefix = "model.layers." + block;
    tensors.Add(prefix + "input_layernorm.weight", block + "norm1", 0, width);
    AddAttention(model, prefix + "self_attn.", block,
                 {"q_proj", "k_proj", "v_proj"}, shape.bias, tensors);
    tensors.AddLinear(prefix + "self_attn.o_proj", block + "out", 0, width,
                      shape.bias);
    tensors.Add(prefix + "post_attention_layernorm.weight", block + "norm2", 0,
                width);
    tensors.AddLinear(prefix + "mlp.gate_proj", block + "up", 0, ffn,
                      shape.bias);
    tensors.AddLinear(prefix + "mlp.up_proj", block + "up", ffn, ffn,
                      shape.bias);
    tensors.AddLinear(prefix + "mlp.down_proj", block + "down", 0, width,
                      shape.bias);
  }
  tensors.Add("model.norm.weight", "final_norm", 0, width);
  if (!shape.tied_embedding) {
    tensors.Add("lm_head.weight", "unembedding", 0, shape.vocab);
  }
  return {{"architectures", {"LlamaForCausalLM"}},
          {"model_type", "llama"},
          {"hidden_size", width},
          {"intermediate_size", ffn},
          {"num_hidden_layers", shape.depth},
          {"num_attention_heads", shape.heads},
          {"num_key_value_heads", shape.kv_heads},
          {"head_dim", shape.head_dim},
          {"max_position_embeddings", shape.context},
          {"hidden_act", "silu"},
          {"rms_norm_eps", kRmsNormEpsilon},
          {"rope_theta", 10000.0},
          {"attention_bias", shape.bias},
          {"mlp_bias", shape.bias}};
}

ordered_json Gpt2(const FoldedModel& model, Tensors& tensors) {
  const Shape& shape = model.shape();
  const int64_t width = shape.width;
  tensors.Add("transformer.wte.weight", "embedding", 0, shape.vocab);
  tensors.Add("transformer.wpe.weight", "positions", 0, shape.context);
  for (int64_t layer = 0; layer < shape.depth; ++layer) {
    const std::string block = std::to_string(layer) + ".";
    const std::string prefix = "transformer.h." + block;
    tensors.AddLinear(prefix + "ln_1", block + "norm1", 0, width, true);
    tensors.AddTransposed(prefix + "attn.c_attn", block + "qkv", 3 * width);
    tensors.AddTransposed(prefix + "attn.c_proj", block + "out", width);
    tensors.AddLinear(prefix + "ln_2", block + "norm2", 0, width, true);
    tensors.AddTransposed(prefix + "mlp.c_fc", block + "up", shape.ffn_width);
    tensors.AddTransposed(prefix + "mlp.c_proj", block + "down", width);
  }
  tensors.AddLinear("transformer.ln_f", "final_norm", 0, width, true);
  if (!shape.tied_embedding) {
    tensors.Add("lm_head.weight", "unembedding", 0, shape.vocab);
  }
  return {{"architectures", {"GPT2LMHeadModel"}},
          {"model_type", "gpt2"},
          {"n_embd", width},
          {"n_inner", shape.ffn_width},
          {"n_layer", shape.depth},
          {"n_head", shape.heads},
          {"n_positions", shape.context},
          {"activation_function", ActivationName(shape)},
          {"layer_norm_epsilon", kLayerNormEpsilon},
          {"resid_pdrop", 0.0},
          {"embd_pdrop", 0.0},
          {"attn_pdrop", 0.0}};
}

ordered_json Bert(const FoldedModel& model, Tensors& tensors) {
  const Shape& shape = model.shape();
  const int64_t width = shape.width;
  const std::string embeddings = "bert.embeddings.";
  tensors.Add(embeddings + "word_embeddings.weight", "embedding", 0,
              shape.vocab);
  tensors.Add(embeddings + "position_embeddings.weight", "positions", 0,
              shape.context);
  // We tell no first sentence from a second.
  tensors.Add(embeddings + "token_type_embeddings.weight",
              {{2, width}, std::vector<float>(2 * width, 0.0f)});
  tensors.AddLinear(embeddings + "LayerNorm", "embedding_norm", 0, width, true);
  for (int64_t layer = 0; layer < shape.depth; ++layer) {
    const std::string block = std::to_string(layer) + ".";
    const std::string prefix = "bert.encoder.layer." + block;
    AddAttention(model, prefix + "attention.self.", block,
                 {"query", "key", "value"}, true, tensors);
    tensors.AddLinear(prefix + "attention.output.dense", block + "out", 0,
                      width, true);
    tensors.AddLinear(prefix + "attention.output.LayerNorm", block + "norm1", 0,
                      width, true);
    tensors.AddLinear(prefix + "intermediate.dense", block + "up", 0,
                      shape.ffn_width, true);
    tensors.AddLinear(prefix + "output.dense", block + "down", 0, width, true);
    tensors.AddLinear(prefix + "output.LayerNorm", block + "norm2", 0, width,
                      true);
  }
  const std::string head = "cls.predictions.";
  tensors.AddLinear(head + "transform.dense", "head", 0, width, true);
  tensors.AddLinear(head + "transform.LayerNorm", "head_norm", 0, width, true);
  tensors.Add(head + "bias", "unembedding_bias", 0, shape.vocab);
  if (!shape.tied_embedding) {
    tensors.AddLinear(head + "decoder", "unembedding", 0, shape.vocab, true);
  }
  return {{"architectures", {"BertForMaskedLM"}},
          {"model_type", "bert"},
          {"hidden_size", width},
          {"intermediate_size", shape.ffn_width},
          {"num_hidden_layers", shape.depth},
          {"num_attention_heads", shape.heads},
          {"max_position_embeddings", shape.context},
          {"type_vocab_size", 2},
          {"hidden_act", ActivationName(shape)},
          {"layer_norm_eps", kLayerNormEpsilon},
          {"hidden_dropout_prob", 0.0},
          {"attention_probs_dropout_prob", 0.0},
          {"pad_token_id", nullptr}};
}

}  // namespace

void ExportModel(const TrainedModel& model, ExportFormat format,
                 const std::string& folder) {
  const Shape& shape = model.spec.shape;
  if (const std::string problem = ExportProblem(shape, format);
      !problem.empty()) {
    throw std::invalid_argument("the shape has " + problem);
  }
  const FoldedModel folded(model);
  Tensors tensors(folded);
  ordered_json config = format == ExportFormat::kLlama  ? Llama(folded, tensors)
                        : format == ExportFormat::kGpt2 ? Gpt2(folded, tensors)
                                                        : Bert(folded, tensors);
  config["vocab_size"] = shape.vocab;
  config["tie_word_embeddings"] = shape.tied_embedding;
  config["torch_dtype"] = "float32";
  config["bos_token_id"] = nullptr;  // a byte is a token; there are no others
  config["eos_token_id"] = nullptr;

  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw std::runtime_error("cannot make the folder " + folder + ": " +
                             error.message() +
                             "; name one that can be written");
  }
  const std::string text = config.dump(2) + "\n";
  const std::filesystem::path path(folder);
  tensors.Write((path / "model.safetensors").string());
  ReplaceFile((path / "config.json").string(),
              {std::as_bytes(std::span(text.data(), text.size()))});
}

}  // namespace isoshape

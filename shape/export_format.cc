#include "shape/export_format.h"

namespace isoshape {
namespace {

std::string LlamaProblem(const Shape& shape) {
  if (shape.norm != Norm::kRms) return "norm layer: llama has rms; gpt2 can";
  if (shape.norm_placement != NormPlacement::kPre) {
    return "norm_placement post: llama has pre";
  }
  if (shape.positions != Positions::kRope) {
    return "positions learned or none: llama has rope; gpt2 can learned";
  }
  if (shape.activation != Activation::kSwiglu) {
    return "activation gelu or relu2: llama has swiglu; gpt2 can both";
  }
  if (shape.objective != Objective::kCausal) {
    return "objective masked: llama is causal; bert can";
  }
  return "";
}

// What the shape has that neither gpt2 nor bert can hold; empty if nothing.
std::string LayerNormProblem(const Shape& shape, const std::string& format) {
  if (shape.norm != Norm::kLayer) {
    return "norm rms: " + format + " has layer; llama can";
  }
  if (shape.positions != Positions::kLearned) {
    return "positions rope or none: " + format + " has learned; llama can rope";
  }
  if (shape.activation == Activation::kSwiglu) {
    return "activation swiglu: " + format + " has gelu or relu2; llama can";
  }
  if (shape.kv_heads != shape.heads) {
    return "kv_heads " + std::to_string(shape.kv_heads) + " of " +
           std::to_string(shape.heads) + " heads: " + format +
           " has as many key heads as query heads; llama can";
  }
  return "";
}

std::string Gpt2Problem(const Shape& shape) {
  if (shape.norm_placement != NormPlacement::kPre) {
    return "norm_placement post: gpt2 has pre";
  }
  if (shape.objective != Objective::kCausal) {
    return "objective masked: gpt2 is causal; bert can";
  }
  return LayerNormProblem(shape, "gpt2");
}

std::string BertProblem(const Shape& shape) {
  if (shape.norm_placement != NormPlacement::kPost) {
    return "norm_placement pre: bert has post";
  }
  if (shape.objective != Objective::kMasked) {
    return "objective causal: bert is masked; gpt2 and llama can";
  }
  return LayerNormProblem(shape, "bert");
}

}  // namespace

std::optional<ExportFormat> FindExportFormat(const std::string& name) {
  if (name == "llama") return ExportFormat::kLlama;
  if (name == "gpt2") return ExportFormat::kGpt2;
  if (name == "bert") return ExportFormat::kBert;
  return std::nullopt;
}

std::string ExportProblem(const Shape& shape, ExportFormat format) {
  if (shape.norm_placement == NormPlacement::kNone) {
    return "norm_placement none: no format has it";
  }
  if (shape.residual == Residual::kNone) {
    return "residual none: no format has it";
  }
  if (shape.qk_norm) return "qk_norm: no format has it";
  switch (format) {
    case ExportFormat::kLlama:
      return LlamaProblem(shape);
    case ExportFormat::kGpt2:
      return Gpt2Problem(shape);
    case ExportFormat::kBert:
      break;
  }
  return BertProblem(shape);
}

}  // namespace isoshape

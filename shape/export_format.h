#ifndef ISOSHAPE_SHAPE_EXPORT_FORMAT_H_
#define ISOSHAPE_SHAPE_EXPORT_FORMAT_H_

#include <optional>
#include <string>

#include "shape/shape.h"

namespace isoshape {

// Model classes of Hugging Face transformers: LlamaForCausalLM,
// GPT2LMHeadModel, BertForMaskedLM.
enum class ExportFormat { kLlama, kGpt2, kBert };

// Returns the format of that name, `llama`, `gpt2` or `bert`.
std::optional<ExportFormat> FindExportFormat(const std::string& name);

// Returns what of `shape` the format has no place for, one line with the value
// and the formats that have (`kv_heads 1 of 4 heads: gpt2 has as many key heads
// as query heads; llama can`), or an empty string.
std::string ExportProblem(const Shape& shape, ExportFormat format);

}  // namespace isoshape

#endif  // ISOSHAPE_SHAPE_EXPORT_FORMAT_H_

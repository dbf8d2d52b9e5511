#include <stdexcept>
#include <string>

#include "trainer/commands/export.h"
#include "trainer/commands/flags.h"

namespace isoshape {
namespace {

constexpr char kUsage[] =
    R"(usage: isoshape-trainer export --checkpoint DIR --format F --out DIR

Writes the weights of a checkpoint as a folder that Hugging Face transformers
loads (config.json, model.safetensors), with the recipe's multipliers folded in.
The logits are those of the model in fp32. Tokens are as in training; a model of
bytes has no tokenizer there: token = byte.

  --checkpoint DIR          what a run's `checkpoint` names
  --format llama|gpt2|bert
  --out DIR                 made if it is missing, its files replaced
)";

ExportFormat ParseFormat(const std::string& name) {
  if (const auto format = FindExportFormat(name)) return *format;
  throw std::invalid_argument("--format '" + name +
                              "' is none of llama, gpt2, bert");
}

}  // namespace

int RunExport(int argc, const char* const* argv) {
  std::string checkpoint, format, out;
  if (!ReadFlags(argc, argv, kUsage,
                 {{"--checkpoint", Into(checkpoint)},
                  {"--format", Into(format)},
                  {"--out", Into(out)}})) {
    return 0;
  }
  if (checkpoint.empty() || format.empty() || out.empty()) {
    throw std::invalid_argument(
        "export needs --checkpoint, --format and --out; see export --help");
  }
  const ExportFormat parsed = ParseFormat(format);
  ExportModel(ReadTrainedModel(checkpoint), parsed, out);
  return 0;
}

}  // namespace isoshape

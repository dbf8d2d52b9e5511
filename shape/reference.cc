#include "shape/reference.h"

#include "shape/accounting.h"
#include "shape/presets.h"

namespace isoshape {
namespace {

Shape Gpt3(int64_t depth, int64_t width, int64_t heads, int64_t head_dim) {
  Shape shape;
  shape.depth = depth;
  shape.width = width;
  shape.head_dim = head_dim;
  shape.heads = shape.kv_heads = heads;
  shape.ffn_width = 4 * width;
  shape.vocab = 50257;
  shape.context = 2048;
  ApplyPreset(*FindPreset("gpt2"), &shape);
  return shape;
}

Shape Gpt2(int64_t depth, int64_t width) {
  Shape shape = Gpt3(depth, width, width / 64, 64);
  shape.context = 1024;
  return shape;
}

Shape Bert(int64_t depth, int64_t width, int64_t heads) {
  Shape shape = Gpt3(depth, width, heads, 64);
  shape.vocab = 30522;
  shape.context = 512;
  ApplyPreset(*FindPreset("bert"), &shape);
  return shape;
}

Shape Llama(int64_t depth, int64_t width, int64_t kv_heads, int64_t ffn_width,
            int64_t vocab, int64_t context) {
  Shape shape;
  shape.depth = depth;
  shape.width = width;
  shape.head_dim = 128;
  shape.heads = width / 128;
  shape.kv_heads = kv_heads;
  shape.ffn_width = ffn_width;
  shape.vocab = vocab;
  shape.context = context;
  ApplyPreset(*FindPreset("llama"), &shape);
  return shape;
}

ReferenceShape Gpt3Entry(const char* name, const Shape& shape,
                         int64_t published, const char* note = "") {
  return {name,      shape, {},
          published, false, "Brown et al. 2020, table 2.1 (arXiv 2005.14165)",
          note};
}

ReferenceShape Gpt2Entry(const char* name, const Shape& shape,
                         int64_t published) {
  return {name, shape,
          {},   published,
          true, "Radford et al. 2019; counts of the released weights",
          ""};
}

// The published count is of the encoder with its pooler, which takes the place
// of the head that the model was trained with.
ReferenceShape BertEntry(const char* name, const Shape& shape,
                         int64_t published, bool exactly, const char* note) {
  const int64_t width = shape.width;
  return {name,
          shape,
          {{"pooler", width * width + width},
           {"token types", 2 * width},
           {"without the prediction head", -CountParameters(shape).head}},
          published,
          exactly,
          "Devlin et al. 2018 (arXiv 1810.04805); uncased vocabulary",
          note};
}

ReferenceShape LlamaEntry(const char* name, const Shape& shape,
                          int64_t published, bool exactly, const char* source,
                          const char* note = "") {
  return {name, shape, {}, published, exactly, source, note};
}

std::vector<ReferenceShape> Build() {
  const char* llama1 = "Touvron et al. 2023, table 2 (arXiv 2302.13971)";
  const char* llama2 = "Touvron et al. 2023b (arXiv 2307.09288)";
  const char* llama3 = "Dubey et al. 2024, table 3 (arXiv 2407.21783)";
  return {
      Gpt2Entry("gpt2", Gpt2(12, 768), 124439808),
      Gpt2Entry("gpt2-medium", Gpt2(24, 1024), 354823168),
      Gpt2Entry("gpt2-large", Gpt2(36, 1280), 774030080),
      Gpt2Entry("gpt2-xl", Gpt2(48, 1600), 1557611200),
      Gpt3Entry("gpt3-125m", Gpt3(12, 768, 12, 64), 125000000),
      Gpt3Entry("gpt3-350m", Gpt3(24, 1024, 16, 64), 350000000,
                "355.9M by this count; the paper rounds down"),
      Gpt3Entry("gpt3-760m", Gpt3(24, 1536, 16, 96), 760000000),
      Gpt3Entry("gpt3-1.3b", Gpt3(24, 2048, 16, 128), 1300000000,
                "the paper prints 24 heads of 128, which would be 1.52B; 16 "
                "heads fill the width and give its 1.3B"),
      Gpt3Entry("gpt3-2.7b", Gpt3(32, 2560, 32, 80), 2700000000),
      Gpt3Entry("gpt3-6.7b", Gpt3(32, 4096, 32, 128), 6700000000),
      Gpt3Entry("gpt3-13b", Gpt3(40, 5140, 40, 128), 13000000000,
                "40 heads of 128 make 5120, not the printed width 5140"),
      Gpt3Entry("gpt3-175b", Gpt3(96, 12288, 96, 128), 175000000000),
      BertEntry("bert-base", Bert(12, 768, 12), 109482240, true,
                "the paper rounds to 110M"),
      BertEntry("bert-large", Bert(24, 1024, 16), 340000000, false,
                "335.1M by this count; the paper says 340M"),
      LlamaEntry("llama-7b", Llama(32, 4096, 32, 11008, 32000, 2048),
                 6738415616, true, llama1),
      LlamaEntry("llama-13b", Llama(40, 5120, 40, 13824, 32000, 2048),
                 13000000000, false, llama1),
      LlamaEntry("llama-33b", Llama(60, 6656, 52, 17920, 32000, 2048),
                 32500000000, false, llama1),
      LlamaEntry("llama-65b", Llama(80, 8192, 64, 22016, 32000, 2048),
                 65200000000, false, llama1,
                 "65.29B by this count; the paper says 65.2B"),
      LlamaEntry("llama2-7b", Llama(32, 4096, 32, 11008, 32000, 4096),
                 6738415616, true, llama2),
      LlamaEntry("llama2-13b", Llama(40, 5120, 40, 13824, 32000, 4096),
                 13000000000, false, llama2),
      LlamaEntry("llama2-70b", Llama(80, 8192, 8, 28672, 32000, 4096),
                 68976648192, true, llama2),
      LlamaEntry("llama3-8b", Llama(32, 4096, 8, 14336, 128256, 8192),
                 8030261248, true, llama3),
      LlamaEntry("llama3-70b", Llama(80, 8192, 8, 28672, 128256, 8192),
                 70000000000, false, llama3,
                 "70.55B by this count; the name rounds down"),
      LlamaEntry("llama3-405b", Llama(126, 16384, 8, 53248, 128256, 8192),
                 405000000000, false, llama3,
                 "405.85B by this count; the name rounds down"),
      LlamaEntry("mistral-7b", Llama(32, 4096, 8, 14336, 32000, 8192),
                 7241732096, true, "Jiang et al. 2023 (arXiv 2310.06825)"),
      {"gemini", std::nullopt, {}, 0, false, "", "unpublished"},
      {"claude", std::nullopt, {}, 0, false, "", "unpublished"},
  };
}

}  // namespace

int64_t ReferenceShape::parameters() const {
  if (!shape.has_value()) return 0;
  int64_t count = CountParameters(*shape).total();
  for (const ExtraParameters& more : extra) count += more.count;
  return count;
}

const std::vector<ReferenceShape>& ReferenceShapes() {
  static const auto* shapes = new std::vector<ReferenceShape>(Build());
  return *shapes;
}

const ReferenceShape* FindReferenceShape(const std::string& name) {
  for (const ReferenceShape& reference : ReferenceShapes()) {
    if (reference.name == name) return &reference;
  }
  return nullptr;
}

}  // namespace isoshape

#include "trainer/run/warm_up.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "trainer/data/batch.h"
#include "trainer/engine/engine.h"
#include "trainer/run/make_engine.h"

namespace isoshape {
namespace {

// Max sizes of the small model, which are enough for every kernel to be used.
constexpr int64_t kContext = 16, kVocab = 256, kFfnWidth = 64;

RunSpec Small(RunSpec spec) {
  Shape& shape = spec.shape;
  shape.depth = 1;
  shape.heads /= shape.kv_heads;
  shape.kv_heads = 1;
  shape.width = shape.heads * shape.head_dim;
  shape.ffn_width = std::min(shape.ffn_width, kFfnWidth);
  shape.vocab = std::min(shape.vocab, kVocab);
  shape.context = std::min(shape.context, kContext);
  spec.tokens_per_step = shape.context;
  // These fields decide which kernels run.
  Recipe recipe;
  recipe.precision = spec.recipe.precision;
  recipe.optimizer = spec.recipe.optimizer;
  recipe.z_loss = spec.recipe.z_loss;
  spec.recipe = recipe;
  return spec;
}

}  // namespace

void WarmUp(const RunSpec& spec, const Device& device) {
  if (device.team != nullptr) return;  // would have to be dealt out
  static std::set<std::string>& done = *new std::set<std::string>;
  const RunSpec small = Small(spec);
  const std::string engine_of = NeedsAutograd(spec) ? "autograd" : "any";
  if (!done.insert(engine_of + ShapeAndRecipeToJson(small).dump()).second) {
    return;
  }
  const Batch batch{
      1, small.shape.context,
      std::vector<int32_t>(static_cast<size_t>(small.shape.context + 1))};
  const std::unique_ptr<Engine> engine = MakeEngine(small, device);
  for (int64_t i = 0; i < kStartUpSteps; ++i) engine->Step(batch, 0);
  engine->Drain();
  engine->Evaluate(batch);
}

}  // namespace isoshape

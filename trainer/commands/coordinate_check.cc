#include "trainer/commands/coordinate_check.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "trainer/autograd/autograd_engine.h"
#include "trainer/data/permutation.h"

namespace isoshape {
namespace {

constexpr int64_t kHeadDim = 16;
constexpr int64_t kContext = 32;
constexpr int64_t kSequences = 8;
constexpr int64_t kVocab = 256;
// Slope over depth of a mean of independent branches.
constexpr double kIndependent = -0.5;

Shape ShapeOf(int64_t width, int64_t depth) {
  Shape shape;
  shape.width = width;
  shape.depth = depth;
  shape.head_dim = kHeadDim;
  shape.heads = shape.kv_heads = width / kHeadDim;
  shape.ffn_width = (width * 8 / 3 + 7) / 8 * 8;
  shape.vocab = kVocab;
  shape.context = kContext;
  return shape;
}

// Sequences of a noisy rule, so that there is something to learn.
Batch MakeBatch(uint64_t seed) {
  Batch batch{kSequences, kContext, {}};
  uint64_t random = Mix(seed);
  for (int64_t sequence = 0; sequence < kSequences; ++sequence) {
    random = Mix(random);
    auto token = static_cast<int32_t>(random % kVocab);
    for (int64_t i = 0; i <= kContext; ++i) {
      batch.tokens.push_back(token);
      random = Mix(random);
      token = static_cast<int32_t>((5 * token + 7 + random % 3) % kVocab);
    }
  }
  return batch;
}

// Adds what the model of `spec` shows at every step to `row`.
void Watch(const RunSpec& spec, int64_t steps, double share,
           CoordinateRow& row) {
  AutogradEngine engine(spec, torch::kCPU);
  const auto seed = static_cast<uint64_t>(spec.seed);
  const Batch probe = MakeBatch(seed);
  const torch::Tensor inputs =
      torch::tensor(
          std::vector<int64_t>(probe.tokens.begin(), probe.tokens.end()))
          .view({kSequences, kContext + 1})
          .narrow(1, 0, kContext);
  for (int64_t step = 0; step <= steps; ++step) {
    std::vector<double> activations;
    {
      const torch::NoGradGuard no_grad;
      engine.model().Logits(inputs, &activations);
    }
    std::vector<double>& sums = row.blocks[static_cast<size_t>(step)];
    for (size_t layer = 0; layer < activations.size(); ++layer) {
      sums[layer] += share * activations[layer];
    }
    if (step < steps) {
      engine.Step(MakeBatch(seed ^ static_cast<uint64_t>(step) << 32), 1);
    }
  }
}

CoordinateRow Measure(const CoordinateCheckOptions& options, int64_t width,
                      int64_t depth) {
  CoordinateRow row{width, depth, {}};
  row.blocks.assign(static_cast<size_t>(options.steps) + 1,
                    std::vector<double>(static_cast<size_t>(depth)));
  for (int64_t seed = 0; seed < options.seeds; ++seed) {
    RunSpec spec;
    spec.shape = ShapeOf(width, depth);
    spec.recipe = options.recipe;
    spec.seed = seed;
    Watch(spec, options.steps, 1 / static_cast<double>(options.seeds), row);
  }
  return row;
}

// The slope over the rows of one layer's activations after one step. If
// `from_end`, layers are counted from the last.
double Slope(const std::vector<CoordinateRow>& rows, size_t step, size_t layer,
             bool from_end, int64_t CoordinateRow::*size) {
  std::vector<double> x, y;
  for (const CoordinateRow& row : rows) {
    const std::vector<double>& blocks = row.blocks[step];
    x.push_back(static_cast<double>(row.*size));
    y.push_back(blocks[from_end ? blocks.size() - 1 - layer : layer]);
  }
  return LogSlope(x, y);
}

}  // namespace

double LogSlope(const std::vector<double>& x, const std::vector<double>& y) {
  const double count = static_cast<double>(x.size());
  double mean_x = 0, mean_y = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    mean_x += std::log(x[i]) / count;
    mean_y += std::log(y[i]) / count;
  }
  double squares = 0, products = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double off = std::log(x[i]) - mean_x;
    squares += off * off;
    products += off * (std::log(y[i]) - mean_y);
  }
  return squares > 0 ? products / squares : 0;
}

CoordinateTable CheckCoordinates(const CoordinateCheckOptions& options) {
  CoordinateTable table;
  for (const int64_t width : options.widths) {
    table.widths.push_back(Measure(options, width, options.depths.front()));
  }
  for (const int64_t depth : options.depths) {
    table.depths.push_back(
        depth == options.depths.front()
            ? table.widths.front()
            : Measure(options, options.widths.front(), depth));
  }
  table.flat = true;
  const auto layers = static_cast<size_t>(options.depths.front());
  for (size_t step = 1; step <= static_cast<size_t>(options.steps); ++step) {
    double steepest = 0;
    for (size_t layer = 0; layer < layers; ++layer) {
      const double slope =
          Slope(table.widths, step, layer, false, &CoordinateRow::width);
      // The condition is negated so that a slope that is not a number is taken
      // too.
      if (!(std::abs(slope) <= std::abs(steepest))) steepest = slope;
    }
    const double over_depth =
        Slope(table.depths, step, 0, true, &CoordinateRow::depth);
    table.width_slopes.push_back(steepest);
    table.depth_slopes.push_back(over_depth);
    // This is also false if a slope is not finite.
    table.flat = table.flat && std::abs(steepest) <= options.tolerance &&
                 over_depth <= options.tolerance &&
                 over_depth >= kIndependent - options.tolerance;
  }
  return table;
}

}  // namespace isoshape

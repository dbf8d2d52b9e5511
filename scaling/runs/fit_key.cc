#include "scaling/runs/fit_key.h"

#include <algorithm>

namespace isoshape {
namespace {

// Resamples that are looked at.
constexpr int kSeen = 8;

}  // namespace

void AddRuns(const Runs& runs, FitKey& key) {
  for (const auto* column :
       {&runs.size, &runs.tokens, &runs.loss, &runs.loss_stderr, &runs.weight,
        &runs.params, &runs.flops, &runs.width, &runs.depth, &runs.budget,
        &runs.decode_seconds}) {
    key.Add(*column);
  }
  key.Add(runs.seed).Add(runs.run).Add(runs.measure);
}

void AddResampling(const Resampling& resampling, FitKey& key) {
  const int count = resampling.count();
  key.Add(resampling.rows()).Add(count).Add(resampling.units());
  for (int u = 0; u < resampling.units(); ++u) key.Add(resampling.unit(u));
  for (int r = 0; r < count; r += std::max(1, count / kSeen)) {
    key.Add(resampling.Weights(r));
  }
}

}  // namespace isoshape

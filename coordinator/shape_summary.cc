#include "coordinator/shape_summary.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

namespace isoshape {
namespace {

v1::RankedShape Summarize(const std::vector<const v1::Trial*>& trials) {
  const v1::Trial& first = *trials.front();
  const auto count = static_cast<double>(trials.size());
  v1::RankedShape shape;
  *shape.mutable_shape() = first.shape();
  shape.set_budget_flops(first.budget_flops());
  shape.set_parameters(first.parameters());
  shape.set_size(first.flops_per_token() / 6);
  shape.set_tokens(first.tokens());
  double loss = 0;
  double speed = 0;
  for (const v1::Trial* trial : trials) {
    const v1::ShapeCard& card = trial->shape_card();
    loss += card.validation_loss() / count;
    speed += card.tokens_per_second() / count;
    shape.add_trials(trial->name());
    shape.set_peak_memory_bytes(
        std::max(shape.peak_memory_bytes(), card.peak_memory_bytes()));
    if (card.has_decode_seconds()) {
      shape.set_decode_seconds(
          std::max(shape.decode_seconds(), card.decode_seconds()));
    }
  }
  double squares = 0;
  for (const v1::Trial* trial : trials) {
    const double departure = trial->shape_card().validation_loss() - loss;
    squares += departure * departure;
  }
  shape.set_validation_loss(loss);
  shape.set_validation_loss_stderr(
      trials.size() > 1 ? std::sqrt(squares / (count - 1) / count)
                        : first.shape_card().validation_loss_stderr());
  shape.set_tokens_per_second(speed);
  shape.set_bigram_entropy(first.shape_card().bigram_entropy());
  return shape;
}

}  // namespace

std::vector<v1::RankedShape> SummarizeShapes(
    const std::vector<v1::Trial>& trials) {
  // By budget, then by the shape's bytes, which deterministic messages of
  // numbers alone share exactly where they are equal.
  std::map<double, std::map<std::string, std::vector<const v1::Trial*>>> groups;
  for (const v1::Trial& trial : trials) {
    groups[trial.budget_flops()][trial.shape().SerializeAsString()].push_back(
        &trial);
  }
  std::vector<v1::RankedShape> summaries;
  for (const auto& [budget, shapes] : groups) {
    const size_t begin = summaries.size();
    for (const auto& [bytes, runs] : shapes) {
      summaries.push_back(Summarize(runs));
    }
    const auto first = summaries.begin() + static_cast<std::ptrdiff_t>(begin);
    std::stable_sort(first, summaries.end(),
                     [](const v1::RankedShape& a, const v1::RankedShape& b) {
                       return a.validation_loss() < b.validation_loss();
                     });
    const double best = first->validation_loss();
    std::for_each(first, summaries.end(), [best](v1::RankedShape& shape) {
      shape.set_loss_above_best(shape.validation_loss() - best);
    });
  }
  return summaries;
}

}  // namespace isoshape

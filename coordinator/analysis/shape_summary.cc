#include "coordinator/analysis/shape_summary.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "messages/trial/measured_points.h"
#include "scaling/statistics/mean.h"

namespace isoshape {
namespace {

// A shape at a budget: a trial, or a branch of one.
struct Result {
  const v1::Trial* trial;
  MeasuredPoint point;
};

v1::RankedShape Summarize(const std::vector<Result>& results) {
  const Result& first = results.front();
  v1::RankedShape shape;
  *shape.mutable_shape() = first.trial->shape();
  shape.set_budget_flops(first.point.budget_flops);
  shape.set_parameters(first.trial->parameters());
  shape.set_size(TrialSize(*first.trial));
  shape.set_tokens(first.point.tokens);
  std::vector<double> losses;
  double speed = 0;
  int timed = 0;
  std::set<std::string> engines;
  for (const Result& result : results) {
    const v1::ShapeCard& card = result.trial->shape_card();
    losses.push_back(result.point.loss);
    shape.add_trials(result.trial->name());
    if (!card.engine().empty()) engines.insert(card.engine());
    if (card.has_tokens_per_second()) {
      speed += card.tokens_per_second();
      ++timed;
    }
    if (card.has_peak_memory_bytes()) {
      shape.set_peak_memory_bytes(
          std::max(shape.peak_memory_bytes(), card.peak_memory_bytes()));
    }
    if (card.has_decode_seconds()) {
      shape.set_decode_seconds(
          std::max(shape.decode_seconds(), card.decode_seconds()));
    }
  }
  const SeedMean loss = MeanOfSeeds(losses);
  shape.set_validation_loss(loss.value);
  shape.set_validation_loss_stderr(
      loss.error.value_or(first.point.loss_stderr));
  if (timed > 0) shape.set_tokens_per_second(speed / timed);
  shape.mutable_engines()->Add(engines.begin(), engines.end());
  const v1::ShapeCard& card = first.trial->shape_card();
  if (card.has_bigram_entropy()) {
    shape.set_bigram_entropy(card.bigram_entropy());
  }
  return shape;
}

}  // namespace

std::vector<v1::RankedShape> SummarizeShapes(
    const std::vector<v1::Trial>& trials) {
  // By budget, then by the shape's bytes: messages that hold nothing but
  // numbers have the same bytes exactly if they are equal.
  std::map<double, std::map<std::string, std::vector<Result>>> groups;
  for (const v1::Trial& trial : trials) {
    const std::string bytes = trial.shape().SerializeAsString();
    for (const MeasuredPoint& point : MeasuredPoints(trial)) {
      groups[point.budget_flops][bytes].push_back({&trial, point});
    }
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

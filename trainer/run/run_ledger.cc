#include "trainer/run/run_ledger.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "shape/accounting.h"
#include "trainer/run/divergence.h"
#include "trainer/run/run_outcome.h"
#include "trainer/spec/recipe.h"
#include "trainer/spec/version.h"

namespace isoshape {
namespace {

// Share of the steps, the last, over which the card's training loss is meant.
constexpr double kTailShare = 0.05;
// A loss so many times the mean of the entry before is a spike.
constexpr double kSpike = 1.2;

// Adds what a reader of the losses should know.
void AddWarnings(const DataFacts& facts, ShapeCard& card) {
  if (card.epochs > 1) {
    std::ostringstream warning;
    warning.precision(3);
    warning << "data were repeated: " << card.epochs << " epochs of "
            << facts.train_tokens << " training tokens";
    card.warnings.push_back(warning.str());
  }
  card.warnings.insert(card.warnings.end(), facts.warnings.begin(),
                       facts.warnings.end());
}

}  // namespace

RunLedger::RunLedger(const RunSpec& spec)
    : spec_(spec),
      flops_per_token_(TrainingFlopsPerToken(spec.shape)),
      tail_begin_(
          spec.steps -
          std::max<int64_t>(
              1, std::llround(static_cast<double>(spec.steps) * kTailShare))) {}

Measurement RunLedger::Enter(const StepSums& sums, int64_t steps_done,
                             double train_seconds, double since_seconds,
                             int64_t peak_memory_bytes) {
  const double count = static_cast<double>(sums.steps);
  const double loss = sums.loss / count;
  progress_.train_seconds = train_seconds;
  progress_.norm_sum += sums.gradient_norm;
  progress_.norm_max = std::max(progress_.norm_max, sums.gradient_norm_max);
  if (last_loss_ > 0 && sums.loss_max > kSpike * last_loss_) ++loss_spikes_;
  last_loss_ = loss;
  if (steps_done > tail_begin_) {
    progress_.tail_loss += sums.loss;
    progress_.tail_steps += sums.steps;
  }
  problem_ = DivergenceProblem(sums, steps_done, spec_.steps, progress_.losses);

  Measurement point;
  point.step = steps_done;
  point.tokens = steps_done * spec_.tokens_per_step;
  point.flops = static_cast<double>(point.tokens) * flops_per_token_;
  point.train_loss = loss;
  point.gradient_norm = sums.gradient_norm / count;
  point.learning_rate =
      spec_.recipe.learning_rate *
      ScheduleFactor(steps_done - 1, spec_.steps, spec_.recipe);
  point.elapsed_seconds = train_seconds;
  point.tokens_per_second =
      since_seconds > 0
          ? count * static_cast<double>(spec_.tokens_per_step) / since_seconds
          : 0;
  point.peak_memory_bytes = peak_memory_bytes;
  return point;
}

void RunLedger::SetSpeeds(const StepTimes& times, ShapeCard& card) const {
  const bool timed = times.steps > 0;
  card.timed_steps = timed ? times.steps : spec_.steps;
  card.step_seconds =
      timed ? times.mean
            : progress_.train_seconds / static_cast<double>(spec_.steps);
  card.tokens_per_second =
      static_cast<double>(spec_.tokens_per_step) / card.step_seconds;
  card.flops_per_second = card.tokens_per_second * flops_per_token_;
  card.step_seconds_median = times.median;
  card.step_seconds_p10 = times.p10;
  card.step_seconds_p90 = times.p90;
}

ShapeCard RunLedger::MakeCard(const LossEstimate& loss, const HeldOut& held_out,
                              const Data& data, const Device& device,
                              int64_t parameters,
                              const StepTimes& times) const {
  if (!std::isfinite(loss.mean)) {
    throw Diverged("the validation loss is not finite");
  }
  const double steps = static_cast<double>(spec_.steps);
  const DataFacts& facts = data.facts();
  ShapeCard card;
  card.validation_loss = loss.mean;
  card.validation_loss_stderr = loss.standard_error;
  card.train_loss =
      progress_.tail_loss / static_cast<double>(progress_.tail_steps);
  card.generalization_gap = card.validation_loss - card.train_loss;
  if (facts.bytes_per_token > 0) {
    card.bits_per_byte = loss.mean / std::log(2.0) / facts.bytes_per_token;
  }
  card.loss_floor = data.LossFloor(spec_.shape.context);
  card.branches = progress_.branches;
  card.parameters = parameters;
  card.flops_per_token = flops_per_token_;
  card.steps = spec_.steps;
  card.tokens = spec_.steps * spec_.tokens_per_step;
  const double tokens = static_cast<double>(card.tokens);
  card.flops = tokens * flops_per_token_;
  if (facts.train_tokens > 0) {
    card.epochs = tokens / static_cast<double>(facts.train_tokens);
  }
  AddWarnings(facts, card);
  SetSpeeds(times, card);
  card.gradient_norm_mean = progress_.norm_sum / steps;
  card.gradient_norm_max = progress_.norm_max;
  card.loss_spikes = loss_spikes_;
  card.unigram_entropy = held_out.entropy.unigram;
  card.bigram_entropy = held_out.entropy.bigram;
  card.train_data_tokens = facts.train_tokens;
  card.validation_data_tokens = facts.held_out_tokens;
  card.data_fingerprint = facts.fingerprint;
  card.device = device.kind_name();
  card.device_name = device.name;
  card.threads = device.threads;
  card.precision = NameOf(spec_.recipe.precision);
  card.trainer = kTrainerVersion;
  card.state_bytes =
      EstimateTrainingMemory(spec_.shape, spec_.tokens_per_step).state;
  return card;
}

}  // namespace isoshape

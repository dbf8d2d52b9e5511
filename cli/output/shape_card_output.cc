#include "cli/output/shape_card_output.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cli/output/format.h"
#include "cli/output/table.h"
#include "common/text/counted.h"

namespace isoshape {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

// A number, or what stands for one that was not measured.
double IfMeasured(bool measured, double value) {
  return measured ? value : kNotMeasured;
}

// A field as the card has it: ISOSHAPE_MEASURED(card, train_loss).
#define ISOSHAPE_MEASURED(card, field) \
  IfMeasured((card).has_##field(), static_cast<double>((card).field()))

std::string TextOrDash(const std::string& text) {
  return text.empty() ? "-" : text;
}

std::string SpikesText(const v1::ShapeCard& card) {
  if (!card.has_loss_spikes()) return "- spikes";
  return Counted(card.loss_spikes(), "spike");
}

void AddLosses(const v1::ShapeCard& card, Fields& fields) {
  fields.emplace_back(
      "validation loss",
      absl::StrCat(FormatLoss(card.validation_loss()), " nats/token, ",
                   "standard error ",
                   FormatLoss(ISOSHAPE_MEASURED(card, validation_loss_stderr)),
                   " over held-out batches"));
  if (card.has_loss_floor()) {
    fields.emplace_back(
        "loss floor",
        absl::StrCat(FormatLoss(card.loss_floor()),
                     " nats/token, the lowest that any model can reach; ",
                     FormatLoss(card.validation_loss() - card.loss_floor()),
                     " above it"));
  }
  if (card.bits_per_byte() > 0) {
    fields.emplace_back("bits per byte", FormatLoss(card.bits_per_byte()));
  }
  fields.emplace_back(
      "train loss",
      absl::StrCat(FormatLoss(ISOSHAPE_MEASURED(card, train_loss)), ", gap ",
                   FormatLoss(ISOSHAPE_MEASURED(card, generalization_gap)),
                   ", ", SpikesText(card)));
  fields.emplace_back("bigram entropy",
                      FormatLoss(ISOSHAPE_MEASURED(card, bigram_entropy)));
}

// Throughput, memory and the machine of the training run.
void AddRun(const v1::ShapeCard& card, Fields& fields) {
  fields.emplace_back(
      "throughput",
      absl::StrCat(FormatCount(ISOSHAPE_MEASURED(card, tokens_per_second)),
                   " tokens/s, ",
                   FormatFlops(ISOSHAPE_MEASURED(card, flops_per_second)),
                   " FLOP/s"));
  fields.emplace_back("wall time",
                      card.has_wall_seconds()
                          ? DurationText(absl::Seconds(card.wall_seconds()))
                          : "-");
  fields.emplace_back("peak memory",
                      FormatBytes(ISOSHAPE_MEASURED(card, peak_memory_bytes)));
  fields.emplace_back(
      "gradient norm",
      absl::StrCat(
          FormatRatio(ISOSHAPE_MEASURED(card, gradient_norm_mean)), " mean, ",
          FormatRatio(ISOSHAPE_MEASURED(card, gradient_norm_max)), " max"));
  fields.emplace_back("epochs", FormatRatio(ISOSHAPE_MEASURED(card, epochs)));
  fields.emplace_back("device",
                      absl::StrCat(TextOrDash(card.device()), " ",
                                   TextOrDash(card.device_name()), ", ",
                                   TextOrDash(card.precision())));
  fields.emplace_back("engine", TextOrDash(card.engine()));
  fields.emplace_back("trainer", TextOrDash(card.trainer()));
  if (card.passes() > 1) {
    fields.emplace_back(
        "passes of a step",
        absl::StrCat(card.passes(), ", as the memory does not hold it whole"));
  }
  if (card.processes() > 1) {
    fields.emplace_back("processes",
                        absl::StrCat(card.processes(), ", ",
                                     FormatPercent(ISOSHAPE_MEASURED(
                                         card, communication_fraction)),
                                     " of the training time in communication"));
  }
  if (card.replicas() > 1) {
    fields.emplace_back(
        "replicas", absl::StrCat(card.replicas(),
                                 " trials as one model; wall time, peak memory,"
                                 " step and utilization are of all"));
  }
}

// What one step and one decoded token of the shape cost.
void AddCosts(const v1::ShapeCard& card, Fields& fields) {
  if (card.has_step_seconds_median()) {
    fields.emplace_back(
        "step",
        absl::StrCat(FormatSeconds(card.step_seconds_median()), " median, ",
                     FormatSeconds(ISOSHAPE_MEASURED(card, step_seconds_p10)),
                     " to ",
                     FormatSeconds(ISOSHAPE_MEASURED(card, step_seconds_p90)),
                     " for 80 % of ", Counted(card.timed_steps(), "step")));
  }
  if (card.has_forward_seconds()) {
    fields.emplace_back(
        "passes",
        absl::StrCat(FormatSeconds(card.forward_seconds()), " forward, ",
                     FormatSeconds(ISOSHAPE_MEASURED(card, backward_seconds)),
                     " backward, ",
                     FormatSeconds(ISOSHAPE_MEASURED(card, optimizer_seconds)),
                     " optimizer"));
  }
  if (card.has_model_flops_utilization()) {
    fields.emplace_back(
        "utilization",
        absl::StrCat(
            FormatPercent(card.model_flops_utilization()), " of ",
            FormatFlops(ISOSHAPE_MEASURED(card, matmul_flops_per_second)),
            " FLOP/s of a matrix product"));
  }
  if (card.has_training_activation_bytes()) {
    fields.emplace_back(
        "activations",
        absl::StrCat(
            FormatBytes(card.training_activation_bytes()), " in training, ",
            FormatBytes(
                ISOSHAPE_MEASURED(card, recomputation_activation_bytes)),
            " recomputed, ",
            FormatBytes(ISOSHAPE_MEASURED(card, inference_activation_bytes)),
            " in inference; beyond ",
            FormatBytes(ISOSHAPE_MEASURED(card, state_bytes)),
            " of weights and optimizer"));
  }
  if (card.has_decode_seconds()) {
    fields.emplace_back(
        "latency",
        absl::StrCat(FormatSeconds(ISOSHAPE_MEASURED(card, prefill_seconds)),
                     " prefill, ", FormatSeconds(card.decode_seconds()),
                     " a decoded token"));
  }
  if (card.has_gradient_path_ratio()) {
    fields.emplace_back("gradient path",
                        absl::StrCat(FormatRatio(card.gradient_path_ratio()),
                                     " first block / last block"));
  }
  if (card.has_energy_joules()) {
    fields.emplace_back("energy",
                        absl::StrCat(FormatRatio(card.energy_joules()), " J"));
  }
}

}  // namespace

void PrintShapeCard(const v1::ShapeCard& card, std::ostream& out) {
  Fields fields;
  AddLosses(card, fields);
  AddRun(card, fields);
  AddCosts(card, fields);
  for (const std::string& warning : card.warnings()) {
    fields.emplace_back("warning", warning);
  }
  PrintFields(fields, out);
}

}  // namespace isoshape

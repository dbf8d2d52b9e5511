#include "trainer/protocol/line_writer.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "trainer/spec/version.h"

namespace isoshape {
namespace {

using nlohmann::ordered_json;

constexpr std::chrono::seconds kAliveInterval(2);

template <typename Value>
void Set(ordered_json& object, const char* field,
         const std::optional<Value>& value) {
  if (value.has_value()) object[field] = *value;
}

ordered_json ToJson(const Measurement& point) {
  ordered_json object;
  object["step"] = point.step;
  object["tokens"] = point.tokens;
  object["flops"] = point.flops;
  Set(object, "train_loss", point.train_loss);
  Set(object, "validation_loss", point.validation_loss);
  Set(object, "gradient_norm", point.gradient_norm);
  object["learning_rate"] = point.learning_rate;
  object["tokens_per_second"] = point.tokens_per_second;
  object["elapsed_seconds"] = point.elapsed_seconds;
  object["peak_memory_bytes"] = point.peak_memory_bytes;
  return object;
}

// Ratios that follow from what was measured are written with it.
void SetCosts(ordered_json& object, const ShapeCard& card) {
  const ShapeCosts& costs = card.costs;
  Set(object, "forward_seconds", costs.forward_seconds);
  Set(object, "backward_seconds", costs.backward_seconds);
  Set(object, "optimizer_seconds", costs.optimizer_seconds);
  Set(object, "matmul_flops_per_second", costs.matmul_flops_per_second);
  if (costs.matmul_flops_per_second.has_value()) {
    object["model_flops_utilization"] =
        card.replicas * card.flops_per_second / *costs.matmul_flops_per_second;
  }
  Set(object, "training_activation_bytes", costs.training_activation_bytes);
  Set(object, "recomputation_activation_bytes",
      costs.recomputation_activation_bytes);
  Set(object, "inference_activation_bytes", costs.inference_activation_bytes);
  Set(object, "prefill_seconds", costs.prefill_seconds);
  Set(object, "decode_seconds", costs.decode_seconds);
  const std::vector<double>& norms = costs.layer_gradient_norms;
  if (norms.empty()) return;
  object["layer_gradient_norms"] = norms;
  if (norms.back() > 0) {
    object["gradient_path_ratio"] = norms.front() / norms.back();
  }
}

ordered_json ToJson(const BranchPoint& point) {
  return {{"steps", point.steps},
          {"tokens", point.tokens},
          {"flops", point.flops},
          {"added_flops", point.added_flops},
          {"validation_loss", point.validation_loss},
          {"validation_loss_stderr", point.validation_loss_stderr}};
}

ordered_json ToJson(const std::vector<BranchPoint>& points) {
  ordered_json list = ordered_json::array();
  for (const BranchPoint& point : points) list.push_back(ToJson(point));
  return list;
}

ordered_json ToJson(const ShapeCard& card) {
  ordered_json object = {
      {"validation_loss", card.validation_loss},
      {"validation_loss_stderr", card.validation_loss_stderr},
      {"train_loss", card.train_loss},
      {"bits_per_byte", card.bits_per_byte},
      {"parameters", card.parameters},
      {"flops_per_token", card.flops_per_token},
      {"flops", card.flops},
      {"tokens", card.tokens},
      {"steps", card.steps},
      {"epochs", card.epochs},
      {"tokens_per_second", card.tokens_per_second},
      {"flops_per_second", card.flops_per_second},
      {"step_seconds", card.step_seconds},
      {"timed_steps", card.timed_steps},
      {"wall_seconds", card.wall_seconds},
      {"peak_memory_bytes", card.peak_memory_bytes},
      {"gradient_norm_mean", card.gradient_norm_mean},
      {"gradient_norm_max", card.gradient_norm_max},
      {"unigram_entropy", card.unigram_entropy},
      {"bigram_entropy", card.bigram_entropy},
      {"train_data_tokens", card.train_data_tokens},
      {"validation_data_tokens", card.validation_data_tokens},
      {"data_fingerprint", card.data_fingerprint},
      {"device", card.device},
      {"device_name", card.device_name},
      {"engine", card.engine},
      {"threads", card.threads},
      {"processes", card.processes},
      {"replicas", card.replicas},
      {"passes", card.passes},
      {"communication_fraction", card.communication_fraction},
      {"precision", card.precision},
      {"trainer", card.trainer},
      {"warnings", card.warnings}};
  Set(object, "step_seconds_median", card.step_seconds_median);
  Set(object, "step_seconds_p10", card.step_seconds_p10);
  Set(object, "step_seconds_p90", card.step_seconds_p90);
  Set(object, "loss_floor", card.loss_floor);
  if (!card.branches.empty()) object["branches"] = ToJson(card.branches);
  object["generalization_gap"] = card.generalization_gap;
  object["loss_spikes"] = card.loss_spikes;
  object["state_bytes"] = card.state_bytes;
  Set(object, "energy_joules", card.energy_joules);
  SetCosts(object, card);
  return object;
}

const char* Name(RunResult::Outcome outcome) {
  switch (outcome) {
    case RunResult::Outcome::kSucceeded:
      return "succeeded";
    case RunResult::Outcome::kDiverged:
      return "diverged";
    case RunResult::Outcome::kStopped:
      return "stopped";
    case RunResult::Outcome::kOutOfMemory:
      return "out_of_memory";
    case RunResult::Outcome::kDeviceLost:
      return "device_lost";
    case RunResult::Outcome::kFailed:
      break;
  }
  return "failed";
}

// nlohmann writes a number that is not finite as null, as the protocol asks.
std::string Dump(const ordered_json& object) {
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

void LineWriter::Write(const std::string& line) {
  out_ << line << '\n' << std::flush;
  last_ = std::chrono::steady_clock::now();
}

void LineWriter::Ready(const Device& device) {
  Write(Dump({{"type", "ready"},
              {"protocol", 1},
              {"trainer", kTrainerVersion},
              {"device", device.kind_name()},
              {"device_name", device.name},
              {"memory_limit_bytes", device.memory_limit_bytes},
              {"branches", true},
              {"replicas", device.team == nullptr}}));
}

void LineWriter::Started(const RunSpec& spec, const RunStart& start) {
  Write(Dump({{"type", "started"},
              {"run", spec.run},
              {"parameters", start.parameters},
              {"steps", spec.steps},
              {"start_step", start.step},
              {"data_fingerprint", start.data_fingerprint}}));
}

void LineWriter::Measured(const std::string& run,
                          const Measurement& measurement) {
  Write(Dump({{"type", "measurement"},
              {"run", run},
              {"measurement", ToJson(measurement)}}));
}

void LineWriter::Alive(const std::string& run) {
  if (std::chrono::steady_clock::now() - last_ < kAliveInterval) return;
  Write(Dump({{"type", "heartbeat"}, {"run", run}}));
}

void LineWriter::Result(const std::string& run, const RunResult& result) {
  ordered_json line = {
      {"type", "result"}, {"run", run}, {"outcome", Name(result.outcome)}};
  if (!result.error.empty()) {
    // The error is cut to one line, as libraries may write several.
    line["error"] = result.error.substr(0, result.error.find('\n'));
  }
  if (result.worker_fault) {
    line["fault"] = "worker";
  } else if (result.outcome == RunResult::Outcome::kFailed) {
    line["fault"] = "trial";
  }
  if (!result.other_data.empty()) {
    line["other_data"] = true;
    line["data_fingerprint"] = result.other_data;
  }
  if (result.card.has_value()) {
    line["shape_card"] = ToJson(*result.card);
  } else if (!result.branches.empty()) {
    line["shape_card"]["branches"] = ToJson(result.branches);
  }
  Write(Dump(line));
}

}  // namespace isoshape

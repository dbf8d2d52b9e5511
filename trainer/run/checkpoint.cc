#include "trainer/run/checkpoint.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "trainer/files/hash.h"
#include "trainer/files/json_fields.h"
#include "trainer/files/safetensors.h"
#include "trainer/model/parameter_layout.h"
#include "trainer/spec/version.h"

namespace isoshape {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int64_t kFormat = 1;
constexpr char kMetadata[] = "isoshape";
constexpr char kChecksum[] = "isoshape_checksum";

std::string FileIn(const std::string& folder) {
  return (std::filesystem::path(folder) / "checkpoint.safetensors").string();
}

// The buffers of a state by the beginning of their tensors' names.
template <typename State>
auto Buffers(State& state) {
  return std::vector<std::pair<std::string, decltype(&state.weights)>>{
      {"weights.", &state.weights},
      {"means.", &state.means},
      {"squares.", &state.squares}};
}

template <typename Fields>
void VisitProgress(const Fields& fields, RunSums& progress) {
  constexpr double kMax = std::numeric_limits<double>::max();
  fields.Visit("first_loss", -kMax, kMax, &progress.losses.first_loss);
  fields.Visit("above_since", &progress.losses.above_since);
  fields.Visit("norm_sum", 0, kMax, &progress.norm_sum);
  fields.Visit("norm_max", 0, kMax, &progress.norm_max);
  fields.Visit("tail_loss", -kMax, kMax, &progress.tail_loss);
  fields.Visit("tail_steps", &progress.tail_steps);
  fields.Visit("train_seconds", 0, kMax, &progress.train_seconds);
}

template <typename Fields>
void VisitBranch(const Fields& fields, BranchPoint& point) {
  constexpr double kMax = std::numeric_limits<double>::max();
  fields.Visit("steps", &point.steps);
  fields.Visit("tokens", &point.tokens);
  fields.Visit("flops", 0, kMax, &point.flops);
  fields.Visit("added_flops", 0, kMax, &point.added_flops);
  fields.Visit("validation_loss", -kMax, kMax, &point.validation_loss);
  fields.Visit("validation_loss_stderr", 0, kMax,
               &point.validation_loss_stderr);
}

// The fields that must be equal for a run to go on from a checkpoint.
ordered_json Identity(const RunSpec& spec, const std::string& fingerprint) {
  ordered_json identity = ShapeAndRecipeToJson(spec);
  identity["steps"] = spec.steps;
  identity["tokens_per_step"] = spec.tokens_per_step;
  identity["seed"] = spec.seed;
  identity["branch_steps"] = json(spec.branch_steps).dump();
  identity["data"] = {{"fingerprint", fingerprint}};
  return identity;
}

// Over the metadata and every value, in the order of the layout.
std::string Checksum(const std::string& metadata,
                     const std::vector<TensorView>& tensors) {
  uint64_t hash = HashBytes(metadata.data(), metadata.size());
  for (const TensorView& tensor : tensors) {
    hash = HashBytes(tensor.values.data(), tensor.values.size_bytes(), hash);
  }
  return std::to_string(hash);
}

std::vector<TensorView> Views(const EngineState& state,
                              const ParameterLayout& layout) {
  std::vector<TensorView> views;
  for (const auto& [prefix, buffer] : Buffers(state)) {
    for (const ParameterSlot& slot : layout.parameters) {
      views.push_back(
          {prefix + slot.name, slot.sizes,
           std::span(*buffer).subspan(static_cast<size_t>(slot.offset),
                                      static_cast<size_t>(slot.count))});
    }
  }
  return views;
}

std::runtime_error Damaged(const std::string& path, const std::string& what) {
  return std::runtime_error(path + " is damaged: " + what + "; remove it");
}

// Steps trained, of at most `most`. Throws as FieldReader.
int64_t StepOf(const json& metadata, int64_t most) {
  const json& step = metadata.at("step");
  // What is not negative is unsigned once it is read.
  if (!step.is_number_unsigned() ||
      step.get<uint64_t>() > static_cast<uint64_t>(most)) {
    throw std::invalid_argument("step " + EchoedJson(step) +
                                " is not one of 0 to " + std::to_string(most));
  }
  return step.get<int64_t>();
}

// A file that is whole and ours.
struct CheckpointFile {
  json metadata;
  RunSpec spec;
  EngineState state;
};

// Copies the tensors into the flat buffers of `layout`.
EngineState ToState(const Safetensors& file, const ParameterLayout& layout,
                    const std::string& path) {
  EngineState state;
  size_t used = 0;
  for (const auto& [prefix, buffer] : Buffers(state)) {
    buffer->assign(static_cast<size_t>(layout.size), 0.0f);
    for (const ParameterSlot& slot : layout.parameters) {
      const std::string name = std::string(prefix).append(slot.name);
      const auto found = file.tensors.find(name);
      if (found == file.tensors.end() || found->second.sizes != slot.sizes) {
        throw Damaged(path,
                      "tensor " + name + " is missing or of another size");
      }
      std::copy(found->second.values.begin(), found->second.values.end(),
                buffer->begin() + slot.offset);
      ++used;
    }
  }
  if (used != file.tensors.size()) {
    throw Damaged(path, "it has tensors that its shape has not");
  }
  return state;
}

CheckpointFile ReadCheckpointFile(const std::string& path) {
  const Safetensors file = ReadSafetensors(path);
  const auto text = file.metadata.find(kMetadata);
  const auto checksum = file.metadata.find(kChecksum);
  if (text == file.metadata.end() || checksum == file.metadata.end()) {
    throw std::runtime_error(path + " is not a checkpoint of " +
                             kTrainerVersion +
                             ": it has no metadata 'isoshape'");
  }
  CheckpointFile read;
  try {
    read.metadata = ParseJson(text->second);
    if (read.metadata.at("format") != kFormat) {
      throw std::runtime_error(path + " has format " +
                               EchoedJson(read.metadata.at("format")) +
                               ", and " + kTrainerVersion + " reads format " +
                               std::to_string(kFormat));
    }
    read.spec = ParseShapeAndRecipe(read.metadata);
    read.state = ToState(file, LayOutParameters(read.spec.shape), path);
    read.state.step =
        StepOf(read.metadata, std::numeric_limits<int64_t>::max());
  } catch (const json::exception& error) {
    throw Damaged(path, std::string("its metadata: ") + error.what());
  } catch (const std::invalid_argument& error) {
    throw Damaged(path, error.what());
  }
  if (checksum->second !=
      Checksum(text->second,
               Views(read.state, LayOutParameters(read.spec.shape)))) {
    throw Damaged(path, "its checksum does not fit");
  }
  return read;
}

// Throws as FieldReader.
RunSums ProgressOf(const json& metadata) {
  RunSums progress;
  VisitProgress(FieldReader(metadata, "progress"), progress);
  for (const json& point : metadata.value("branches", json::array())) {
    if (!point.is_object()) {
      throw std::invalid_argument("branch " + EchoedJson(point) +
                                  " is no object");
    }
    VisitBranch(FieldReader(point, ""), progress.branches.emplace_back());
  }
  return progress;
}

// Throws at the first field of `ours` that `theirs` has otherwise.
void CheckIdentity(const ordered_json& ours, const json& theirs,
                   const std::string& path) {
  const json flat_ours = json(ours).flatten();
  const json flat_theirs = theirs.flatten();
  for (const auto& [field, value] : flat_ours.items()) {
    const json other = flat_theirs.value(field, json());
    if (other == value) continue;
    throw std::runtime_error(path + " is of another run: its " +
                             field.substr(1) + " is " + EchoedJson(other) +
                             " and not " + EchoedJson(value) +
                             "; remove it, or name another folder");
  }
}

}  // namespace

CheckpointStore::CheckpointStore(const RunSpec& spec,
                                 std::string data_fingerprint)
    : spec_(spec),
      data_fingerprint_(std::move(data_fingerprint)),
      path_(FileIn(spec.checkpoint_path)) {
  std::error_code error;
  std::filesystem::create_directories(spec.checkpoint_path, error);
  if (error) {
    throw std::runtime_error("cannot make the checkpoint's folder " +
                             spec.checkpoint_path + ": " + error.message() +
                             "; name one that can be written");
  }
}

void CheckpointStore::Write(const Checkpoint& checkpoint) const {
  ordered_json metadata = {{"format", kFormat}, {"trainer", kTrainerVersion}};
  metadata.update(Identity(spec_, data_fingerprint_));
  metadata["step"] = checkpoint.state.step;
  RunSums progress = checkpoint.progress;
  VisitProgress(FieldWriter(metadata["progress"]), progress);
  metadata["branches"] = ordered_json::array();
  for (BranchPoint& point : progress.branches) {
    VisitBranch(FieldWriter(metadata["branches"].emplace_back()), point);
  }
  const std::string text = metadata.dump();
  const std::vector<TensorView> tensors =
      Views(checkpoint.state, LayOutParameters(spec_.shape));
  WriteSafetensors(path_, tensors,
                   {{kMetadata, text}, {kChecksum, Checksum(text, tensors)}});
}

std::optional<Checkpoint> CheckpointStore::Read() const {
  if (!std::filesystem::exists(path_)) return std::nullopt;
  CheckpointFile file = ReadCheckpointFile(path_);
  CheckIdentity(Identity(spec_, data_fingerprint_), file.metadata, path_);
  try {
    StepOf(file.metadata, spec_.steps);
    return Checkpoint{std::move(file.state), ProgressOf(file.metadata)};
  } catch (const std::invalid_argument& error) {
    throw Damaged(path_, error.what());
  }
}

std::string CheckpointWarning(const std::string& reason, int64_t newest_step) {
  return reason + "; " +
         (newest_step == 0 ? "the run goes on without a checkpoint"
                           : "the checkpoint of step " +
                                 std::to_string(newest_step) + " stays");
}

TrainedModel ReadTrainedModel(const std::string& folder) {
  CheckpointFile file = ReadCheckpointFile(FileIn(folder));
  return {std::move(file.spec), file.state.step, std::move(file.state.weights)};
}

}  // namespace isoshape

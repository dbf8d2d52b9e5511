#include "trainer/protocol/replica_specs.h"

#include <cstdint>
#include <set>
#include <stdexcept>

namespace isoshape {
namespace {

using nlohmann::json;

constexpr char kReplicas[] = "replicas";
// More would train a model larger than any that replicas are meant for.
constexpr size_t kMax = 256;
// Beyond it the whole numbers of a line are refused.
constexpr double kMaxSeed = 1LL << 53;

bool HasReplicas(const json& line) {
  const auto found = line.find(kReplicas);
  return found != line.end() && found->is_array() && !found->empty();
}

std::string NameOf(const json& line) {
  const json run = line.value("run", json());
  return run.is_string() ? run.get<std::string>() : run.dump();
}

// The line of one replica.
json Merge(const json& line, const json& replica) {
  json merged = line;
  merged.erase(kReplicas);
  merged.merge_patch(replica);
  return merged;
}

// All that replicas have in common, by the names of the fields.
json CommonFields(const RunSpec& spec) {
  RunSpec common = spec;
  const Recipe none;
  common.recipe.learning_rate = none.learning_rate;
  common.recipe.muon_learning_rate = none.muon_learning_rate;
  common.recipe.weight_decay = none.weight_decay;
  json fields = ShapeAndRecipeToJson(common);
  fields["data"]["path"] = spec.data_path;
  fields["data_fingerprint"] = spec.data_fingerprint;
  fields["steps"] = spec.steps;
  fields["tokens_per_step"] = spec.tokens_per_step;
  return fields.flatten();
}

}  // namespace

std::vector<std::string> RunsOf(const json& line) {
  if (!HasReplicas(line)) return {NameOf(line)};
  std::vector<std::string> runs;
  for (const json& replica : line[kReplicas]) {
    runs.push_back(replica.is_object() ? NameOf(replica) : replica.dump());
  }
  return runs;
}

std::vector<RunSpec> ParseRunSpecs(const json& line) {
  if (!line.contains(kReplicas)) return {ParseRunSpec(line)};
  const json& replicas = line[kReplicas];
  if (!HasReplicas(line) || replicas.size() > kMax) {
    throw std::invalid_argument("replicas is not a list of 1 to " +
                                std::to_string(kMax) +
                                " objects; leave it out to train one run");
  }
  std::vector<RunSpec> specs;
  for (const json& replica : replicas) {
    if (!replica.is_object() || !replica.contains("run")) {
      throw std::invalid_argument("replicas has " + replica.dump() +
                                  ", not an object with a run of its own");
    }
    specs.push_back(ParseRunSpec(Merge(line, replica)));
  }
  const std::string problem = ReplicaProblem(specs);
  if (!problem.empty()) throw std::invalid_argument(problem);
  return specs;
}

json WithReplicas(const json& line, int count) {
  const json seed = line.value("seed", json(0));
  if (count <= 1 || line.contains(kReplicas) ||
      !line.value("run", json()).is_string() || !seed.is_number_integer() ||
      seed.get<double>() > kMaxSeed) {
    return line;
  }
  const json checkpoint = line.value("checkpoint", json());
  const json path =
      checkpoint.is_object() ? checkpoint.value("path", json()) : json();
  json several = line;
  for (int i = 0; i < count; ++i) {
    const std::string suffix = std::string("/").append(std::to_string(i));
    json& replica = several[kReplicas].emplace_back(json::object());
    replica["run"] = line["run"].get<std::string>() + suffix;
    replica["seed"] = seed.get<int64_t>() + i;
    if (path.is_string()) {
      replica["checkpoint"]["path"] = path.get<std::string>() + suffix;
    }
  }
  return several;
}

std::string ReplicaProblem(const std::vector<RunSpec>& specs) {
  const RunSpec& first = specs.front();
  const json common = CommonFields(first);
  std::set<std::string> runs, checkpoints;
  for (const RunSpec& spec : specs) {
    const json fields = CommonFields(spec);
    for (const auto& [field, value] : fields.items()) {
      if (common.at(field) == value) continue;
      return "replica '" + spec.run + "' has " + field.substr(1) + " " +
             value.dump() + " and replica '" + first.run + "' has " +
             common.at(field).dump() +
             "; they may differ in run, seed, checkpoint, learning_rate, "
             "muon_learning_rate and weight_decay: train it apart";
    }
    if (!runs.insert(spec.run).second) {
      return "two replicas have the run '" + spec.run +
             "'; give each a run of its own";
    }
    if (!spec.checkpoint_path.empty() &&
        !checkpoints.insert(spec.checkpoint_path).second) {
      return "two replicas have the checkpoint.path '" + spec.checkpoint_path +
             "'; give each a folder of its own";
    }
    if (specs.size() > 1 && !spec.branch_steps.empty()) {
      return "replica '" + spec.run +
             "' has branch_steps, and replicas cannot branch off; train it "
             "apart";
    }
  }
  return "";
}

}  // namespace isoshape

#ifndef ISOSHAPE_TRAINER_PROTOCOL_REPLICA_SPECS_H_
#define ISOSHAPE_TRAINER_PROTOCOL_REPLICA_SPECS_H_

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "trainer/spec/run_spec.h"

namespace isoshape {

// The names of the runs of a `run` line: its own, or those of its `replicas`.
// What is missing or no string comes back as its JSON.
std::vector<std::string> RunsOf(const nlohmann::json& line);

// The runs of a `run` line: one, or as many as it has `replicas`, a list of
// objects with the fields by which each differs from the line (RFC 7396). All
// throw std::invalid_argument with one line that names the field, its value and
// the remedy; runs that cannot be trained as one model are refused so as well.
std::vector<RunSpec> ParseRunSpecs(const nlohmann::json& line);

// A `run` line as one of `count` replicas R/0, R/1, …, R being its run, whose
// seeds ascend from its own and whose checkpoints are in folders 0, 1, … of its
// own. A line with replicas, or one that ParseRunSpec refuses for its run or
// seed, comes back as it is.
nlohmann::json WithReplicas(const nlohmann::json& line, int count);

// Why the runs cannot be replicas of one model, in one line with the remedy, or
// an empty string. They may differ in run, seed, checkpoint and the recipe's
// learning_rate, muon_learning_rate and weight_decay.
std::string ReplicaProblem(const std::vector<RunSpec>& specs);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_PROTOCOL_REPLICA_SPECS_H_

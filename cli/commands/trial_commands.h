#ifndef ISOSHAPE_CLI_COMMANDS_TRIAL_COMMANDS_H_
#define ISOSHAPE_CLI_COMMANDS_TRIAL_COMMANDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "cli/console/client.h"
#include "cli/console/command.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// `isoshape trial list` and `isoshape trial get`.
void RegisterTrialCommands(CLI::App& app, CommandContext& context);

// Trials of a campaign by number, over all pages; `limit` 0: all.
absl::StatusOr<std::vector<v1::Trial>> ListTrials(
    Client& client, const std::string& campaign, int64_t limit = 0,
    v1::Trial::State state = v1::Trial::STATE_UNSPECIFIED);

// The curve of a trial by step, over all pages.
absl::StatusOr<std::vector<v1::Measurement>> ListMeasurements(
    Client& client, const std::string& trial);

// `4x128` (depth x width).
std::string ShapeText(const v1::Shape& shape);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_COMMANDS_TRIAL_COMMANDS_H_

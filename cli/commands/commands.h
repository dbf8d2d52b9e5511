#ifndef ISOSHAPE_CLI_COMMANDS_COMMANDS_H_
#define ISOSHAPE_CLI_COMMANDS_COMMANDS_H_

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/console/command.h"

namespace isoshape {

// The commands of isoshape. Each function adds one, with its flags and help, to
// `app` (subcommands of `isoshape campaign`: to `group`) and lies in the file
// of its name; RegisterCommands in cli/app.h calls them in the order of help.
// `context` must outlive the command line.

// serve, worker: other programs, whose flags are their own; registered for help
// and completion. The verbs of worker (list, drain, …) are ours.
void RegisterProcessCommands(CLI::App& app, CommandContext& context);
void RegisterWorkerVerbs(CLI::App& group, CommandContext& context);
// The program that a command line, without `isoshape`, stands for, or nothing.
std::optional<std::string> SiblingOf(const std::vector<std::string>& arguments);

// campaign, with create, clone, extend and watch among its subcommands.
void RegisterCampaignCommands(CLI::App& app, CommandContext& context);
void RegisterCampaignCreate(CLI::App& group, CommandContext& context);
void RegisterCampaignExtend(CLI::App& group, CommandContext& context);
void RegisterCampaignWatch(CLI::App& group, CommandContext& context);

// trial, with list, get and the verbs.
void RegisterTrialCommands(CLI::App& app, CommandContext& context);
void RegisterTrialVerbs(CLI::App& group, CommandContext& context);

// best: the best measured shapes of each budget.
void RegisterBest(CLI::App& app, CommandContext& context);
// compare: the variants of a campaign, by pairs of trials.
void RegisterCompare(CLI::App& app, CommandContext& context);
// fit: a law of the runs of a campaign or a file.
void RegisterFit(CLI::App& app, CommandContext& context);
// predict: the best shape at a compute, from a campaign or a file.
void RegisterPredict(CLI::App& app, CommandContext& context);
// describe: a shape's arithmetic; needs no coordinator.
void RegisterDescribe(CLI::App& app, CommandContext& context);
// measure: what shapes cost on this machine.
void RegisterMeasure(CLI::App& app, CommandContext& context);
// train: a shape of a campaign, and its weights.
void RegisterTrain(CLI::App& app, CommandContext& context);
// export: a campaign's trials as csv or json.
void RegisterExport(CLI::App& app, CommandContext& context);
// import: runs that were trained elsewhere, as trials of a campaign.
void RegisterImport(CLI::App& app, CommandContext& context);
// plot: a figure of a campaign, as a file or as text.
void RegisterPlot(CLI::App& app, CommandContext& context);
// report: a campaign as one HTML file.
void RegisterReport(CLI::App& app, CommandContext& context);
// simulate fleet|landscape|replay: a coordinator or a search tried before
// anything is spent.
void RegisterSimulateFleet(CLI::App& group, CommandContext& context);
void RegisterSimulate(CLI::App& app, CommandContext& context);
// demo: a whole campaign on this machine.
void RegisterDemo(CLI::App& app, CommandContext& context);
// claims: statements about depth and width, judged by runs.
void RegisterClaimsCommands(CLI::App& app, CommandContext& context);
// fleet: workers by the engine that a cluster has.
void RegisterFleetCommands(CLI::App& app, CommandContext& context);
// doctor: whether all is there that isoshape needs.
void RegisterDoctor(CLI::App& app, CommandContext& context);
// backup, restore: copies of a coordinator's database.
void RegisterBackupCommands(CLI::App& app, CommandContext& context);
// token: who may use a coordinator.
void RegisterTokenCommands(CLI::App& app, CommandContext& context);
// completion: scripts for shells.
void RegisterCompletion(CLI::App& app, CommandContext& context);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_COMMANDS_COMMANDS_H_

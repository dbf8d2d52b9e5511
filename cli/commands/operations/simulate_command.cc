#include <cmath>
#include <cstddef>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/commands/commands.h"
#include "cli/console/command.h"
#include "cli/flags/run_table_flags.h"
#include "cli/output/table.h"
#include "common/console/one_of.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "scaling/statistics/intervals.h"
#include "scaling/statistics/parallel.h"
#include "simulate/landscape.h"
#include "simulate/landscape_search.h"
#include "simulate/replay.h"

namespace isoshape {
namespace {

using nlohmann::ordered_json;

struct LandscapeFlags {
  LandscapeQuestion question;
  std::string algorithm = "optimum";
  int seeds = 8;
};

struct ReplayFlags {
  RunTableFlags runs;
  double target_flops = 0;
  double tolerance = 0.002;
};

// null for what never came.
ordered_json FiniteOrNull(double value) {
  return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr);
}

std::string FlopsOrNever(double flops) {
  return std::isfinite(flops) ? FormatFlops(flops) : "never";
}

// The campaigns of all seeds, at once.
absl::StatusOr<std::vector<LandscapeOutcome>> SearchAll(
    const LandscapeFlags& flags) {
  std::vector<absl::StatusOr<LandscapeOutcome>> found(
      static_cast<size_t>(flags.seeds), LandscapeOutcome());
  ForEachIndex(flags.seeds, {}, [&](int seed) {
    LandscapeQuestion question = flags.question;
    question.seed = static_cast<uint64_t>(seed);
    found[static_cast<size_t>(seed)] =
        SearchLandscape(question, flags.algorithm);
  });
  std::vector<LandscapeOutcome> outcomes;
  for (absl::StatusOr<LandscapeOutcome>& one : found) {
    ISOSHAPE_ASSIGN_OR_RETURN(outcomes.emplace_back(), std::move(one));
  }
  return outcomes;
}

ordered_json ToJson(const LandscapeFlags& flags, double unit,
                    const std::vector<LandscapeOutcome>& outcomes) {
  ordered_json json;
  json["landscape"] = flags.question.landscape;
  json["algorithm"] = flags.algorithm;
  json["workers"] = flags.question.workers;
  json["tolerance"] = flags.question.tolerance;
  json["target_flops"] = flags.question.reach * Landscape::kSpan * unit;
  json["campaigns"] = ordered_json::array();
  for (const LandscapeOutcome& one : outcomes) {
    const bool certain = std::isfinite(one.stop);
    ordered_json& entry = json["campaigns"].emplace_back();
    entry["certain_flops"] = FiniteOrNull(unit * one.stop);
    entry["right_flops"] = FiniteOrNull(unit * one.right);
    entry["trials"] = certain ? ordered_json(one.trials) : nullptr;
    entry["regret"] = certain ? ordered_json(one.regret) : nullptr;
    entry["size_in_interval"] = certain ? ordered_json(one.size_ok) : nullptr;
  }
  return json;
}

void Print(const LandscapeFlags& flags, double unit,
           const std::vector<LandscapeOutcome>& outcomes) {
  const LandscapeQuestion& asked = flags.question;
  std::cout << absl::StrFormat(
      "%s in landscape %s with %s: the best shape at %s FLOPs to %s "
      "of the loss, from runs of %s to %s\n",
      flags.algorithm, asked.landscape, Counted(asked.workers, "worker"),
      FormatFlops(asked.reach * Landscape::kSpan * unit),
      FormatPercent(asked.tolerance), FormatFlops(unit),
      FormatFlops(Landscape::kSpan * unit));
  Table table({{"SEED", Table::kRight},
               {"CERTAIN AFTER", Table::kRight},
               {"TRIALS", Table::kRight},
               {"RIGHT AFTER", Table::kRight},
               {"REGRET", Table::kRight},
               {"N* IN ITS INTERVAL"}});
  std::vector<double> stops;
  for (size_t seed = 0; seed < outcomes.size(); ++seed) {
    const LandscapeOutcome& one = outcomes[seed];
    const bool certain = std::isfinite(one.stop);
    stops.push_back(one.stop);
    table.AddRow({absl::StrCat(seed), FlopsOrNever(unit * one.stop),
                  certain ? absl::StrCat(one.trials) : "-",
                  FlopsOrNever(unit * one.right),
                  certain ? FormatPercent(one.regret) : "-",
                  !certain      ? "-"
                  : one.size_ok ? "yes"
                                : "no"});
  }
  table.Print(std::cout);
  std::cout << absl::StrFormat(
      "median until certain: %s FLOPs; at most %s were spent\n",
      FlopsOrNever(unit * Median(stops)), FormatFlops(unit * asked.max_flops));
}

absl::Status SimulateLandscape(const CommandContext& context,
                               const LandscapeFlags& flags) {
  ISOSHAPE_ASSIGN_OR_RETURN(
      const Landscape landscape,
      Landscape::Make(flags.question.landscape, 0, flags.question.noise));
  ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<LandscapeOutcome> outcomes,
                            SearchAll(flags));
  const double unit = landscape.min_flops();
  if (context.json()) {
    std::cout << ToJson(flags, unit, outcomes).dump(2) << "\n";
  } else {
    Print(flags, unit, outcomes);
  }
  return absl::OkStatus();
}

ordered_json ToJson(const ReplayFlags& flags, const ReplayOutcome& outcome) {
  ordered_json json;
  json["target_flops"] = flags.target_flops;
  json["tolerance"] = flags.tolerance;
  json["runs"] = outcome.pool_runs;
  json["flops"] = outcome.pool_flops;
  json["certain_flops"] = FiniteOrNull(outcome.certain_flops);
  json["certain_runs"] = std::isfinite(outcome.certain_flops)
                             ? ordered_json(outcome.certain_runs)
                             : nullptr;
  json["right_flops"] = FiniteOrNull(outcome.right_flops);
  json["size"] = std::exp(outcome.ln_size);
  json["size_of_all_runs"] = std::exp(outcome.ln_size_of_all);
  json["regret"] = FiniteOrNull(outcome.regret);
  return json;
}

// FLOPs and which share of the pool's they are.
std::string OfPool(double flops, const ReplayOutcome& outcome) {
  return std::isfinite(flops)
             ? absl::StrCat(FormatFlops(flops), ", ",
                            FormatPercent(flops / outcome.pool_flops),
                            " of all")
             : "never";
}

void Print(const ReplayFlags& flags, const ReplayOutcome& outcome) {
  const bool certain = std::isfinite(outcome.certain_flops);
  PrintFields(
      {{"asked", absl::StrCat("best size at ", FormatFlops(flags.target_flops),
                              " FLOPs to ", FormatPercent(flags.tolerance),
                              " of the loss")},
       {"runs to choose among",
        absl::StrCat(outcome.pool_runs, ", ", FormatFlops(outcome.pool_flops),
                     " FLOPs")},
       {"certain after",
        certain ? absl::StrCat(Counted(outcome.certain_runs, "run"), ", ",
                               OfPool(outcome.certain_flops, outcome))
                : "never: all runs together do not tell it to the tolerance"},
       {"right for good after", OfPool(outcome.right_flops, outcome)},
       {"best size then",
        absl::StrCat(FormatCount(std::exp(outcome.ln_size)), "; of all runs ",
                     FormatCount(std::exp(outcome.ln_size_of_all)))},
       {"regret then", absl::StrCat(FormatPercent(outcome.regret),
                                    ", by the surface of all runs")}},
      std::cout);
}

absl::Status SimulateReplay(const CommandContext& context,
                            const ReplayFlags& flags) {
  ISOSHAPE_ASSIGN_OR_RETURN(const RunFile file, ReadRunTable(flags.runs, {}));
  const Runs& runs = file.runs;
  // Two levels do not tell how anything grows; the search begins with seven.
  constexpr size_t kFewest = 8;
  if (runs.rows() < kFewest) {
    return absl::FailedPreconditionError(absl::StrCat(
        Counted(runs.rows(), "run"), runs.rows() == 1 ? " is" : " are",
        " too few to choose among; give at least ", kFewest));
  }
  const auto [low, high] = runs.FlopsRange();
  ReplayFlags asked = flags;
  if (asked.target_flops == 0) asked.target_flops = 10 * high;
  if (asked.target_flops < high) {
    return UsageError(absl::StrFormat(
        "--target %s is within the runs, which go to %s FLOPs; give a larger "
        "compute",
        FormatFlops(asked.target_flops), FormatFlops(high)));
  }
  if (!(high > 2 * low)) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "all runs have about %s FLOPs, which does not tell how anything grows; "
        "add runs of other budgets",
        FormatFlops(high)));
  }
  const ReplayOutcome outcome =
      ReplayToTheEnd(PoolOf(runs), asked.target_flops, asked.tolerance);
  if (context.json()) {
    std::cout << ToJson(asked, outcome).dump(2) << "\n";
  } else {
    Print(asked, outcome);
  }
  return absl::OkStatus();
}

void RegisterLandscape(CLI::App& group, CommandContext& context) {
  CLI::App* command = AddCommand(
      group, "landscape",
      "Searches where the truth is known: generated losses of every shape at "
      "every compute",
      "isoshape simulate landscape\n"
      "isoshape simulate landscape chin-warm --workers 4\n"
      "isoshape simulate landscape byte --algorithm grid --seeds 20");
  const auto flags = std::make_shared<LandscapeFlags>();
  LandscapeQuestion& question = flags->question;
  AddOutputFlag(*command, context);
  command
      ->add_option("landscape", question.landscape,
                   "Which truth, see docs/search.md (default chin)")
      ->check(OneOf(Landscape::Names()));
  command
      ->add_option("--algorithm", flags->algorithm,
                   "Which search (default optimum)")
      ->check(OneOf(LandscapeAlgorithms()));
  command
      ->add_option("--seeds", flags->seeds,
                   "Campaigns, each in a landscape and with noise of its own "
                   "(default 8)")
      ->transform(WholeNumber(1, 1000));
  command
      ->add_option("--workers", question.workers,
                   "Workers that train at a time (default 1)")
      ->transform(WholeNumber(1, 1000));
  command
      ->add_option("--tolerance", question.tolerance,
                   "Regret that is allowed, a share of the loss (default "
                   "0.2%)")
      ->transform(ShareOrPercent());
  command
      ->add_option("--reach", question.reach,
                   "The compute asked about, in units of the largest budget "
                   "(default 10)")
      ->transform(PositiveNumber());
  command
      ->add_option("--noise", question.noise,
                   "Standard deviation of the loss of a run, nats per token "
                   "(default 0.003)")
      ->transform(NonNegativeNumber());
  command->callback([flags, &context] {
    context.action = [flags, &context] {
      return SimulateLandscape(context, *flags);
    };
  });
}

void RegisterReplay(CLI::App& group, CommandContext& context) {
  CLI::App* command = AddCommand(
      group, "replay",
      "Lets optimum choose among runs that were made, as if they were to be "
      "made: how many would have been enough",
      "isoshape simulate replay --input runs.csv\n"
      "isoshape simulate replay --input runs.csv --target 1e22 --tolerance "
      "0.5%");
  const auto flags = std::make_shared<ReplayFlags>();
  AddOutputFlag(*command, context);
  AddRunTableFlags(*command, flags->runs)->required();
  command
      ->add_option("--target", flags->target_flops,
                   "The compute that is asked about, FLOPs (default ten times "
                   "the largest run)")
      ->transform(PositiveNumber());
  command
      ->add_option("--tolerance", flags->tolerance,
                   "Regret that is allowed, a share of the loss (default "
                   "0.2%)")
      ->transform(ShareOrPercent());
  command->callback([flags, &context] {
    context.action = [flags, &context] {
      return SimulateReplay(context, *flags);
    };
  });
}

}  // namespace

void RegisterSimulate(CLI::App& app, CommandContext& context) {
  CLI::App* group =
      AddCommand(app, "simulate",
                 "Tries a coordinator or a search before anything is spent",
                 "isoshape simulate fleet --workers 10000\n"
                 "isoshape simulate landscape chin-warm\n"
                 "isoshape simulate replay --input runs.csv");
  group->require_subcommand(1);
  RegisterSimulateFleet(*group, context);
  RegisterLandscape(*group, context);
  RegisterReplay(*group, context);
}

}  // namespace isoshape

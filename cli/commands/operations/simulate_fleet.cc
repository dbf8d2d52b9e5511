#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/commands/commands.h"
#include "cli/console/command.h"
#include "cli/console/interruption.h"
#include "cli/output/table.h"
#include "common/status/code_name.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "messages/trial/worker_data.h"
#include "scaling/statistics/intervals.h"
#include "simulate/fleet/fleet.h"

namespace isoshape {
namespace {

using nlohmann::ordered_json;

// The quantile of the times of calls, seconds.
double TimeAt(const FleetCalls& calls, double share) {
  if (calls.seconds.empty()) return kNotMeasured;
  std::vector<double> sorted(calls.seconds.begin(), calls.seconds.end());
  std::sort(sorted.begin(), sorted.end());
  return Quantile(sorted, share);
}

std::string ErrorsOf(const FleetCalls& calls) {
  return absl::StrJoin(
      calls.errors, ", ", [](std::string* out, const auto& error) {
        absl::StrAppend(out, error.second, " ", CodeName(error.first));
      });
}

// The share of the workers' time in which they had a trial.
double BusyShare(const FleetReport& report) {
  return report.worker_seconds > 0 ? report.busy_seconds / report.worker_seconds
                                   : kNotMeasured;
}

// Whether none was completed for longer than a trial takes, in the end.
bool RanOut(const FleetOptions& options, const FleetReport& report) {
  return report.completed > 0 &&
         report.time - report.last_completed > 2 * options.trial_time;
}

// While there were some.
double TrialsASecond(const FleetReport& report) {
  if (report.completed == 0) return 0;
  return static_cast<double>(report.completed) /
         absl::ToDoubleSeconds(report.last_completed);
}

int64_t CallsOf(const FleetReport& report) {
  int64_t count = 0;
  for (const auto& [method, calls] : report.calls) {
    count += static_cast<int64_t>(calls.seconds.size());
    for (const auto& [code, errors] : calls.errors) count += errors;
  }
  return count;
}

ordered_json ToJson(const FleetOptions& options, const FleetReport& report) {
  ordered_json json;
  json["workers"] = options.workers;
  json["seconds"] = absl::ToDoubleSeconds(report.time);
  json["trials_completed"] = report.completed;
  json["seconds_to_last_completed"] =
      absl::ToDoubleSeconds(report.last_completed);
  json["faults"] = report.faults;
  json["preemptions"] = report.preemptions;
  json["leases_lost"] = report.lost;
  json["workers_refused"] = report.refused;
  json["busy_share"] = BusyShare(report);
  json["trained_flops"] = report.trained_flops;
  json["nothing_left"] = report.nothing_left;
  if (options.coordinator != 0) {
    json["coordinator_cpu_seconds"] = report.coordinator_cpu_seconds;
  }
  for (const auto& [method, calls] : report.calls) {
    ordered_json& entry = json["calls"][method];
    entry["count"] = calls.seconds.size();
    if (!calls.seconds.empty()) {
      entry["p50_seconds"] = TimeAt(calls, .5);
      entry["p99_seconds"] = TimeAt(calls, .99);
    }
    for (const auto& [code, count] : calls.errors) {
      entry["errors"][CodeName(code)] = count;
    }
  }
  return json;
}

void Print(const FleetOptions& options, const FleetReport& report) {
  const double seconds = absl::ToDoubleSeconds(report.time);
  std::cout << absl::StrFormat(
      "%s for %s: %s completed, %.4g a second%s; %d given back by "
      "a fault, %d preempted, %d taken away; busy %s of the time\n",
      Counted(options.workers, "worker"), FormatSeconds(seconds),
      Counted(report.completed, "trial"), TrialsASecond(report),
      RanOut(options, report)
          ? absl::StrCat(
                " until the last was completed, after ",
                FormatSeconds(absl::ToDoubleSeconds(report.last_completed)))
          : "",
      report.faults, report.preemptions, report.lost,
      FormatPercent(BusyShare(report)));
  if (options.flops_per_second > 0 && report.completed > 0) {
    std::cout << absl::StrFormat(
        "%s FLOPs in %.3g hours at %g times the speed of a worker of %s "
        "FLOP/s\n",
        FormatFlops(report.trained_flops), seconds * options.time_scale / 3600,
        options.time_scale, FormatFlops(options.flops_per_second));
  }
  if (options.coordinator != 0) {
    std::cout << absl::StrFormat(
        "the coordinator took %.3g cores, %s of processor time a call\n",
        report.coordinator_cpu_seconds / seconds,
        FormatSeconds(report.coordinator_cpu_seconds /
                      static_cast<double>(CallsOf(report))));
  }
  if (report.refused > 0) {
    std::cout << Counted(report.refused, "worker")
              << (report.refused == 1 ? " was" : " were")
              << " refused: " << report.refusal << "\n";
  }
  Table table({{"CALL"},
               {"COUNT", Table::kRight},
               {"A SECOND", Table::kRight},
               {"P50", Table::kRight},
               {"P99", Table::kRight},
               {"ERRORS"}});
  for (const auto& [method, calls] : report.calls) {
    if (calls.seconds.empty() && calls.errors.empty()) continue;
    const auto count = static_cast<double>(calls.seconds.size());
    table.AddRow({method, FormatInteger(static_cast<int64_t>(count)),
                  FormatRatio(count / seconds),
                  FormatSeconds(TimeAt(calls, .5)),
                  FormatSeconds(TimeAt(calls, .99)), ErrorsOf(calls)});
  }
  table.Print(std::cout);
  if (report.completed == 0) {
    std::cout << "no trial was completed; a campaign for simulated workers is "
                 "made by: isoshape campaign create --data "
              << kSimulatedData << " …\n";
  }
}

absl::Status SimulateFleet(const CommandContext& context,
                           const FleetOptions& asked) {
  const Interruption interruption;
  FleetOptions options = asked;
  options.server = context.server;
  options.interrupted = [] { return Interruption::Seen(); };
  const absl::StatusOr<FleetReport> ran = RunFleet(options);
  if (absl::IsInvalidArgument(ran.status())) {
    return UsageError(std::string(ran.status().message()));
  }
  ISOSHAPE_RETURN_IF_ERROR(ran.status());
  const FleetReport& report = *ran;
  if (context.json()) {
    std::cout << ToJson(options, report).dump(2) << "\n";
  } else {
    Print(options, report);
  }
  return absl::OkStatus();
}

void AddTimes(CLI::App& command, FleetOptions& options) {
  const auto add = [&command](const char* flag, absl::Duration& duration,
                              const char* description) {
    command
        .add_option_function<double>(
            flag,
            [&duration](double seconds) { duration = absl::Seconds(seconds); },
            description)
        ->transform(PositiveSeconds());
  };
  add("--trial-time", options.trial_time,
      "How long a trial takes, times a factor of .5 to 1.5 of its own "
      "(default 10s)");
  add("--away", options.away,
      "How long a worker is away after a preemption (default 60s)");
  add("--ramp", options.ramp,
      "How long it takes until all workers have begun (default 5s)");
  add("--max-time", options.max_time, "When to end (default 1m)");
}

}  // namespace

void RegisterSimulateFleet(CLI::App& group, CommandContext& context) {
  CLI::App* command = AddCommand(
      group, "fleet",
      "Workers that lease, report and complete as real ones do, and train "
      "nothing: how much of a fleet a coordinator bears",
      "isoshape campaign create --data simulated --budgets 1e15,1e16 "
      "--algorithm sobol --trials-per-budget 500\n"
      "isoshape simulate fleet --workers 10000 --trial-time 30s --max-time 2m\n"
      "isoshape simulate fleet --workers 64 --flops-per-second 1e14 "
      "--time-scale 1000 --preemptions 5%");
  const auto options = std::make_shared<FleetOptions>();
  AddServerFlags(*command, context);
  command
      ->add_option("--workers", options->workers,
                   "How many workers (default 100)")
      ->transform(WholeNumber(1, 100'000));
  command
      ->add_option("--connections", options->connections,
                   "Connections (default one for 100 workers; 200 at most)")
      ->transform(WholeNumber(1, 10'000));
  AddTimes(*command, *options);
  command
      ->add_option("--flops-per-second", options->flops_per_second,
                   "Let a trial take the time of its FLOPs at this speed "
                   "instead")
      ->transform(PositiveNumber());
  command
      ->add_option("--time-scale", options->time_scale,
                   "Divide that time by this much (default 1)")
      ->transform(PositiveNumber());
  command
      ->add_option("--reports", options->reports,
                   "Points that a trial reports (default 5)")
      ->transform(WholeNumber(0, 1000));
  command
      ->add_option("--faults", options->fault_share,
                   "Share of trials that a worker gives back by its own fault "
                   "(default none)")
      ->transform(ShareOrPercent());
  command
      ->add_option("--preemptions", options->preemption_share,
                   "Share of trials that are lost with their worker (default "
                   "none)")
      ->transform(ShareOrPercent());
  command
      ->add_option("--seed", options->seed,
                   "Of all that is random; two fleets at once need two "
                   "(default 0)")
      ->transform(WholeNumber(0));
  command
      ->add_option("--coordinator-pid", options->coordinator,
                   "Process of the coordinator on this machine, whose "
                   "processor time is told then")
      ->transform(WholeNumber(1));
  command->callback([options, &context] {
    context.action = [options, &context] {
      return SimulateFleet(context, *options);
    };
  });
}

}  // namespace isoshape

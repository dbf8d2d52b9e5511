#include "cli/flags/law_flags.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iostream>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "cli/console/command.h"
#include "cli/flags/input_file.h"
#include "cli/flags/run_table_flags.h"
#include "cli/output/format.h"
#include "cli/output/progress.h"
#include "common/console/one_of.h"
#include "common/status/status_macros.h"

namespace isoshape {
namespace {

// Resamples if nobody says how many: of more rows than people have runs fewer,
// so that they take a minute and not hours; a hundred still show 95 %.
int DefaultResamples(size_t rows, double level) {
  constexpr double kRowsInAll = 4e7;
  const double most = LawOptions().resamples;
  // A higher level needs more of them to show its ends (CheckLawOptions).
  const double least =
      std::min(most, std::max(100.0, std::ceil(0.5 / (1 - level))));
  return static_cast<int>(
      std::clamp(kRowsInAll / static_cast<double>(std::max<size_t>(rows, 1)),
                 least, most));
}

constexpr absl::Duration kQuiet = absl::Seconds(2);
constexpr absl::Duration kRedraw = absl::Milliseconds(200);

v1::FitLawRequest::Size SizeToProto(const std::string& size) {
  return size == "params" ? v1::FitLawRequest::SIZE_PARAMS
                          : v1::FitLawRequest::SIZE_FLOPS;
}

// Whether parameters and FLOPs per token / 6 are both known and not the same
// numbers.
bool SizesDiffer(const Runs& runs) {
  constexpr double kSame = 0.01;
  for (size_t i = 0; i < runs.flops.size(); ++i) {
    const double by_flops = runs.flops[i] / runs.tokens[i] / 6;
    if (std::abs(by_flops / runs.params[i] - 1) > kSame) return true;
  }
  return false;
}

void AddIntervalFlags(CLI::App& command, LawFlags& flags) {
  command
      .add_option("--bootstrap", flags.bootstrap,
                  "Resamples for the intervals (default 4000 for a file, "
                  "1000 for a campaign)")
      ->transform(WholeNumber(0, 1000000));
  command.add_option("--seed", flags.seed, "Seed of the resamples (default 0)")
      ->transform(WholeNumber(0));
  command
      .add_option("--level", flags.level,
                  "Level of the intervals (default 0.95)")
      ->transform(Level());
}

void AddExponentFlags(CLI::App& command, LawFlags& flags) {
  command.add_flag("--tie-exponents", flags.tie_exponents,
                   "Of the law parametric: alpha = beta");
  command.add_flag("--free-gamma", flags.free_gamma,
                   "Of the law parametric: both parts together are raised to "
                   "gamma, which is fitted (Busbridge et al. 2025)");
}

// Draws how far resamples are, after two seconds, on a terminal alone: what is
// piped on is the answer.
std::function<void(int, int)> ShowResamples() {
  struct State {
    absl::Time start = absl::Now();
    absl::Time next = start + kQuiet;
    ProgressLine line{std::cerr};
    const bool terminal = ProgressLine::CanDraw();
  };
  return [state = std::make_shared<State>()](int done, int total) {
    const absl::Time now = absl::Now();
    if (!state->terminal || now < state->next) return;
    const std::string text = absl::StrCat(
        "fitted ", FormatInteger(done), " of ", FormatInteger(total),
        " resamples  ETA ",
        DurationText((now - state->start) * (total - done) / done));
    state->line.Draw(text);
    state->next = now + kRedraw;
  };
}

}  // namespace

void AddSizeFlag(CLI::App& command, std::optional<std::string>& size,
                 CLI::Option* input) {
  command
      .add_option("--size", size,
                  "Of a file, what N is: the parameters as given, or FLOPs "
                  "per token / 6 (default params)")
      ->check(OneOf({"params", "flops"}))
      ->needs(input);
}

void AddLawFlags(CLI::App& command, LawFlags& flags, CLI::Option* input) {
  command
      .add_option(
          "--size", flags.size,
          "What N is: the parameters as given, or FLOPs per token / 6 "
          "(default: params for a file, flops for a campaign and its export)")
      ->check(OneOf({"params", "flops"}));
  command
      .add_option("--huber-delta", flags.huber_delta,
                  "Residual of ln loss beyond which it counts linearly "
                  "(default 0.001)")
      ->transform(PositiveNumber());
  command
      .add_option("--loss", flags.loss,
                  "Of the residuals: Huber's, or least absolute deviations "
                  "(default huber)")
      ->check(OneOf({"huber", "lad"}));
  command
      .add_option("--fixed-e", flags.fixed_e,
                  "E if it is known, such as the entropy of a task; 0: none")
      ->transform(NonNegativeNumber());
  command
      .add_option(
          "--prior", flags.prior,
          "Of the laws parametric and shape: weak, what is known before "
          "any run (docs/surface.md), or none (default)")
      ->check(OneOf({"none", "weak"}));
  AddExponentFlags(command, flags);
  command
      .add_option("--rule", flags.rule,
                  "Of --law isoflop, how the best size of a budget is found: a "
                  "parabola near the least loss, the Akima interpolant, or a "
                  "parabola through all sizes (default near-minimum)")
      ->check(OneOf(RuleNames()));
  command
      .add_option("--corpus", flags.corpus,
                  "Different tokens that there are; tokens beyond are repeated "
                  "and count for less (Muennighoff et al. 2023)")
      ->transform(PositiveNumber());
  command
      .add_option("--max-budget", flags.max_budget,
                  "Use only budgets up to this, FLOPs")
      ->transform(PositiveNumber());
  AddIntervalFlags(command, flags);
  command
      .add_option("--resamples", flags.resamples,
                  "File of resamples to use: row numbers from 0, a line each")
      ->type_name("PATH")
      ->needs(input);
  command
      .add_option("--residuals", flags.residuals,
                  "Write every run beside the law to this CSV file")
      ->type_name("PATH")
      ->needs(input);
  command
      .add_option("--draws", flags.draws,
                  "Write every figure in every resample to this CSV file")
      ->type_name("PATH")
      ->needs(input);
}

absl::StatusOr<LawOptions> ToLawOptions(const LawFlags& flags, Law law,
                                        size_t rows) {
  v1::FitLawRequest request = ToFitLawRequest(flags, law);
  request.clear_resamples();
  ISOSHAPE_ASSIGN_OR_RETURN(LawOptions options, ToLawOptions(request));
  // What is asked of a file alone: no limit of resamples, none of them at all,
  // a corpus, and all processors.
  options.resamples =
      flags.bootstrap.value_or(DefaultResamples(rows, options.level));
  if (!flags.bootstrap && flags.resamples.empty() && law != Law::kSurface &&
      options.resamples < LawOptions().resamples) {
    std::cerr << absl::StrFormat(
        "note: %d resamples instead of %d, as there are %d rows; --bootstrap "
        "asks for more\n",
        options.resamples, LawOptions().resamples, rows);
  }
  options.corpus_tokens = flags.corpus;
  options.execution = {.progress = ShowResamples()};
  if (!flags.resamples.empty()) {
    if (flags.bootstrap || flags.seed) {
      return UsageError(
          "--resamples names the resamples; leave out --bootstrap and --seed");
    }
    ISOSHAPE_ASSIGN_OR_RETURN(const std::string text,
                              ReadInput(flags.resamples, "the resamples"));
    absl::StatusOr<Resampling> resampling =
        Resampling::FromText(text, flags.resamples, rows);
    if (!resampling.ok()) return UsageError(resampling.status().message());
    options.resampling = *std::move(resampling);
  }
  return options;
}

absl::Status CheckForCampaign(const LawFlags& flags) {
  if (flags.bootstrap != 0) return absl::OkStatus();
  return UsageError(
      "the figures of a campaign have intervals; leave out --bootstrap 0");
}

absl::StatusOr<Runs> SizedRuns(const std::optional<std::string>& size,
                               RunFile& file) {
  const bool both = SizesDiffer(file.runs);
  const bool as_campaign = file.exported && !file.runs.flops.empty();
  if (!size && both) {
    file.notes.emplace_back(
        as_campaign ? "size N is FLOPs per token / 6, as in the campaign; "
                      "--size params takes the parameters"
                    : "size N is the parameters; --size flops takes FLOPs per "
                      "token / 6, as campaigns do");
    std::cerr << "note: " << file.notes.back() << '\n';
  }
  return WithSize(std::move(file.runs),
                  ToSizeMeasure(SizeToProto(
                      size.value_or(as_campaign ? "flops" : "params"))));
}

std::vector<RunColumn> NeededColumns(const LawFlags& flags,
                                     std::optional<Law> law) {
  std::vector<RunColumn> needed;
  if (flags.size == "flops") needed.push_back(RunColumn::kFlops);
  if (law == Law::kShape || law == Law::kLevine) {
    needed.insert(needed.end(), {RunColumn::kWidth, RunColumn::kDepth});
  }
  if (law == Law::kIsoflop || law == Law::kLevine || law == Law::kMethods ||
      flags.max_budget > 0) {
    needed.push_back(RunColumn::kBudget);
  }
  return needed;
}

v1::FitLawRequest ToFitLawRequest(const LawFlags& flags, Law law) {
  v1::FitLawRequest request;
  request.set_law(ToProto(law));
  if (flags.size) request.set_size(SizeToProto(*flags.size));
  request.set_huber_delta(flags.huber_delta.value_or(0));
  request.set_least_absolute(flags.loss == "lad");
  if (flags.fixed_e) request.set_fixed_e(*flags.fixed_e);
  SetSharedFields(flags, request);
  return request;
}

}  // namespace isoshape

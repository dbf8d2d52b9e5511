#ifndef ISOSHAPE_CLI_FLAGS_LAW_FLAGS_H_
#define ISOSHAPE_CLI_FLAGS_LAW_FLAGS_H_

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "messages/analysis/law_proto.h"
#include "scaling/reports/law_options.h"
#include "scaling/runs/run_file.h"
#include "scaling/runs/runs.h"
#include "scaling/tables/run_format.h"

namespace isoshape {

// Flags of how a law is fitted to runs; absent: the default.
struct LawFlags {
  std::optional<std::string> size;  // `params` or `flops`
  std::optional<double> huber_delta;
  std::optional<std::string> loss;  // `huber` or `lad`
  std::optional<double> fixed_e;
  std::optional<double> corpus;      // tokens
  std::optional<std::string> prior;  // `none` or `weak`
  bool tie_exponents = false;
  bool free_gamma = false;
  std::optional<int> bootstrap;
  std::optional<int64_t> seed;
  std::optional<double> level;
  std::optional<std::string> rule;  // of isoflop: a RuleName
  std::string resamples;            // a path
  std::string residuals, draws;     // paths of files to write
  double max_budget = 0;            // FLOPs; 0: all
};

// Adds the flags; `flags` must outlive the command. `input` is --input, which
// --resamples, --residuals and --draws need.
void AddLawFlags(CLI::App& command, LawFlags& flags, CLI::Option* input);

// The options with which `law` is fitted to the `rows` runs of a file, with
// resamples read from their file. Progress is drawn on standard error if it
// takes longer than two seconds.
absl::StatusOr<LawOptions> ToLawOptions(const LawFlags& flags, Law law,
                                        size_t rows);
// Adds --size alone, for commands whose campaigns say what N is; it needs
// `input`, the flag of a file.
void AddSizeFlag(CLI::App& command, std::optional<std::string>& size,
                 CLI::Option* input);

// The runs of a file with the size N that the flag --size says, `params` or
// `flops`; absent: params, but of a campaign's export FLOPs per token / 6, as
// the campaign has it. If the flag does not say and the file has both, which
// differ, a note says which it is, on standard error and in the file's notes.
absl::StatusOr<Runs> SizedRuns(const std::optional<std::string>& size,
                               RunFile& file);

// The columns that `law` (absent: the one that predict chooses) needs besides
// params, tokens and loss, so that a run without them is left out.
std::vector<RunColumn> NeededColumns(const LawFlags& flags,
                                     std::optional<Law> law);

// Sets the fields that requests for fits and for predictions share.
template <typename Request>
void SetSharedFields(const LawFlags& flags, Request& request) {
  request.set_resamples(flags.bootstrap.value_or(0));
  request.set_seed(flags.seed.value_or(0));
  request.set_level(flags.level.value_or(0));
  request.set_max_budget_flops(flags.max_budget);
  if (flags.rule) request.set_isoflop_rule(ToProto(*FindRule(*flags.rule)));
  request.set_prior(PriorToProto(flags.prior == "weak"));
  request.set_tie_exponents(flags.tie_exponents);
  request.set_free_gamma(flags.free_gamma);
}

// A usage error if the flags ask of a campaign what only files can have.
absl::Status CheckForCampaign(const LawFlags& flags);
// The request that asks a coordinator for a law of a campaign.
v1::FitLawRequest ToFitLawRequest(const LawFlags& flags, Law law);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_FLAGS_LAW_FLAGS_H_

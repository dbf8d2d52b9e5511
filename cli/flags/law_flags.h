#ifndef ISOSHAPE_CLI_FLAGS_LAW_FLAGS_H_
#define ISOSHAPE_CLI_FLAGS_LAW_FLAGS_H_

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "scaling/reports/fit_law.h"

namespace isoshape {

// How a law is fitted to runs, by flags of the command line; absent: the
// default.
struct LawFlags {
  std::optional<std::string> size;  // `params` or `flops`
  std::optional<double> huber_delta;
  std::optional<std::string> loss;  // `huber` or `lad`
  std::optional<double> fixed_e;
  std::optional<double> corpus;  // tokens
  std::optional<int> bootstrap;
  std::optional<int64_t> seed;
  std::optional<double> level;
  std::string resamples;  // a path

  // Any that only a law has.
  bool of_law() const { return size || huber_delta || loss || fixed_e; }
};

// Adds the flags; `flags` must outlive the command. `input` is --input, which
// --resamples needs.
void AddLawFlags(CLI::App& command, LawFlags& flags, CLI::Option* input);
// --bootstrap, --seed and --level alone.
void AddIntervalFlags(CLI::App& command, LawFlags& flags);

// The options of `law` on `rows` runs, with resamples read from their file.
// Progress is drawn on standard error where it takes longer than two seconds.
absl::StatusOr<LawOptions> ToLawOptions(const LawFlags& flags, Law law,
                                        size_t rows);

// A usage error where the flags ask of a campaign what only files can have.
absl::Status CheckForCampaign(const LawFlags& flags);

// The same for the isoFLOP curves of a campaign; 0: all budgets.
v1::FitCampaignRequest ToFitRequest(const LawFlags& flags, double max_budget);

// Draws how far resamples are, after two seconds; on a terminal in place, else
// a line every ten seconds.
std::function<void(int done, int total)> ShowResamples();

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_FLAGS_LAW_FLAGS_H_

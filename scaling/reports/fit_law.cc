#include "scaling/reports/fit_law.h"

#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "scaling/laws/repeated_data.h"
#include "scaling/reports/law_report_parts.h"

namespace isoshape {
namespace {

struct NamedLaw {
  Law law;
  const char* name;
  absl::StatusOr<LawReport> (*report)(const RunTable&, const LawOptions&);
};
constexpr NamedLaw kLaws[] = {
    {Law::kParametric, "parametric", ParametricReport},
    {Law::kShape, "shape", ShapeReport},
    {Law::kLevine, "levine", LevineReport},
    {Law::kIsoflop, "isoflop", IsoflopReport},
    {Law::kEnvelope, "envelope", EnvelopeReport},
    {Law::kMethods, "methods", MethodsReport}};

}  // namespace

std::string LawName(Law law) {
  for (const NamedLaw& named : kLaws) {
    if (named.law == law) return named.name;
  }
  return "";
}

std::optional<Law> FindLaw(absl::string_view name) {
  for (const NamedLaw& named : kLaws) {
    if (named.name == name) return named.law;
  }
  return std::nullopt;
}

std::vector<std::string> LawNames() {
  std::vector<std::string> names;
  for (const NamedLaw& named : kLaws) names.emplace_back(named.name);
  return names;
}

absl::StatusOr<Resampling> ResamplingOf(const RunTable& table,
                                        const LawOptions& options) {
  if (options.resampling) {
    if (options.resampling->rows() == table.rows()) return *options.resampling;
    return absl::InvalidArgumentError(
        absl::StrFormat("resamples of %d rows for %d runs",
                        options.resampling->rows(), table.rows()));
  }
  ResamplingOptions draws;
  draws.count = options.resamples;
  draws.seed = options.seed;
  draws.strata = table.budget;
  if (!table.run.empty()) draws.clusters = GroupNumbers(table.run);
  return Resampling::CaseBootstrap(table.rows(), draws);
}

// The same in effective tokens, sizes being those of the tokens that were
// trained on.
static absl::StatusOr<LawReport> FitRepeated(const RunTable& table,
                                             LawOptions options) {
  const double corpus = *options.corpus_tokens;
  if (!(std::isfinite(corpus) && corpus > 0)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "a corpus of %g tokens is not a finite number above 0", corpus));
  }
  auto sizes = Sizes(table, options.size);
  if (!sizes.ok()) return sizes.status();
  RunTable effective = WithEffectiveTokens(table, corpus, {});
  effective.params = *std::move(sizes);
  const SizeMeasure size = options.size;
  options.size = SizeMeasure::kParams;
  options.corpus_tokens.reset();
  absl::StatusOr<LawReport> report = FitLaw(effective, options);
  if (!report.ok()) return report;
  report->size = DescribeSize(size);
  const auto warnings = RepetitionWarnings(table, corpus, {});
  report->warnings.insert(report->warnings.begin(), warnings.begin(),
                          warnings.end());
  return report;
}

absl::StatusOr<LawReport> FitLaw(const RunTable& table,
                                 const LawOptions& options) {
  if (auto status = CheckRunTable(table); !status.ok()) return status;
  if (options.corpus_tokens) return FitRepeated(table, options);
  if (!(options.level > 0 && options.level < 1)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "level %g is not between 0 and 1, such as 0.95", options.level));
  }
  for (const NamedLaw& named : kLaws) {
    if (named.law == options.law) return named.report(table, options);
  }
  return absl::InvalidArgumentError("no such law");
}

}  // namespace isoshape

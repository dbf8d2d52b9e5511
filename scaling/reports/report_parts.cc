#include "scaling/reports/report_parts.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "common/text/short_exponent.h"
#include "scaling/runs/geometry.h"
#include "scaling/runs/size_remedy.h"

namespace isoshape {
namespace {

// A figure is not identified if the priors carry more than this share of its
// variance, unless its deviation is below this.
constexpr double kMaxPriorShare = 0.5;
constexpr double kSmallDeviation = 0.05;
// Above this share the priors carry a figure alone, however well they know it.
// It parts the bend of the best size, 95 to 100 % of whose variance was the
// prior's on the sweeps whose surface showed one, and whose deviation is below
// kSmallDeviation by the prior alone, from figures of which runs say a tenth.
constexpr double kPriorAlone = 0.9;
// Figures of the laws that say what more compute brings, which one budget does
// not: the parts of size and tokens trade against each other there.
constexpr absl::string_view kOfCompute[] = {"A", "B", "E", "alpha", "beta",
                                            "a", "b", "g", "n1",    "n2"};
// Different runs that a fit needs beyond its parameters.
constexpr int kSpareRuns = 2;
// How far the ends of a coefficient's interval may differ.
constexpr double kWidestCoefficient = 100;

// How the width of a figure's interval is judged (WideInterval).
enum class FigureKind {
  kDifference,      // by its difference from 0
  kFactor,          // by its logarithm
  kCoefficient,     // the same, far from the runs
  kLogCoefficient,  // the logarithm of one
  kSlopeAboutZero,  // not at all
};

FigureKind KindOf(absl::string_view name) {
  static constexpr std::pair<absl::string_view, FigureKind> kKinds[] = {
      {"A", FigureKind::kCoefficient},
      {"B", FigureKind::kCoefficient},
      {"G", FigureKind::kCoefficient},
      {"c_N", FigureKind::kCoefficient},
      {"c_D", FigureKind::kCoefficient},
      {"c_L", FigureKind::kCoefficient},
      {"c0", FigureKind::kLogCoefficient},
      {"c1", FigureKind::kSlopeAboutZero},
      {"n2", FigureKind::kSlopeAboutZero},
      {"skew", FigureKind::kSlopeAboutZero},
      {"compute", FigureKind::kFactor},
      {"size", FigureKind::kFactor},
      {"tokens", FigureKind::kFactor},
      {"best_size", FigureKind::kFactor},
      {"tokens_per_size", FigureKind::kFactor},
      {"best_ratio", FigureKind::kFactor},
      {"aspect_ratio", FigureKind::kFactor},
      {"depth", FigureKind::kFactor},
      {"width", FigureKind::kFactor},
      {"curvature", FigureKind::kFactor},
      {"ratio_curvature", FigureKind::kFactor}};
  for (const auto& [known, kind] : kKinds) {
    if (name == known) return kind;
  }
  const bool band =
      absl::StartsWith(name, "ratio_low") || absl::StartsWith(name, "ratio_hi");
  return band ? FigureKind::kFactor : FigureKind::kDifference;
}

bool IsWide(FigureKind kind, double value, double lower, double upper) {
  const auto apart = [&](double factor) {
    return !(lower > 0 && upper <= factor * lower);
  };
  switch (kind) {
    case FigureKind::kFactor:
      return apart(kWidestFactor);
    case FigureKind::kCoefficient:
      return apart(kWidestCoefficient);
    case FigureKind::kLogCoefficient:
      return upper - lower > std::log(kWidestCoefficient);
    case FigureKind::kSlopeAboutZero:
      return false;
    case FigureKind::kDifference:
      break;
  }
  return upper - lower > 2 * std::abs(value);
}

// What to do if all runs have one size.
std::string OtherSizes(const Runs& runs) {
  return RemedyText(SizeRemedy::kOther, TriedAtLargest(runs, kOneBudget));
}

}  // namespace

LawReport BeginReport(const Runs& runs, const LawOptions& options,
                      const Resampling& resampling, std::string formula) {
  LawReport report;
  report.law = LawName(options.law);
  report.formula = std::move(formula);
  report.size = DescribeSize(runs.measure);
  report.runs = static_cast<int>(runs.rows());
  report.level = options.level;
  report.interval_method = IntervalMethod(runs, options, resampling);
  return report;
}

absl::StatusOr<ComputeRule> RuleOf(const Runs& runs,
                                   const LawOptions& options) {
  if (options.constraint == ComputeConstraint::kFlops) {
    return FitComputeRule(runs);
  }
  return ComputeRule();
}

absl::Status CheckSizesAndTokensVary(const Runs& runs, int parameters) {
  if (runs.rows() == 1) {
    return absl::FailedPreconditionError(
        absl::StrFormat("a single run fixes no law; give %d or more of "
                        "different sizes and numbers of tokens",
                        parameters + kSpareRuns));
  }
  const struct {
    const char* name;
    const std::vector<double>& values;
    const std::string remedy;
  } columns[] = {{"size", runs.size, OtherSizes(runs)},
                 {"number of tokens", runs.tokens, "add runs of another"}};
  for (const auto& [name, values, remedy] : columns) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    if (*high > *low * (1 + 1e-9)) continue;
    return absl::FailedPreconditionError(absl::StrFormat(
        "all %d runs have the same %s, %s: its part of the loss cannot be "
        "told from E; %s",
        values.size(), name, FormatCount(*low), remedy));
  }
  const int different = MeasureGeometry(runs).different;
  if (different < parameters + kSpareRuns) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%s cannot fix %d parameters and show how well they are known; give %d "
        "or more",
        Counted(different, "different run"), parameters,
        parameters + kSpareRuns));
  }
  return absl::OkStatus();
}

std::vector<std::string> RunWarnings(const Runs& runs) {
  std::vector<std::string> warnings;
  const RunGeometry geometry = MeasureGeometry(runs);
  for (const std::string* one : {&geometry.one_line, &geometry.one_budget}) {
    if (!one->empty()) warnings.push_back(*one);
  }
  if (geometry.clusters > 0 && geometry.clusters < kMinClusters) {
    warnings.push_back(absl::StrFormat(
        "no intervals: the rows come from %s (column run), and fewer than "
        "%d show no spread; leave the column out if rows are runs of their own",
        Counted(geometry.clusters, "run"), kMinClusters));
  }
  return warnings;
}

void MarkByGeometry(const Runs& runs, LawReport& report) {
  const RunGeometry geometry = MeasureGeometry(runs);
  const bool one_line = !geometry.one_line.empty();
  if (!one_line && geometry.one_budget.empty()) return;
  for (std::vector<LawFigure>* figures :
       {&report.parameters, &report.derived}) {
    for (LawFigure& figure : *figures) {
      if (one_line) {
        figure.unidentified = "the runs do not tell size from tokens";
      } else if (std::count(std::begin(kOfCompute), std::end(kOfCompute),
                            figure.name) > 0) {
        figure.unidentified = "the runs are of one budget";
      }
    }
  }
}

void MarkFigures(absl::string_view reason, std::vector<LawFigure>& figures) {
  for (LawFigure& figure : figures) {
    if (figure.unidentified.empty()) figure.unidentified = std::string(reason);
  }
}

void MarkUnconverged(LawReport& report) {
  if (report.optimum->converged) return;
  MarkFigures("the fit is not converged", report.parameters);
  MarkFigures("the fit is not converged", report.derived);
  report.warnings.push_back("the fit is not converged: " +
                            report.optimum->problem);
}

std::string DesignSaysSizes(const Runs& runs) {
  const RunGeometry geometry = MeasureGeometry(runs);
  if (!geometry.one_line.empty()) return geometry.one_line;
  if (!geometry.one_budget.empty()) return geometry.one_budget;
  const auto one = [](double span) { return span <= 1 + 1e-9; };
  if (!one(geometry.size_span) && !one(geometry.token_span)) return "";
  return absl::StrFormat(
      "all %d runs have the same %s, so each compute has one size that was "
      "tried and none is shown to be best; %s",
      geometry.runs, one(geometry.size_span) ? "size" : "number of tokens",
      one(geometry.size_span) ? OtherSizes(runs) : "add runs of another");
}

std::string UnidentifiedBy(const BootstrapEstimate& estimate) {
  const int total = estimate.resamples + estimate.failed;
  if (!std::isfinite(estimate.value)) return "it is not finite";
  if (total == 0) return "";
  if (TooManyFailed(estimate.failed, total)) {
    return absl::StrFormat("%d of %d resamples could not be fitted",
                           estimate.failed, total);
  }
  if (!estimate.percentile.lower || !estimate.percentile.upper) {
    return "its interval has no end";
  }
  return "";
}

std::string WideInterval(absl::string_view name,
                         const BootstrapEstimate& estimate) {
  const Interval& interval = estimate.percentile;
  if (!interval.lower || !interval.upper ||
      !IsWide(KindOf(name), estimate.value, *interval.lower, *interval.upper)) {
    return "";
  }
  const auto end = [](double at) { return FormatDigits(at, 3); };
  return absl::StrCat("its interval, ", end(*interval.lower), " to ",
                      end(*interval.upper), ", does not fix the first digit");
}

void JudgeWidths(std::vector<LawFigure>& figures) {
  for (LawFigure& figure : figures) {
    if (figure.unidentified.empty()) {
      figure.unidentified = WideInterval(figure.name, figure.estimate);
    }
  }
}

void JudgeLine(int points, absl::string_view what, LawReport& report) {
  if (points >= kMinClusters) return;
  if (points < kMinOnLine) {
    MarkFigures(absl::StrFormat("%d points leave no error by which a line "
                                "could be judged",
                                points),
                report.parameters);
  }
  report.warnings.push_back(absl::StrFormat(
      "%s: there are %d %s, and a line through fewer than %d %s; run more "
      "budgets",
      points < kMinOnLine ? "no figures" : "no intervals", points, what,
      points < kMinOnLine ? kMinOnLine : kMinClusters,
      points < kMinOnLine ? "cannot be judged" : "shows no spread"));
}

LawOptions WithIntervalsOfLine(int points, LawOptions options) {
  if (points >= kMinClusters) return options;
  options.resamples = 0;
  options.resampling.reset();
  return options;
}

std::string WithErrorOfLogarithm(absl::string_view meaning) {
  return absl::StrFormat("%s; the error is of its logarithm", meaning);
}

LawFigure MakeFigure(std::string name, std::string meaning,
                     const BootstrapEstimate& estimate) {
  return {.name = std::move(name),
          .meaning = std::move(meaning),
          .estimate = estimate,
          .unidentified = UnidentifiedBy(estimate)};
}

void JudgeByPrior(double share, double deviation, LawFigure& figure) {
  figure.prior_share = share;
  const bool by_runs = share <= kMaxPriorShare ||
                       (share <= kPriorAlone && deviation <= kSmallDeviation);
  if (by_runs || !figure.unidentified.empty()) return;
  figure.unidentified = absl::StrFormat(
      "the priors and not the runs say what it is (%.0f %% of its variance)",
      100 * share);
}

void JudgeByPrior(const Posterior& posterior, const Eigen::VectorXd& parameters,
                  const std::function<double(const Eigen::VectorXd&)>& function,
                  LawFigure& figure) {
  const Eigen::VectorXd gradient = posterior.Gradient(parameters, function);
  const double deviation = posterior.Deviation(gradient);
  // Exponents are below 1, and what is counted is above it.
  JudgeByPrior(posterior.PriorShare(gradient),
               deviation / std::max(1.0, std::abs(figure.estimate.value)),
               figure);
}

std::vector<FittedRow> FittedRows(const Runs& runs,
                                  const std::vector<double>& residuals,
                                  const RobustLoss& loss) {
  std::vector<FittedRow> rows;
  for (size_t i = 0; i < runs.rows(); ++i) {
    FittedRow& row = rows.emplace_back();
    if (!runs.line.empty()) row.line = runs.line[i];
    row.size = runs.size[i];
    row.tokens = runs.tokens[i];
    row.loss = runs.loss[i];
    row.fitted = runs.loss[i] * std::exp(residuals[i]);
    const double off = std::abs(residuals[i]);
    if (!loss.least_absolute && off > loss.huber_delta) {
      row.weight = loss.huber_delta / off;
    }
  }
  return rows;
}

void WarnOfFailures(const BootstrapEstimate& estimate,
                    std::vector<std::string>& warnings) {
  if (estimate.failed == 0) return;
  warnings.push_back(absl::StrFormat(
      "%d of %d resamples could not be fitted; the intervals leave them out",
      estimate.failed, estimate.resamples + estimate.failed));
}

}  // namespace isoshape

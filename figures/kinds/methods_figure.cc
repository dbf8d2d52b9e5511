#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/text/format_number.h"
#include "figures/kinds/builders.h"
#include "figures/parts/marks.h"
#include "figures/parts/published.h"
#include "figures/parts/run_marks.h"
#include "figures/parts/sentences.h"
#include "scaling/reports/law_report.h"

namespace isoshape {
namespace {

using Series = v1::FigureSeries;

// The exponent a of N* ~ C^a by one method.
struct Method {
  std::string name;
  BootstrapEstimate exponent = {};
  bool biased = false;            // known to be
  std::string unidentified = {};  // why the runs do not tell it, or empty
};

// a = beta / (alpha + beta), from the same draws of both.
std::optional<Method> ByShapeLaw(const LawReport& report, double level) {
  const LawFigure* alpha = FindLawFigure(report.parameters, "alpha");
  const LawFigure* beta = FindLawFigure(report.parameters, "beta");
  if (alpha == nullptr || beta == nullptr) return std::nullopt;
  const auto exponent = [](double a, double b) { return b / (a + b); };
  std::vector<double> draws;
  for (size_t i = 0; i < std::min(alpha->draws.size(), beta->draws.size());
       ++i) {
    draws.push_back(exponent(alpha->draws[i], beta->draws[i]));
  }
  Method method{.name = "shape law"};
  method.exponent = Estimate(
      exponent(alpha->estimate.value, beta->estimate.value), draws, {}, level);
  method.unidentified =
      alpha->unidentified.empty() ? beta->unidentified : alpha->unidentified;
  return method;
}

// What a reader knows the methods of MethodComparison by.
std::string NameOf(const std::string& method) {
  if (method == "isoflop") return "isoFLOP curves (approach 2)";
  if (method == "isoflop-akima") return "isoFLOP, Akima";
  if (method == "isoflop-full-range") return "isoFLOP, all sizes";
  if (method == "envelope") return "lower envelope (approach 1)";
  if (method == "parametric") return "parametric law (approach 3)";
  return method;
}

std::vector<Method> MethodsOf(const FigureData& data,
                              const FigureOptions& options,
                              v1::Figure& figure) {
  const Runs& runs = *data.runs;
  std::vector<Method> methods;
  LawOptions fit = options.fit;
  fit.law = Law::kMethods;
  const auto compared = data.memo->Report(runs, fit);
  if (compared.ok()) {
    for (const LawFigure& one : (*compared)->parameters) {
      methods.push_back({.name = NameOf(one.name),
                         .exponent = one.estimate,
                         .biased = one.meaning != "a",
                         .unidentified = one.unidentified});
    }
    figure.mutable_warnings()->Add((*compared)->warnings.begin(),
                                   (*compared)->warnings.end());
  } else {
    figure.add_warnings(std::string(compared.status().message()));
  }
  if (runs.has_shapes()) {
    fit.law = Law::kShape;
    const auto shape = data.memo->Report(runs, fit);
    const auto method =
        shape.ok() ? ByShapeLaw(**shape, options.fit.level) : std::nullopt;
    if (method) methods.push_back(*method);
    if (!shape.ok()) {
      figure.add_warnings(
          absl::StrCat("no shape law: ", shape.status().message()));
    }
  }
  fit.law = Law::kSurface;
  const auto surface = data.memo->Report(runs, fit);
  if (surface.ok()) {
    if (const LawFigure* a = FindLawFigure((*surface)->derived, "a")) {
      methods.push_back({.name = "joint surface, at the largest run",
                         .exponent = a->estimate,
                         .unidentified = a->unidentified});
    }
  } else {
    figure.add_warnings(
        absl::StrCat("no joint surface: ", surface.status().message()));
  }
  return methods;
}

void Draw(const std::vector<Method>& methods, v1::FigurePanel& panel) {
  AxisRange x(false);
  v1::FigureAxis& y = *panel.mutable_y();
  AddRuleX(kChinchillaExponent, "0.50 (Hoffmann et al. 2022)",
           Series::REFERENCE, panel);
  AddRuleX(kKaplanExponent, "0.73 (Kaplan et al. 2020)", Series::REFERENCE,
           panel);
  x.Include(kChinchillaExponent);
  // Where no method rules the axis, what is published does.
  const bool any = std::any_of(
      methods.begin(), methods.end(),
      [](const Method& method) { return method.unidentified.empty(); });
  if (any) {
    x.IncludeIfNear(kKaplanExponent);
  } else {
    x.Include(kKaplanExponent);
  }
  for (size_t i = 0; i < methods.size(); ++i) {
    const Method& method = methods[i];
    y.add_categories(method.name);
    if (!std::isfinite(method.exponent.value)) continue;
    const bool seen = method.unidentified.empty();
    Series* series =
        AddSeries(panel,
                  !seen           ? "not identified by the runs"
                  : method.biased ? "known to be biased, for comparison"
                                  : "exponent a of N* ~ C^a",
                  Series::POINTS,
                  !seen           ? Series::EDGE
                  : method.biased ? Series::REFERENCE
                                  : Series::OPTIMUM);
    AddPoint(method.exponent.value, static_cast<double>(i), *series);
    AddXInterval(method.exponent.percentile, *series);
    series->add_labels(
        absl::StrCat(method.name, ": ",
                     WithInterval(method.exponent.percentile, FormatRatio),
                     seen ? "" : ", ", method.unidentified));
    x.Include(method.exponent.value);
    // A method that the runs do not identify does not rule the axis.
    if (!seen) continue;
    for (const auto& end :
         {method.exponent.percentile.lower, method.exponent.percentile.upper}) {
      if (end) x.Add(*end);
    }
  }
  *panel.mutable_x() = x.Axis("exponent a of N* ~ C^a");
  y.set_label("method");
  y.set_min(-0.5);
  y.set_max(static_cast<double>(methods.size()) - 0.5);
}

std::string Sentence(const std::vector<Method>& methods) {
  std::vector<std::string> told;
  double low = INFINITY;
  double high = -INFINITY;
  for (const Method& method : methods) {
    if (method.biased || !method.unidentified.empty()) continue;
    told.push_back(
        absl::StrCat(method.name, " ",
                     WithInterval(method.exponent.percentile, FormatRatio)));
    low = std::min(low, method.exponent.value);
    high = std::max(high, method.exponent.value);
  }
  if (told.empty()) {
    return "No method that is not known to be biased identifies how the best "
           "size grows.";
  }
  return absl::StrFormat(
      "The exponent of N* is %s by %d methods: %s.",
      FormatRatio(low) == FormatRatio(high)
          ? FormatRatio(low)
          : absl::StrCat(FormatRatio(low), " to ", FormatRatio(high)),
      told.size(), absl::StrJoin(told, "; "));
}

}  // namespace

absl::StatusOr<v1::Figure> MethodsFigure(const FigureData& data,
                                         const FigureOptions& options) {
  v1::Figure figure;
  figure.set_title(absl::StrCat("How N* grows by each method, ", data.name));
  const std::vector<Method> methods = MethodsOf(data, options, figure);
  if (methods.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("no method gives an exponent: ",
                     absl::StrJoin(figure.warnings(), "; ")));
  }
  Draw(methods, *figure.add_panels());
  v1::FigureTable& table = *figure.mutable_table();
  for (const char* column : {"method", "a", "a lower", "a upper", "note"}) {
    table.add_columns(column);
  }
  for (const Method& method : methods) {
    const Interval& interval = method.exponent.percentile;
    AddRow({method.name, Cell(method.exponent.value), Cell(interval.lower),
            Cell(interval.upper),
            !method.unidentified.empty() ? method.unidentified
            : method.biased              ? "known to be biased"
                                         : ""},
           table);
  }
  figure.set_sentence(Sentence(methods));
  figure.set_method(IntervalSentence(*data.runs, options.fit));
  figure.set_drawn(static_cast<int64_t>(methods.size()));
  figure.set_total(figure.drawn());
  return figure;
}

}  // namespace isoshape

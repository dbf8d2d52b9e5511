#include "figures/parts/figure_options.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/status/status_macros.h"
#include "figures/parts/figure_kind.h"
#include "messages/analysis/law_proto.h"

namespace isoshape {
namespace {

using v1::Figure;
using Request = v1::GetFigureRequest;

constexpr int kMinMarks = 100;
constexpr int kMaxMarks = 100000;
constexpr int kDefaultMarks = 5000;
constexpr int kMaxTrials = 1000;
// Of a fit: a picture is waited for, and two of them must not take a machine.
constexpr int kThreads = 2;

// Refuses a field that is set and that the kind does not use.
absl::Status CheckUse(Figure::Kind kind, const char* field, bool set,
                      std::initializer_list<Figure::Kind> users) {
  if (!set || std::find(users.begin(), users.end(), kind) != users.end()) {
    return absl::OkStatus();
  }
  std::vector<std::string> names;
  for (const Figure::Kind user : users) names.push_back(FigureKindName(user));
  return absl::InvalidArgumentError(absl::StrFormat(
      "%s is set and the figure %s does not use it; leave it out, it is for %s",
      field, FigureKindName(kind), absl::StrJoin(names, ", ")));
}

absl::Status CheckUses(const Request& request) {
  const Figure::Kind kind = request.kind();
  const auto fits = {Figure::ISOFLOP,   Figure::TRENDS,  Figure::METHODS,
                     Figure::ENVELOPE,  Figure::HEATMAP, Figure::ASPECT,
                     Figure::RESIDUALS, Figure::SURFACE, Figure::PREDICTION};
  ISOSHAPE_RETURN_IF_ERROR(CheckUse(
      kind, "budget_flops", request.budget_flops() != 0,
      {Figure::HEATMAP, Figure::ASPECT, Figure::PARETO, Figure::CURVES}));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckUse(kind, "law", request.law() != v1::FitLawRequest::LAW_UNSPECIFIED,
               {Figure::RESIDUALS, Figure::SURFACE, Figure::HEATMAP,
                Figure::PREDICTION}));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckUse(kind, "target_flops", request.target_flops() != 0,
               {Figure::TRENDS, Figure::PREDICTION, Figure::SURFACE}));
  ISOSHAPE_RETURN_IF_ERROR(CheckUse(
      kind, "isoflop_rule",
      request.isoflop_rule() != v1::FitLawRequest::ISOFLOP_RULE_UNSPECIFIED,
      {Figure::ISOFLOP, Figure::TRENDS}));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckUse(kind, "resamples", request.resamples() != 0, fits));
  ISOSHAPE_RETURN_IF_ERROR(CheckUse(kind, "seed", request.seed() != 0, fits));
  ISOSHAPE_RETURN_IF_ERROR(CheckUse(kind, "level", request.level() != 0, fits));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckUse(kind, "trials", !request.trials().empty(), {Figure::CURVES}));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckUse(kind, "max_cost", request.max_cost() != 0, {Figure::PARETO}));
  return CheckUse(kind, "cost", request.cost() != v1::SHAPE_COST_UNSPECIFIED,
                  {Figure::PARETO});
}

absl::Status CheckFlops(const char* field, double value, const char* zero) {
  if (std::isfinite(value) && value >= 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("%s %g is not a finite number >= 0; 0 stands for %s",
                      field, value, zero));
}

absl::Status CheckRanges(const Request& request) {
  ISOSHAPE_RETURN_IF_ERROR(CheckFlops("budget_flops", request.budget_flops(),
                                      "the largest, or all"));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckFlops("target_flops", request.target_flops(), "the campaign's"));
  const int marks = request.max_marks();
  if (marks != 0 && (marks < kMinMarks || marks > kMaxMarks)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("max_marks %d is outside %d..%d; 0 stands for %d",
                        marks, kMinMarks, kMaxMarks, kDefaultMarks));
  }
  if (!v1::ShapeCost_IsValid(request.cost())) {
    return absl::InvalidArgumentError(
        absl::StrFormat("cost %d is not known; give decode_seconds, "
                        "peak_memory_bytes, parameters or step_seconds",
                        request.cost()));
  }
  if (!(std::isfinite(request.max_cost()) && request.max_cost() >= 0)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "max_cost %g is not a finite number >= 0; 0 stands for no limit",
        request.max_cost()));
  }
  if (request.max_cost() > 0 && request.cost() == v1::SHAPE_COST_UNSPECIFIED) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "max_cost %g says nothing without its unit; give cost as well, such as "
        "decode_seconds",
        request.max_cost()));
  }
  if (request.trials_size() > kMaxTrials) {
    return absl::InvalidArgumentError(
        absl::StrFormat("trials names %d trials and may name %d; leave it out "
                        "for those that match the filter",
                        request.trials_size(), kMaxTrials));
  }
  for (const int64_t number : request.trials()) {
    if (number >= 1) continue;
    return absl::InvalidArgumentError(absl::StrFormat(
        "trials has %d, which is no number of a trial; they begin at 1",
        number));
  }
  return absl::OkStatus();
}

// The laws that a kind can be drawn by.
absl::Status CheckLaw(const Request& request) {
  if (request.law() == v1::FitLawRequest::LAW_UNSPECIFIED) {
    return absl::OkStatus();
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const Law law, FromProto(request.law()));
  const bool places =
      law == Law::kSurface || law == Law::kParametric || law == Law::kShape;
  const bool trend =
      law == Law::kIsoflop && request.kind() == Figure::PREDICTION;
  if (places || trend) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrFormat(
      "law %s cannot draw the figure %s; take surface, parametric or shape%s",
      LawName(law), FigureKindName(request.kind()),
      request.kind() == Figure::PREDICTION ? ", or isoflop" : ""));
}

}  // namespace

absl::Status CheckFigureRequest(const Request& request) {
  if (request.kind() == Figure::KIND_UNSPECIFIED ||
      !Figure::Kind_IsValid(request.kind())) {
    return absl::InvalidArgumentError(
        absl::StrFormat("kind %d is no kind of figure; give %s", request.kind(),
                        absl::StrJoin(FigureKindNames(), ", ")));
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckUses(request));
  ISOSHAPE_RETURN_IF_ERROR(CheckRanges(request));
  ISOSHAPE_RETURN_IF_ERROR(CheckLaw(request));
  return ToFigureOptions(request).status();
}

absl::StatusOr<FigureOptions> ToFigureOptions(const Request& request) {
  FigureOptions options;
  ISOSHAPE_ASSIGN_OR_RETURN(
      options.fit, MakeLawOptions(request.resamples(), request.seed(),
                                  request.level(), /*max_budget_flops=*/0));
  options.fit.execution.threads = kThreads;
  ISOSHAPE_ASSIGN_OR_RETURN(options.fit.rule,
                            FromProto(request.isoflop_rule()));
  if (request.law() != v1::FitLawRequest::LAW_UNSPECIFIED) {
    ISOSHAPE_ASSIGN_OR_RETURN(options.law, FromProto(request.law()));
  }
  options.fit.law = options.law.value_or(Law::kParametric);
  options.budget_flops = request.budget_flops();
  options.max_cost = request.max_cost();
  options.target_flops = request.target_flops();
  options.max_marks =
      request.max_marks() == 0 ? kDefaultMarks : request.max_marks();
  options.show_failed = request.show_failed();
  options.cost = request.cost();
  return options;
}

}  // namespace isoshape

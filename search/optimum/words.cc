#include "search/optimum/words.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "scaling/statistics/wald.h"
#include "scaling/surface/design.h"
#include "search/optimum/forecast.h"
#include "search/optimum/repeats.h"

namespace isoshape {
namespace {

constexpr double kLevel = 0.9;
constexpr double kDeviations = 1.645;  // of a normal figure at that level

const char* TextOf(OptimumFigure figure) {
  switch (figure) {
    case OptimumFigure::kSize:
      return "the best size";
    case OptimumFigure::kSizeSlope:
      return "how the best size grows with compute";
    case OptimumFigure::kRatio:
      return "the best width/depth";
    case OptimumFigure::kRatioDrift:
      return "how the best width/depth changes with size";
    case OptimumFigure::kScatter:
      return "by how much runs differ that are equal but for their seed";
  }
  return "";
}

std::string Off(double ln_factor, const char* what) {
  const double factor = std::exp(std::abs(ln_factor));
  return factor < 1.1
             ? absl::StrCat("at ", what)
             : absl::StrFormat("%.3g times %s %s", factor,
                               ln_factor > 0 ? "above" : "below", what);
}

std::string Interval(double ln_value, double deviation) {
  return absl::StrFormat("%.3g (%.3g to %.3g)", std::exp(ln_value),
                         std::exp(ln_value - kDeviations * deviation),
                         std::exp(ln_value + kDeviations * deviation));
}

// Of the figures that the answer hangs on, the one whose error costs most.
OptimumFigure MostUncertain(const OptimumQuestion& question,
                            const OptimumDecision& decision) {
  const SurfaceFit& fit = decision.fit;
  const double middle = (question.ln_low + question.ln_high) / 2;
  const double ln_size = fit.surface.LnBestSize(question.ln_target);
  const double reach = question.ln_target - middle;
  if (decision.ratio_part > decision.regret / 2) {
    const double drift =
        fit.Deviation(Surface::Vector::Unit(Surface::kRatioDrift)) *
        std::abs(ln_size - fit.surface.LnBestSize(middle));
    const double level =
        fit.Deviation(fit.surface.GradientOfLnBestRatio(middle));
    return level > drift ? OptimumFigure::kRatio : OptimumFigure::kRatioDrift;
  }
  const double slope =
      fit.Deviation(Surface::Vector::Unit(Surface::kSizeExponent)) *
      std::abs(reach);
  const double level = fit.Deviation(fit.surface.GradientOfLnBestSize(middle));
  return level > slope ? OptimumFigure::kSize : OptimumFigure::kSizeSlope;
}

std::string AnswerText(const OptimumQuestion& question,
                       const OptimumDecision& decision) {
  const SurfaceFit& fit = decision.fit;
  const Surface& surface = fit.surface;
  const double ln_size = surface.LnBestSize(question.ln_target);
  std::string text = absl::StrCat(
      "best size ",
      Interval(ln_size, fit.Deviation(
                            surface.GradientOfLnBestSize(question.ln_target))));
  if (question.with_ratios) {
    absl::StrAppend(
        &text, ", width/depth ",
        Interval(
            surface.LnBestRatio(ln_size),
            fit.Deviation(surface.GradientOfLnBestRatio(question.ln_target))));
  }
  return absl::StrFormat("%s, %.0f %% intervals", text, 100 * kLevel);
}

std::string WhatMoreBuys(const OptimumQuestion& question,
                         const std::vector<OptimumRun>& runs,
                         const OptimumDecision& decision) {
  constexpr double kMore = 0.1;
  constexpr int kMaxRuns = 8;
  if (decision.in_flight > 0 || decision.spent == 0) return "";
  const double flops =
      std::max(kMore * decision.spent, std::exp(question.ln_low));
  const OptimumForecast more =
      Forecast(question, runs, decision, flops, kMaxRuns);
  return absl::StrFormat(
      "; another %s FLOPs (%.0f %%) would lower it to about %.2g %%",
      FormatFlops(more.flops), 100 * more.flops / decision.spent,
      100 * more.regret);
}

// Before any run: the FLOPs until it is certain, which hang on how far runs
// scatter; small models are far from the usual.
std::string WhatItTakes(const OptimumQuestion& question,
                        const OptimumDecision& decision,
                        const OptimumForecast& all) {
  if (!all.enough) {
    return absl::StrFormat(
        "; the tolerance is expected to take more than %s FLOPs, and one run "
        "at the target takes %s: raise the largest budget, or allow a larger "
        "tolerance",
        FormatFlops(AtLeast(question, decision, all)),
        FormatFlops(std::exp(question.ln_target)));
  }
  constexpr double kLoudNoise = 0.025;
  if (decision.fit.noise >= kLoudNoise) {
    return absl::StrFormat(
        "; the tolerance is expected to take about %s FLOPs if losses "
        "scatter by %.2g %%",
        FormatFlops(all.flops), 100 * decision.fit.noise);
  }
  const OptimumForecast loud = ForecastAtNoise(question, decision, kLoudNoise);
  return absl::StrFormat(
      "; the tolerance is expected to take about %s FLOPs if losses scatter "
      "by %.2g %%, and %s%s if by %.2g %% as those of models of bytes may",
      FormatFlops(all.flops), 100 * decision.fit.noise,
      loud.enough ? "" : "more than ",
      FormatFlops(AtLeast(question, decision, loud)), 100 * kLoudNoise);
}

// By how much losses scatter, and whether repeats show that most of it is not
// by their seeds: so little would they differ by chance in one campaign of
// twenty if half of the variance were.
std::string ScatterText(const std::vector<OptimumRun>& runs,
                        const OptimumDecision& decision) {
  constexpr int kEnoughRepeats = 4;
  constexpr double kByChance = 0.05;
  const double noise = decision.fit.noise;
  std::string text = absl::StrFormat("losses scatter by %.2g %%", 100 * noise);
  const PureError error = PureErrorOf(runs);
  if (error.degrees < kEnoughRepeats) return text;
  absl::StrAppendFormat(&text,
                        " about the surface and by %.2g %% with the seed",
                        100 * error.deviation);
  const double half = noise * noise / 2;
  const double squares = error.degrees * error.deviation * error.deviation;
  if (1 - ChiSquaredTail(squares / half, error.degrees) < kByChance) {
    absl::StrAppend(
        &text, ", so that most of it is of the surface and not of the seeds");
  }
  return text;
}

// Then: what is left to do.
std::string WhatIsLeft(const OptimumQuestion& question,
                       const std::vector<OptimumRun>& runs,
                       const OptimumDecision& decision,
                       const OptimumForecast& all, bool gives_up) {
  if (decision.bound() <= question.tolerance) {
    return "; within the tolerance once, which another loss is to confirm";
  }
  return absl::StrFormat(
      "; %s, with which the tolerance is expected to take %s %s FLOPs%s",
      ScatterText(runs, decision), all.enough ? "another" : "more than another",
      FormatFlops(AtLeast(question, decision, all)),
      gives_up ? "; raise the largest budget (campaign extend --budgets), give "
                 "total_flops, or begin one with a larger tolerance: ten runs "
                 "at the target would show its best shape themselves"
               : "");
}

}  // namespace

std::string ReasonFor(const OptimumQuestion& question,
                      const OptimumDecision& decision,
                      const OptimumChoice& choice) {
  const SurfacePoint& point = question.candidates[choice.candidate].point;
  const double flops = std::exp(point.ln_flops);
  std::string ratio;
  if (point.ln_ratio) {
    ratio = absl::StrFormat(", width/depth %.3g", std::exp(*point.ln_ratio));
  }
  if (choice.start) {
    return absl::StrFormat(
        "one of the first runs, which go to either side of the best shape as "
        "%s have it: size %s%s at %s FLOPs",
        question.evidence ? "earlier campaigns" : "published ones",
        FormatCount(std::exp(point.ln_size)), ratio, FormatFlops(flops));
  }
  const double seconds = question.candidates[choice.candidate].seconds;
  const Surface& surface = decision.fit.surface;
  const double best = surface.LnBestSize(point.ln_flops);
  std::string where = Off(point.ln_size - best, "the best size of its budget");
  if (point.ln_ratio) {
    absl::StrAppend(&where, " and ",
                    Off(*point.ln_ratio - surface.LnBestRatio(best),
                        "the best width/depth"));
  }
  return absl::StrFormat(
      "lowers the expected regret at %s FLOPs from %.2g %% to %.2g %% for %s "
      "FLOPs%s; tells %s: size %s%s, %s",
      FormatFlops(std::exp(question.ln_target)), 100 * choice.before,
      100 * choice.after, FormatFlops(flops),
      seconds > 0 ? absl::StrFormat(" in about %.2g s", seconds) : "",
      TextOf(choice.tells), FormatCount(std::exp(point.ln_size)), ratio, where);
}

std::string NoteOn(const OptimumQuestion& question,
                   const std::vector<OptimumRun>& runs,
                   const OptimumDecision& decision, const OptimumForecast& all,
                   bool gives_up) {
  if (decision.hopeless) {
    return absl::StrFormat(
        "%s ended without a loss and none with one, so nothing more is "
        "proposed; see the errors of the trials",
        Counted(decision.failures, "trial"));
  }
  std::string note = absl::StrFormat(
      "expected regret at %s FLOPs %.2g %%, at most %.2g %% with 90 %% "
      "certainty (tolerance %.2g %%), by %s of %s FLOPs; %s",
      FormatFlops(std::exp(question.ln_target)), 100 * decision.regret,
      100 * decision.bound(), 100 * question.tolerance,
      Counted(decision.losses, "loss", "losses"), FormatFlops(decision.spent),
      AnswerText(question, decision));
  if (decision.certain) {
    return absl::StrCat("done, the answer is within the tolerance: ", note);
  }
  absl::StrAppend(&note,
                  decision.losses == 0
                      ? WhatItTakes(question, decision, all)
                      : WhatIsLeft(question, runs, decision, all, gives_up));
  absl::StrAppend(&note, "; most uncertain is ",
                  TextOf(MostUncertain(question, decision)),
                  WhatMoreBuys(question, runs, decision));
  if (decision.failures > 0) {
    absl::StrAppendFormat(
        &note, "; %s ended without a loss, and what is near is avoided",
        Counted(decision.failures, "trial"));
  }
  if (decision.choices.empty() && decision.in_flight == 0) {
    absl::StrAppend(&note,
                    "; nothing more can be tried: what is feasible near the "
                    "optimum failed");
  }
  return note;
}

}  // namespace isoshape

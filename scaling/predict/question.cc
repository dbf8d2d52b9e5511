#include "scaling/predict/question.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "scaling/allocation/allocation.h"
#include "scaling/allocation/shape_choice.h"
#include "scaling/reports/report_parts.h"

namespace isoshape {
namespace {

// Ten billion times the largest training so far, 1e26.
constexpr double kMaxFlops = 1e36;

// FAILED_PRECONDITION if the tokens per unit of size that are asked for lie far
// beyond those of all runs.
absl::Status CheckRatio(const Runs& runs, const PredictionQuestion& question) {
  double asked = question.tokens_per_size.value_or(0);
  if (question.run) asked = question.run->tokens / question.run->size;
  if (!(asked > 0)) return absl::OkStatus();
  double low = INFINITY;
  double high = 0;
  for (size_t i = 0; i < runs.rows(); ++i) {
    const double ratio = runs.tokens[i] / runs.size[i];
    low = std::min(low, ratio);
    high = std::max(high, ratio);
  }
  if (asked <= kFarthest * high && asked >= low / kFarthest) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrFormat(
      "%.4g tokens per unit of size are far from those of the runs, %.3g to "
      "%.3g: nothing in the runs speaks of it; ask nearer to the runs, or for "
      "it by isoshape predict --anyway",
      asked, low, high));
}

}  // namespace

absl::Status CheckQuestion(const Runs& runs,
                           const PredictionQuestion& question) {
  ISOSHAPE_RETURN_IF_ERROR(CheckAllocation(AllocationOf(question)));
  if (question.law && *question.law != Law::kSurface &&
      *question.law != Law::kShape && *question.law != Law::kParametric &&
      *question.law != Law::kIsoflop && *question.law != Law::kLadder) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "law %s predicts no loss; set law surface, shape, parametric, isoflop "
        "or ladder",
        LawName(*question.law)));
  }
  const bool by_rule = !question.law && HasRule(question);
  const std::optional<Law> law =
      by_rule ? std::optional<Law>(Law::kIsoflop) : question.law;
  if (law == Law::kIsoflop && !AllocationOf(question).plain()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "law isoflop", by_rule ? ", which alone has a rule," : "",
        " knows the best size of training on fresh text alone; set law "
        "surface, shape or parametric",
        by_rule ? ", and leave out the rule" : ""));
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckLawOptions(question.fit));
  if (law) ISOSHAPE_RETURN_IF_ERROR(CheckTakes(*law, question.fit));
  return CheckRuns(runs);
}

bool HasRule(const PredictionQuestion& question) {
  return question.fit.rule != LawOptions().rule;
}

absl::Status CheckReach(const Runs& runs, const PredictionQuestion& question) {
  if (question.flops > kMaxFlops) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "%s FLOPs are more than any computer will do (%s); ask for less",
        FormatFlops(question.flops), FormatFlops(kMaxFlops)));
  }
  if (question.anyway || question.target_loss) return absl::OkStatus();
  ISOSHAPE_RETURN_IF_ERROR(CheckRatio(runs, question));
  const auto [low, high] = runs.FlopsRange();
  const bool above = question.flops > kFarthest * high;
  if (!above && question.flops >= low / kFarthest) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrFormat(
      "%s FLOPs are %.3g times the compute of the %s run, %s: nothing in "
      "the runs speaks of it; ask nearer to the runs, look at the units of "
      "their columns, or ask for it by isoshape predict --anyway",
      FormatFlops(question.flops), question.flops / (above ? high : low),
      above ? "largest" : "smallest", FormatFlops(above ? high : low)));
}

absl::StatusOr<PredictionQuestion> WithPlace(const Runs& runs,
                                             PredictionQuestion question) {
  if (!question.run) return question;
  AskedRun& run = *question.run;
  if (question.flops != 0) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "a size and its tokens say what compute they take; leave out the "
        "compute, %s FLOPs",
        FormatFlops(question.flops)));
  }
  if (run.depth > 0 || run.width > 0) {
    if (run.size != 0 || run.depth <= 0 || run.width <= 0) {
      return absl::InvalidArgumentError(
          "a run is asked about by its size, or by its depth and width");
    }
    run.size =
        SizeOf(ShapeInSpace(question.candidates.space, run.depth, run.width),
               runs.measure);
  }
  for (const double given : {run.size, run.tokens}) {
    if (std::isfinite(given) && given > 0) continue;
    return absl::InvalidArgumentError(absl::StrFormat(
        "a run is asked about by its size, or depth and width, and its tokens, "
        "all above 0; size %g and %g tokens were given",
        run.size, run.tokens));
  }
  Allocation allocation;
  ISOSHAPE_ASSIGN_OR_RETURN(allocation.rule, RuleOf(runs, question.fit));
  question.flops = std::exp(
      allocation.LnTrainingFlops(std::log(run.size), std::log(run.tokens)));
  return question;
}

Allocation AllocationOf(const PredictionQuestion& question) {
  Allocation allocation{.flops = question.flops,
                        .serve_tokens = question.serve_tokens,
                        .tokens_per_size = question.tokens_per_size,
                        .corpus_tokens = question.fit.corpus_tokens,
                        .target_loss = question.target_loss,
                        .max_serve_flops = question.max_serve_flops};
  if (const std::optional<AskedRun>& run = question.run) {
    allocation.place = Place{.size = run->size, .tokens = run->tokens};
    if (run->depth > 0) {
      allocation.place->aspect_ratio =
          static_cast<double>(run->width) / static_cast<double>(run->depth);
    }
  }
  return allocation;
}

}  // namespace isoshape

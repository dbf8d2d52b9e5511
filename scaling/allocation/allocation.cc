#include "scaling/allocation/allocation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "scaling/laws/repeated_data.h"

namespace isoshape {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
// The share of the forward pass in training's FLOPs per token.
constexpr double kForwardShare = 1.0 / 3;
// ln of how far from a size near the optimum it is looked for, in how many
// steps, and how closely it is found.
const double kReach = std::log(1e5);
constexpr int kSteps = 92;
constexpr double kTolerance = 1e-9;
constexpr int kBisections = 200;
// Tokens per size beyond those of all runs by more are not seen.
constexpr double kUnseen = 2;

// The x in [low, high] at which an increasing function is 0.
template <typename Function>
double Root(double low, double high, const Function& function) {
  if (function(low) > 0 || function(high) < 0) return kNaN;
  for (int i = 0; i < kBisections && high - low > kTolerance / 1000; ++i) {
    const double middle = (low + high) / 2;
    (function(middle) < 0 ? low : high) = middle;
  }
  return (low + high) / 2;
}

// The x of least value in [low, high] by golden sections.
template <typename Function>
double Least(double low, double high, const Function& function) {
  const double golden = (std::sqrt(5.0) - 1) / 2;
  double a = high - golden * (high - low);
  double b = low + golden * (high - low);
  double at_a = function(a);
  double at_b = function(b);
  while (high - low > kTolerance) {
    if (at_a < at_b) {
      high = b;
      b = a;
      at_b = at_a;
      a = high - golden * (high - low);
      at_a = function(a);
    } else {
      low = a;
      a = b;
      at_a = at_b;
      b = low + golden * (high - low);
      at_b = function(b);
    }
  }
  return (low + high) / 2;
}

// ln N at which D = q N uses up the compute.
double LnSizeAtRatio(const Allocation& allocation) {
  const ComputeRule& rule = allocation.rule;
  const double ln_ratio = std::log(*allocation.tokens_per_size);
  const double without_serving =
      (std::log(allocation.flops) - rule.ln_coefficient - ln_ratio) /
      (rule.exponent + 1);
  if (allocation.serve_tokens == 0) return without_serving;
  constexpr double kFar = 100;
  return Root(without_serving - kFar, without_serving, [&](double ln_size) {
    const double left = allocation.LnTokens(ln_size);
    return std::isfinite(left) ? ln_ratio + ln_size - left : kFar;
  });
}

}  // namespace

bool Allocation::plain() const {
  return !fixed() && serve_tokens == 0 && !corpus_tokens && !target_loss;
}

double Allocation::LnTokens(double ln_size) const {
  if (place) return std::log(place->tokens);
  const double ln_all =
      std::log(flops) - rule.ln_coefficient - rule.exponent * ln_size;
  if (serve_tokens == 0) return ln_all;
  return std::log(std::exp(ln_all) - kForwardShare * serve_tokens);
}

double Allocation::Tokens(double size) const {
  return std::exp(LnTokens(std::log(size)));
}

double Allocation::LnTrainingFlops(double ln_size, double ln_tokens) const {
  return rule.LnFlops(ln_size, ln_tokens);
}

std::string Allocation::Describe(const std::string& constraint) const {
  std::string text = constraint;
  if (serve_tokens > 0) {
    absl::StrAppendFormat(&text,
                          " and a third of it for each of %s tokens served",
                          FormatCount(serve_tokens));
  }
  if (tokens_per_size) {
    absl::StrAppendFormat(&text, ", D = %.4g N", *tokens_per_size);
  }
  if (place) {
    absl::StrAppendFormat(&text, ", N = %s, D = %s", FormatCount(place->size),
                          FormatCount(place->tokens));
  }
  if (max_serve_flops) {
    absl::StrAppendFormat(&text, ", at most %s FLOPs for a served token",
                          FormatFlops(*max_serve_flops));
  }
  if (corpus_tokens) {
    absl::StrAppendFormat(&text, ", %s different tokens",
                          FormatCount(*corpus_tokens));
  }
  return text;
}

absl::Status CheckAllocation(const Allocation& allocation) {
  if (allocation.target_loss) {
    ISOSHAPE_RETURN_IF_ERROR(
        CheckPositive("loss to reach", *allocation.target_loss));
    if (allocation.flops != 0 || allocation.fixed() ||
        allocation.corpus_tokens) {
      return absl::InvalidArgumentError(
          "a loss to reach says what compute it takes, of fresh text at the "
          "best size: leave out the compute, tokens per size, the run and the "
          "corpus");
    }
  } else {
    ISOSHAPE_RETURN_IF_ERROR(CheckPositive("compute", allocation.flops));
  }
  if (allocation.max_serve_flops) {
    ISOSHAPE_RETURN_IF_ERROR(
        CheckPositive("FLOPs of a served token", *allocation.max_serve_flops));
    if (!allocation.target_loss) {
      return absl::InvalidArgumentError(
          "FLOPs of a served token bound the size by which a loss is reached; "
          "give that loss, or limit the parameters");
    }
  }
  if (allocation.serve_tokens != 0) {
    ISOSHAPE_RETURN_IF_ERROR(
        CheckPositive("tokens to serve", allocation.serve_tokens));
  }
  if (allocation.tokens_per_size) {
    ISOSHAPE_RETURN_IF_ERROR(
        CheckPositive("tokens per unit of size", *allocation.tokens_per_size));
  }
  if (!allocation.place) return absl::OkStatus();
  if (allocation.serve_tokens != 0 || allocation.tokens_per_size) {
    return absl::InvalidArgumentError(
        "a size and tokens are asked for, so tokens per size and tokens to "
        "serve have nothing to decide; leave them out");
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckPositive("size", allocation.place->size));
  return CheckPositive("tokens", allocation.place->tokens);
}

double LnBestSize(const Allocation& allocation, const LogLossOf& log_loss,
                  double ln_near) {
  if (allocation.place) return std::log(allocation.place->size);
  if (allocation.tokens_per_size) return LnSizeAtRatio(allocation);
  if (!std::isfinite(ln_near)) return kNaN;
  const auto loss = [&](double ln_size) {
    const double ln_tokens = allocation.LnTokens(ln_size);
    const double value =
        std::isfinite(ln_tokens) ? log_loss(ln_size, ln_tokens) : kNaN;
    return std::isnan(value) ? std::numeric_limits<double>::infinity() : value;
  };
  const double step = 2 * kReach / kSteps;
  int best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i <= kSteps; ++i) {
    const double value = loss(ln_near - kReach + i * step);
    if (value < least) {
      least = value;
      best = i;
    }
  }
  // At an end there is no optimum, only the end.
  if (best == 0 || best == kSteps) return kNaN;
  const double middle = ln_near - kReach + best * step;
  return Least(middle - step, middle + step, loss);
}

double LogLossOn(const std::optional<double>& corpus_tokens,
                 const PowerSum& law, double ln_size, double ln_tokens) {
  if (!corpus_tokens) return law.LogLoss({ln_size, ln_tokens});
  const auto repeated = PredictRepeated(
      law, std::exp(ln_size), std::exp(ln_tokens), *corpus_tokens, {});
  return repeated.ok() ? std::log(repeated->loss) : kNaN;
}

Allocated AllocateForLoss(const PowerSum& law, const Allocation& allocation) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const ComputeRule& rule = allocation.rule;
  // What of the target the parts of size and tokens may add up to.
  double above = *allocation.target_loss - law.e;
  if (law.gamma != 1) above = std::pow(std::max(0.0, above), 1 / law.gamma);
  Allocated result{.size = kInfinity,
                   .tokens = kInfinity,
                   .loss = *allocation.target_loss,
                   .flops = kInfinity};
  if (!(law.alpha[0] > 0 && law.alpha[1] > 0)) {
    return {.size = kNaN, .tokens = kNaN, .loss = kNaN, .flops = kNaN};
  }
  if (!(above > 0)) return result;
  const auto ln_tokens = [&](double ln_size) {
    const double left = above - std::exp(law.ln_a[0] - law.alpha[0] * ln_size);
    return left > 0 ? (law.ln_a[1] - std::log(left)) / law.alpha[1] : kInfinity;
  };
  const auto ln_flops = [&](double ln_size) {
    return rule.ln_coefficient + rule.exponent * ln_size +
           std::log(std::exp(ln_tokens(ln_size)) +
                    kForwardShare * allocation.serve_tokens);
  };
  // Below this size no tokens reach the loss; serving makes the best size
  // smaller than that of training alone, where the parts of size and tokens are
  // as beta to alpha p.
  const double low = (law.ln_a[0] - std::log(above)) / law.alpha[0];
  const double share = law.alpha[1] /
                       (rule.exponent * law.alpha[1] + law.alpha[0]) *
                       rule.exponent;
  double high = (law.ln_a[0] - std::log(share * above)) / law.alpha[0];
  if (allocation.max_serve_flops) {
    high =
        std::min(high, (std::log(*allocation.max_serve_flops / kForwardShare) -
                        rule.ln_coefficient) /
                           rule.exponent);
  }
  if (!(high > low)) return result;
  const double ln_size = Least(low, high, ln_flops);
  result.size = std::exp(ln_size);
  result.tokens = std::exp(ln_tokens(ln_size));
  result.flops = std::exp(ln_flops(ln_size));
  result.training_share =
      std::exp(rule.LnFlops(ln_size, ln_tokens(ln_size)) - ln_flops(ln_size));
  return result;
}

double LnTrainingFlopsIgnoringServing(
    const Allocation& allocation,
    const std::function<double(double ln_flops)>& ln_best_size) {
  const double all = std::log(allocation.flops);
  const double ln_serving = allocation.rule.ln_coefficient +
                            std::log(kForwardShare * allocation.serve_tokens);
  constexpr double kFar = 100;
  return Root(all - kFar, all, [&](double ln_flops) {
    const double serving =
        ln_serving + allocation.rule.exponent * ln_best_size(ln_flops);
    return std::exp(ln_flops - all) + std::exp(serving - all) - 1;
  });
}

Allocated Allocate(const PowerSum& law, const Allocation& allocation,
                   const LogLossOf& log_loss) {
  if (allocation.target_loss) return AllocateForLoss(law, allocation);
  const auto at_best = [&](double ln_size, double ln_tokens) {
    return LogLossOn(allocation.corpus_tokens, law, ln_size, ln_tokens);
  };
  Allocation training = allocation;
  training.serve_tokens = 0;
  const auto fresh = [&](double ln_flops) {
    return OptimumAt(law, std::exp(ln_flops), allocation.rule);
  };
  const double ln_flops = std::log(allocation.flops);
  const ComputeOptimum nearby = fresh(ln_flops);
  if (allocation.plain()) {
    return {.size = nearby.size, .tokens = nearby.tokens, .loss = nearby.loss};
  }
  const double ln_size = LnBestSize(allocation, at_best, std::log(nearby.size));
  const double ln_tokens = allocation.LnTokens(ln_size);
  Allocated result;
  result.size = std::exp(ln_size);
  result.tokens = std::exp(ln_tokens);
  result.loss = std::exp(log_loss ? log_loss(ln_size, ln_tokens)
                                  : at_best(ln_size, ln_tokens));
  const double ln_training = allocation.LnTrainingFlops(ln_size, ln_tokens);
  result.training_share = std::exp(ln_training - ln_flops);
  if (allocation.fixed()) {
    Allocation best = training;
    best.place.reset();
    best.tokens_per_size.reset();
    best.flops = std::exp(ln_training);
    const Allocated optimum = Allocate(law, best);
    result.above_best = result.loss - optimum.loss;
    const double g = DecayExponent(law, allocation.rule);
    result.wasted_compute =
        allocation.corpus_tokens
            ? kNaN
            : 1 - std::pow((result.loss - law.e) / (optimum.loss - law.e),
                           -1 / g);
  }
  if (allocation.serve_tokens > 0) {
    const double ln_alone = LnTrainingFlopsIgnoringServing(
        allocation, [&](double at) { return std::log(fresh(at).size); });
    const ComputeOptimum alone = fresh(ln_alone);
    result.gain =
        std::exp(at_best(std::log(alone.size), std::log(alone.tokens))) -
        result.loss;
  }
  return result;
}

std::vector<std::string> WarnOfUnseen(const Runs& runs, double size,
                                      double tokens) {
  double low = std::numeric_limits<double>::infinity();
  double high = 0;
  for (size_t i = 0; i < runs.rows(); ++i) {
    low = std::min(low, runs.tokens[i] / runs.size[i]);
    high = std::max(high, runs.tokens[i] / runs.size[i]);
  }
  const double ratio = tokens / size;
  if (ratio <= kUnseen * high && ratio >= low / kUnseen) return {};
  return {absl::StrFormat(
      "%.4g tokens per unit of size are %s those of every run, %.4g to %.4g: "
      "the law is assumed there, not seen",
      ratio, ratio > high ? "above" : "below", low, high)};
}

}  // namespace isoshape

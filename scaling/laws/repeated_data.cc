#include "scaling/laws/repeated_data.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"

namespace isoshape {
namespace {

// Epochs up to which Muennighoff et al. found repeating nearly free.
constexpr double kNearlyFreeEpochs = 4;

// D' of D tokens of which U are different (equation 5), and by the same form N'
// of N parameters of which U_N would use the corpus best (equation 6).
double Effective(double all, double different, double decay) {
  const double unique = std::min(all, different);
  const double repetitions = all / unique - 1;
  return unique - unique * decay * std::expm1(-repetitions / decay);
}

}  // namespace

double EffectiveTokens(double tokens, double corpus_tokens,
                       const RepetitionDecay& decay) {
  return Effective(tokens, corpus_tokens, decay.tokens);
}

absl::StatusOr<RepeatedLoss> PredictRepeated(const PowerSum& law, double size,
                                             double tokens,
                                             double corpus_tokens,
                                             const RepetitionDecay& decay) {
  ISOSHAPE_RETURN_IF_ERROR(CheckPositive("size", size));
  ISOSHAPE_RETURN_IF_ERROR(CheckPositive("tokens", tokens));
  ISOSHAPE_RETURN_IF_ERROR(CheckPositive("corpus tokens", corpus_tokens));
  ISOSHAPE_RETURN_IF_ERROR(CheckPositive("decay of tokens", decay.tokens));
  ISOSHAPE_RETURN_IF_ERROR(CheckPositive("decay of parameters", decay.params));
  if (law.terms() != 2 || !(law.alpha[0] > 0 && law.alpha[1] > 0)) {
    return absl::InvalidArgumentError(
        "the law of repeated data extends a parametric law of size and tokens "
        "with exponents above 0");
  }
  const double alpha = law.alpha[0];
  const double beta = law.alpha[1];
  const double unique = std::min(tokens, corpus_tokens);
  // At the optimum of C = 6 N D, alpha A N^-alpha = beta B D^-beta.
  const double ln_best = (std::log(alpha / beta) + law.ln_a[0] - law.ln_a[1] +
                          beta * std::log(unique)) /
                         alpha;
  RepeatedLoss result;
  result.epochs = tokens / unique;
  result.effective_tokens = EffectiveTokens(tokens, corpus_tokens, decay);
  result.effective_params = Effective(size, std::exp(ln_best), decay.params);
  result.loss = std::exp(law.LogLoss(
      {std::log(result.effective_params), std::log(result.effective_tokens)}));
  result.loss_if_fresh =
      std::exp(law.LogLoss({std::log(size), std::log(tokens)}));
  return result;
}

std::vector<std::string> RepetitionWarnings(const Runs& runs,
                                            double corpus_tokens,
                                            const RepetitionDecay& decay) {
  int repeated = 0;
  double most = 0;
  for (const double tokens : runs.tokens) {
    if (tokens > corpus_tokens) ++repeated;
    most = std::max(most, tokens);
  }
  if (repeated == 0) return {};
  const double epochs = most / corpus_tokens;
  const double worth = EffectiveTokens(most, corpus_tokens, decay) / most;
  std::vector<std::string> warnings;
  warnings.push_back(absl::StrFormat(
      "%d of %d runs train on more tokens than the %s of the corpus, the "
      "longest for %s epochs, worth %.0f %% of as many fresh tokens "
      "(Muennighoff et al. 2023)",
      repeated, runs.rows(), FormatCount(corpus_tokens), FormatRatio(epochs),
      100 * worth));
  if (epochs > kNearlyFreeEpochs) {
    warnings.push_back(absl::StrFormat(
        "beyond about %g epochs repetition bends every trend: limit the "
        "tokens, add text, or fit in effective tokens",
        kNearlyFreeEpochs));
  }
  return warnings;
}

Runs WithEffectiveTokens(Runs runs, double corpus_tokens,
                         const RepetitionDecay& decay) {
  runs.flops = runs.TrainingFlops();
  for (double& tokens : runs.tokens) {
    tokens = EffectiveTokens(tokens, corpus_tokens, decay);
  }
  return runs;
}

}  // namespace isoshape

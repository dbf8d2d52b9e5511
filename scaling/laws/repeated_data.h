#ifndef ISOSHAPE_SCALING_LAWS_REPEATED_DATA_H_
#define ISOSHAPE_SCALING_LAWS_REPEATED_DATA_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "scaling/laws/power_sum.h"
#include "scaling/runs/runs.h"

namespace isoshape {

// How fast repetition loses its worth (Muennighoff et al. 2023, arXiv
// 2305.16264, section 3.1; constants of appendix A, fitted on 182 runs of C4
// with 7M to 9B parameters, 1 to 500 epochs, dropout 0.1 and weight decay 0.1).
struct RepetitionDecay {
  double tokens = 15.387756;  // R*_D: about 15 repetitions lose 1 - 1/e
  double params = 5.309743;   // R*_N
};

// D' = U + U R* (1 - exp(-R / R*)): what D tokens of which U are different are
// worth in fresh tokens; U = min(corpus, D), R = D / U - 1 (equation 5). At
// most U (1 + R*).
double EffectiveTokens(double tokens, double corpus_tokens,
                       const RepetitionDecay& decay);

// The loss that a parametric law, fitted to runs without repetition, predicts
// for training on a corpus of `corpus_tokens`.
struct RepeatedLoss {
  double epochs = 1;  // D / U
  double effective_tokens = 0;
  double effective_params = 0;
  double loss = 0;           // nats per token
  double loss_if_fresh = 0;  // of as many fresh tokens
};

// L = E + A N'^-alpha + B D'^-beta. U_N, beyond which parameters are in excess,
// is the size whose compute-optimal tokens (at C = 6 N D) are U_D, or N if that
// is smaller. `law` is of (N, D), with exponents above 0. INVALID_ARGUMENT if a
// number is not finite and positive, or the law is not of two terms.
absl::StatusOr<RepeatedLoss> PredictRepeated(const PowerSum& law, double size,
                                             double tokens,
                                             double corpus_tokens,
                                             const RepetitionDecay& decay);

// One line for each thing that repetition does to a fit of `runs`, or none:
// how many runs saw more tokens than the corpus has, the most epochs, and what
// they are worth.
std::vector<std::string> RepetitionWarnings(const Runs& runs,
                                            double corpus_tokens,
                                            const RepetitionDecay& decay);

// The runs with effective tokens in the place of tokens, so that any law of N
// and D can be fitted in them. Sizes and FLOPs stay those of the tokens that
// were trained on.
Runs WithEffectiveTokens(Runs runs, double corpus_tokens,
                         const RepetitionDecay& decay);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_LAWS_REPEATED_DATA_H_

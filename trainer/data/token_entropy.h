#ifndef ISOSHAPE_TRAINER_DATA_TOKEN_ENTROPY_H_
#define ISOSHAPE_TRAINER_DATA_TOKEN_ENTROPY_H_

#include <cstdint>
#include <vector>

namespace isoshape {

// Entropy of tokens under their own counts, nats per token: of single tokens,
// and given the token before. What a model of no or one token of context can
// reach at best on them.
struct TokenEntropy {
  double unigram = 0;
  double bigram = 0;
};

// Of `tokens`, >= 0, and of those before them, where there is one, in pairs
// that follow one another: `previous` and `tokens` are of equal size.
TokenEntropy MeasureEntropy(const std::vector<int32_t>& previous,
                            const std::vector<int32_t>& tokens);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_DATA_TOKEN_ENTROPY_H_

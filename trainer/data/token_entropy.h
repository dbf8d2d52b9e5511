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

// Measures the entropy of `tokens`. previous[i] is the token before tokens[i],
// so both have the same size. Expects no negative token.
TokenEntropy MeasureEntropy(const std::vector<int32_t>& previous,
                            const std::vector<int32_t>& tokens);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_DATA_TOKEN_ENTROPY_H_

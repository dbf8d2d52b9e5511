#ifndef ISOSHAPE_TRAINER_MODEL_MASKING_H_
#define ISOSHAPE_TRAINER_MODEL_MASKING_H_

#include <cstdint>
#include <vector>

#include "trainer/data/batch.h"

namespace isoshape {

// A batch for the masked objective: the tokens that the model sees, and the
// positions at which it is to predict the original token.
struct MaskedBatch {
  std::vector<int32_t> inputs;     // [sequences, context]
  std::vector<int64_t> positions;  // [sequences, masked], in [0, context)
  int64_t masked = 0;              // in every sequence, at least 1
};

// Masks round(fraction * context) random tokens of each sequence (the last
// token of a sequence of context + 1 is not used). Of these, four fifths become
// the mask, vocab - 1, a tenth a random token and a tenth stay (Devlin et al.
// 2018, section 3.1). Equal seeds mask equally on every machine.
MaskedBatch MaskTokens(const Batch& batch, int64_t vocab, double fraction,
                       uint64_t seed);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_MODEL_MASKING_H_

#ifndef ISOSHAPE_TRAINER_BATCH_H_
#define ISOSHAPE_TRAINER_BATCH_H_

#include <cstdint>
#include <vector>

namespace isoshape {

// Sequences of context + 1 tokens each: the first `context` are the inputs, the
// last `context` the targets.
struct Batch {
  int64_t sequences = 0;
  int64_t context = 0;
  std::vector<int32_t> tokens;  // [sequences, context + 1]
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_BATCH_H_

#ifndef ISOSHAPE_TRAINER_DATA_BATCH_H_
#define ISOSHAPE_TRAINER_DATA_BATCH_H_

#include <cstdint>
#include <vector>

namespace isoshape {

// Sequences of context + 1 tokens each: the first `context` are the inputs, the
// last `context` the targets.
struct Batch {
  int64_t sequences = 0;
  int64_t context = 0;
  std::vector<int32_t> tokens;  // [sequences, context + 1]
  // Positions, in [0, context), whose targets count, [sequences, counted];
  // empty if all count. A loss is the mean over the targets that count.
  std::vector<int64_t> positions = {};

  // Targets of a sequence that count.
  int64_t CountedPerSequence() const {
    return positions.empty()
               ? context
               : static_cast<int64_t>(positions.size()) / sequences;
  }
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_DATA_BATCH_H_

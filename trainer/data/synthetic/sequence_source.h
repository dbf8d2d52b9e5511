#ifndef ISOSHAPE_TRAINER_DATA_SYNTHETIC_SEQUENCE_SOURCE_H_
#define ISOSHAPE_TRAINER_DATA_SYNTHETIC_SEQUENCE_SOURCE_H_

#include <cstdint>
#include <memory>

#include "shape/synthetic_task.h"
#include "trainer/data/batch.h"
#include "trainer/data/synthetic/random_stream.h"

namespace isoshape {

// Writes independent sequences of one generated task. Immutable.
class SequenceSource {
 public:
  virtual ~SequenceSource() = default;

  // Appends a sequence of `context` + 1 tokens to batch.tokens, and to
  // batch.positions the places of its answers, in ascending order: equally many
  // in every sequence, and none if every token counts. Expects TaskProblem to
  // be empty at that context.
  virtual void Append(int64_t context, RandomStream& random,
                      Batch& batch) const = 0;

  // The least mean loss that a model of that context can have, exactly: the
  // entropy of the predicted tokens given those before them in the sequence,
  // nats per predicted token.
  virtual double LossFloor(int64_t context) const = 0;
};

// Throws std::invalid_argument, one line with the remedy, if the options make a
// source whose floor cannot be computed.
std::unique_ptr<const SequenceSource> MakeSequenceSource(
    const SyntheticTask& task);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_DATA_SYNTHETIC_SEQUENCE_SOURCE_H_

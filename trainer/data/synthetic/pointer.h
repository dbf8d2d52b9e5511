#ifndef ISOSHAPE_TRAINER_DATA_SYNTHETIC_POINTER_H_
#define ISOSHAPE_TRAINER_DATA_SYNTHETIC_POINTER_H_

#include <cstdint>

#include "trainer/data/synthetic/sequence_source.h"

namespace isoshape {

// Pointer chasing with k hops, which transformers of depth log k can do and
// shallow ones of bounded width cannot (Sanford et al. 2024, arXiv 2402.09268).
// A chase of n nodes:
//
//   BEGIN a f(a) b f(b) … ASK x f^k(x)
//
// with f a uniformly random cycle through all nodes, the pairs in random order,
// x uniformly random, BEGIN = n, ASK = n + 1. There is one question to a cycle,
// as the answer to one shortens the way to that of the next. A sequence has as
// many chases as fit, each with a cycle of its own, and BEGIN after the last.
// Only answers count.
class PointerSource : public SequenceSource {
 public:
  explicit PointerSource(const PointerTask& task) : task_(task) {}

  void Append(int64_t context, RandomStream& random,
              Batch& batch) const override;

  // 0: the answer is certain. A guess among the nodes costs ln n.
  double LossFloor(int64_t /*context*/) const override { return 0; }

 private:
  const PointerTask task_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_DATA_SYNTHETIC_POINTER_H_

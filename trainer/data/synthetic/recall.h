#ifndef ISOSHAPE_TRAINER_DATA_SYNTHETIC_RECALL_H_
#define ISOSHAPE_TRAINER_DATA_SYNTHETIC_RECALL_H_

#include <cstdint>
#include <vector>

#include "trainer/data/synthetic/sequence_source.h"

namespace isoshape {

// Multi-query associative recall (Arora et al. 2023, arXiv 2312.04927;
// reference code HazyResearch/zoology, data/multiquery_ar.py):
//
//   k1 v1 k2 v2 … kn vn | 0 0 k2 v2 0 0 0 0 k1 v1 …
//
// Keys, distinct, are 1 .. vocab / 2 - 1, values, distinct, vocab / 2 .. vocab
// -
// 1. Behind the pairs come slots of two tokens; each key gets one, drawn with
// weight i^-0.99 for the i-th slot, and the others hold zeros. Only the values
// in the slots count.
class RecallSource : public SequenceSource {
 public:
  explicit RecallSource(const RecallTask& task) : task_(task) {}

  void Append(int64_t context, RandomStream& random,
              Batch& batch) const override;

  // 0: the answer is certain. A guess among the values costs ln(vocab / 2).
  double LossFloor(int64_t /*context*/) const override { return 0; }

 private:
  const RecallTask task_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_DATA_SYNTHETIC_RECALL_H_

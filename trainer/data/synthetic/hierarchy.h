#ifndef ISOSHAPE_TRAINER_DATA_SYNTHETIC_HIERARCHY_H_
#define ISOSHAPE_TRAINER_DATA_SYNTHETIC_HIERARCHY_H_

#include <cstdint>
#include <vector>

#include "trainer/data/synthetic/sequence_source.h"

namespace isoshape {

// Strings of the random hierarchy model (Cagnetta et al. 2024, arXiv
// 2307.02129; reference code pcsl-epfl/hierarchy-learning), one after another,
// the token `vocab` before each and at the end.
//
// As no tuple has two parents, every string has one derivation, and all of the
// v m^((s^l - 1) / (s - 1)) strings are equally likely.
class HierarchySource : public SequenceSource {
 public:
  HierarchySource(const HierarchyTask& task, int64_t seed);

  void Append(int64_t context, RandomStream& random,
              Batch& batch) const override;

  // [ln v + ln m (s^l - 1) / (s - 1)] / (s^l + 1): the token between strings is
  // certain.
  double LossFloor(int64_t context) const override;

  // The features that `feature` may become by its rule `synonym`, [branching];
  // level 0 makes the tokens.
  const int32_t* Rule(int64_t level, int64_t feature, int64_t synonym) const;

 private:
  const HierarchyTask task_;
  const int64_t length_;
  std::vector<int32_t> rules_;  // [levels, vocab, synonyms, branching]
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_DATA_SYNTHETIC_HIERARCHY_H_

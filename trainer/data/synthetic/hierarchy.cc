#include "trainer/data/synthetic/hierarchy.h"

#include <cmath>

namespace isoshape {

HierarchySource::HierarchySource(const HierarchyTask& task, int64_t seed)
    : task_(task), length_(StringLength(task)) {
  uint64_t tuples = 1;  // vocab^branching
  for (int64_t i = 0; i < task_.branching; ++i) {
    tuples *= static_cast<uint64_t>(task_.vocab);
  }
  for (int64_t level = 0; level < task_.levels; ++level) {
    // Distinct tuples in random order.
    const Permutation order(tuples, Mix(static_cast<uint64_t>(seed)) +
                                        static_cast<uint64_t>(level));
    for (int64_t rule = 0; rule < task_.vocab * task_.synonyms; ++rule) {
      auto tuple = order(static_cast<uint64_t>(rule));
      for (int64_t i = 0; i < task_.branching; ++i) {
        rules_.push_back(
            static_cast<int32_t>(tuple % static_cast<uint64_t>(task_.vocab)));
        tuple /= static_cast<uint64_t>(task_.vocab);
      }
    }
  }
}

const int32_t* HierarchySource::Rule(int64_t level, int64_t feature,
                                     int64_t synonym) const {
  const int64_t rule =
      (level * task_.vocab + feature) * task_.synonyms + synonym;
  return &rules_[static_cast<size_t>(rule * task_.branching)];
}

void HierarchySource::Append(int64_t context, RandomStream& random,
                             Batch& batch) const {
  const auto between = static_cast<int32_t>(task_.vocab);
  std::vector<int32_t> features, next;
  batch.tokens.push_back(between);
  for (int64_t string = 0; string < context / (length_ + 1); ++string) {
    features = {static_cast<int32_t>(random.Below(task_.vocab))};
    for (int64_t level = task_.levels - 1; level >= 0; --level) {
      next.clear();
      for (const int32_t feature : features) {
        const int32_t* rule =
            Rule(level, feature, random.Below(task_.synonyms));
        next.insert(next.end(), rule, rule + task_.branching);
      }
      features.swap(next);
    }
    batch.tokens.insert(batch.tokens.end(), features.begin(), features.end());
    batch.tokens.push_back(between);
  }
}

double HierarchySource::LossFloor(int64_t /*context*/) const {
  const double length = static_cast<double>(length_);
  const double rules = (length - 1) / static_cast<double>(task_.branching - 1);
  return (std::log(static_cast<double>(task_.vocab)) +
          rules * std::log(static_cast<double>(task_.synonyms))) /
         (length + 1);
}

}  // namespace isoshape

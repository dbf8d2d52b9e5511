#ifndef ISOSHAPE_TESTS_TRAINER_SMALL_RUN_H_
#define ISOSHAPE_TESTS_TRAINER_SMALL_RUN_H_

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "shape/shape.h"
#include "trainer/data/batch.h"
#include "trainer/data/data.h"
#include "trainer/engine/device.h"
#include "trainer/run/training_run.h"
#include "trainer/spec/run_spec.h"

namespace isoshape {

// Depth 2, width 16, two heads, vocabulary 256, context 16.
Shape SmallShape();

// Small shapes that differ in one option or in all, with a name for each.
std::vector<std::pair<std::string, Shape>> ShapesOfEveryOption();

// A run of SmallShape: 4 sequences a step, 40 steps, the default recipe.
RunSpec SmallRun();

// RunReplicas of one.
RunResult RunTraining(const RunSpec& spec, const Data& data,
                      const Device& device, const std::atomic<bool>& stop,
                      RunObserver& observer);

// Tokens below `vocab`, the same for equal seeds.
Batch RandomBatch(int64_t sequences, int64_t context, int64_t vocab,
                  uint64_t seed);

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_TRAINER_SMALL_RUN_H_

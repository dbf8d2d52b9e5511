#ifndef ISOSHAPE_TRAINER_ENGINE_ENGINE_STATE_H_
#define ISOSHAPE_TRAINER_ENGINE_ENGINE_STATE_H_

#include <cstdint>
#include <vector>

namespace isoshape {

// All that an engine trains on from, in memory of the CPU: every engine of one
// shape can go on from the state of another. The buffers are flat, in the order
// of LayOutParameters(shape), [layout.size], with zeros in the padding.
struct EngineState {
  int64_t step = 0;  // steps trained
  std::vector<float> weights;
  std::vector<float> means;    // first moments; Muon's momentum
  std::vector<float> squares;  // second moments
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_ENGINE_ENGINE_STATE_H_

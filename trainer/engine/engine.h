#ifndef ISOSHAPE_TRAINER_ENGINE_ENGINE_H_
#define ISOSHAPE_TRAINER_ENGINE_ENGINE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "trainer/data/batch.h"
#include "trainer/engine/engine_state.h"
#include "trainer/spec/run_spec.h"

namespace isoshape {

// Sums over the steps since the last Drain.
struct StepSums {
  int64_t steps = 0;
  double loss = 0;               // sum over steps of the mean loss, nats
  double loss_max = 0;           // max of a step; 0 if not finite
  double gradient_norm = 0;      // sum over steps, before clipping
  double gradient_norm_max = 0;  // max of a step; 0 if not finite
  bool finite = true;            // every loss and every norm
};

// One model in training: weights, the optimizer's state, and a way to compute a
// step: forward, backward, clipping, AdamW. Not thread-safe.
//
//   std::unique_ptr<Engine> engine = MakeEngine(spec, device);  // run/
//   engine->Step(batch, ScheduleFactor(step, spec.steps, spec.recipe));
//   const StepSums sums = engine->Drain();
class Engine {
 public:
  virtual ~Engine() = default;

  // Trains on `batch` with the recipe's rates times `rate_factor`. May return
  // before the device is done.
  virtual void Step(const Batch& batch, double rate_factor) = 0;

  // Waits for the device and returns the sums since the last call.
  virtual StepSums Drain() = 0;

  // Mean loss of each sequence of `batch`, nats per token, without training.
  virtual std::vector<double> Evaluate(const Batch& batch) = 0;

  // Mean loss of `batch` and, flat in the order of LayOutParameters, the
  // gradients of all parameters before clipping; trains nothing. Null: computes
  // them and leaves them on the device.
  virtual double Gradients(const Batch& batch,
                           std::vector<float>* gradients) = 0;

  // Waits for the device and returns what training goes on from. Sums that were
  // not drained are no part of it.
  virtual EngineState Save() = 0;

  // Goes on from `state`, which is of the same shape, to the bit as the engine
  // that saved it; forgets sums that were not drained.
  virtual void Restore(const EngineState& state) = 0;

  // What computes: `cpu/` and the instruction set of its kernels, or
  // `autograd/` and `cpu`, `cuda` or `cuda-graphs`. Speeds of different engines
  // do not compare.
  virtual std::string name() const = 0;

  // Counted parameters of the model.
  virtual int64_t parameter_count() const = 0;

  // Seconds of Step spent in waiting for other processes, so far.
  virtual double communication_seconds() const { return 0; }

  // Passes over equal parts of a step's sequences (engine/passes.h).
  virtual int64_t passes() const { return 1; }
};

// Whether the run uses options that AutogradEngine alone computes: all but
// those of causal, pre-norm models with residuals, rotary or learned positions
// and SwiGLU or GELU, trained by AdamW on the plain loss of every token. A
// faster engine may refuse more, and none takes a run for which this is true.
bool NeedsAutograd(const RunSpec& spec);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_ENGINE_ENGINE_H_

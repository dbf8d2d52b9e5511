#ifndef ISOSHAPE_TRAINER_ENGINE_ENGINE_GROUP_H_
#define ISOSHAPE_TRAINER_ENGINE_ENGINE_GROUP_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "trainer/data/batch.h"
#include "trainer/engine/engine.h"
#include "trainer/engine/engine_state.h"

namespace isoshape {

// The models of one shape that a loop trains side by side: several as one
// batched model (trainer/autograd/replica_engine.h), or one by an engine of its
// own (LoneEngine). What Engine says of a model holds for each of them; nothing
// that happens in one reaches another. Not thread-safe.
class EngineGroup {
 public:
  virtual ~EngineGroup() = default;

  // Trains every model on its batch, all of one size, with its recipe's rates
  // times its factor; one whose factor is 0 keeps its weights. May return
  // before the device is done.
  virtual void Step(const std::vector<const Batch*>& batches,
                    const std::vector<double>& rate_factors) = 0;

  // Waits for the device and returns each model's sums since the last call.
  virtual std::vector<StepSums> Drain() = 0;

  // For each model, the mean loss of each sequence of `batch`, nats per token,
  // without training.
  virtual std::vector<std::vector<double>> Evaluate(const Batch& batch) = 0;

  // Like Engine::Save and Engine::Restore, for one model. A state is the one
  // that the model would have in a run of its own.
  virtual EngineState Save(size_t model) = 0;
  virtual void Restore(size_t model, const EngineState& state) = 0;

  // These return what those of Engine do.
  virtual std::string name() const = 0;
  virtual int64_t parameter_count() const = 0;
  virtual double communication_seconds() const { return 0; }
  virtual int64_t passes() const = 0;
};

// The group of one model, which `engine` trains. `engine` must outlive it.
class LoneEngine : public EngineGroup {
 public:
  explicit LoneEngine(Engine& engine) : engine_(engine) {}

  void Step(const std::vector<const Batch*>& batches,
            const std::vector<double>& rate_factors) override {
    engine_.Step(*batches.front(), rate_factors.front());
  }
  std::vector<StepSums> Drain() override { return {engine_.Drain()}; }
  std::vector<std::vector<double>> Evaluate(const Batch& batch) override {
    return {engine_.Evaluate(batch)};
  }
  EngineState Save(size_t /*model*/) override { return engine_.Save(); }
  void Restore(size_t /*model*/, const EngineState& state) override {
    engine_.Restore(state);
  }
  std::string name() const override { return engine_.name(); }
  int64_t parameter_count() const override { return engine_.parameter_count(); }
  double communication_seconds() const override {
    return engine_.communication_seconds();
  }
  int64_t passes() const override { return engine_.passes(); }

 private:
  Engine& engine_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_ENGINE_ENGINE_GROUP_H_

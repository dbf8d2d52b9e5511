#ifndef ISOSHAPE_TRAINER_AUTOGRAD_AUTOGRAD_ENGINE_H_
#define ISOSHAPE_TRAINER_AUTOGRAD_AUTOGRAD_ENGINE_H_

#include <string>
#include <utility>
#include <vector>

#include "trainer/autograd/replica_engine.h"
#include "trainer/engine/engine.h"

namespace isoshape {

// Computes a step by LibTorch's autograd: every shape, every precision, every
// device. It is a ReplicaEngine of one replica, whose arguments it takes.
class AutogradEngine : public Engine {
 public:
  AutogradEngine(const RunSpec& spec, torch::Device device, bool graphs = false,
                 parallel::ProcessTeam* team = nullptr, int64_t passes = 1)
      : engine_({spec}, device, graphs, team, passes) {}

  void Step(const Batch& batch, double rate_factor) override {
    engine_.Step({&batch}, {rate_factor});
  }
  StepSums Drain() override { return engine_.Drain().front(); }
  std::vector<double> Evaluate(const Batch& batch) override {
    return engine_.Evaluate(batch).front();
  }
  double Gradients(const Batch& batch, std::vector<float>* gradients) override {
    if (gradients == nullptr) {
      return engine_.Gradients({&batch}, nullptr).front();
    }
    std::vector<std::vector<float>> all;
    const double loss = engine_.Gradients({&batch}, &all).front();
    *gradients = std::move(all.front());
    return loss;
  }
  EngineState Save() override { return engine_.Save(0); }
  void Restore(const EngineState& state) override { engine_.Restore(0, state); }
  std::string name() const override { return engine_.name(); }
  int64_t parameter_count() const override { return engine_.parameter_count(); }
  double communication_seconds() const override {
    return engine_.communication_seconds();
  }
  int64_t passes() const override { return engine_.passes(); }

  Parameters& parameters() { return engine_.parameters(); }
  const Model& model() const { return engine_.model(); }

 private:
  ReplicaEngine engine_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_AUTOGRAD_AUTOGRAD_ENGINE_H_

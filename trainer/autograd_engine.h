#ifndef ISOSHAPE_TRAINER_AUTOGRAD_ENGINE_H_
#define ISOSHAPE_TRAINER_AUTOGRAD_ENGINE_H_

#include <torch/torch.h>

#include <vector>

#include "trainer/engine.h"
#include "trainer/model.h"
#include "trainer/optimizer.h"
#include "trainer/parameters.h"

namespace isoshape {

// Computes a step by LibTorch's autograd: every shape, every precision, every
// device. Sums stay on the device until Drain.
class AutogradEngine : public Engine {
 public:
  AutogradEngine(const RunSpec& spec, torch::Device device);

  void Step(const Batch& batch, double rate_factor) override;
  StepSums Drain() override;
  std::vector<double> Evaluate(const Batch& batch) override;
  EngineState Save() override;
  void Restore(const EngineState& state) override;
  int64_t parameter_count() const override {
    return parameters_.layout().count;
  }

  Parameters& parameters() { return parameters_; }
  const Model& model() const { return model_; }

 private:
  // A batch on the device, int64.
  struct Tokens {
    torch::Tensor inputs, targets;  // [sequences, context]
    // Masked objective: where the loss is taken, [sequences, masked].
    torch::Tensor positions;
  };
  Tokens Load(const Batch& batch, uint64_t mask_seed) const;

  const torch::Device device_;
  const RunSpec spec_;
  Parameters parameters_;
  const Model model_;
  Optimizer optimizer_;
  int64_t trained_ = 0;  // steps since the beginning
  int64_t steps_ = 0;    // since the last Drain
  torch::Tensor sums_;   // double [3]: loss, norm, largest norm
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_AUTOGRAD_ENGINE_H_

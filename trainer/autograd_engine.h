#ifndef ISOSHAPE_TRAINER_AUTOGRAD_ENGINE_H_
#define ISOSHAPE_TRAINER_AUTOGRAD_ENGINE_H_

#include <torch/torch.h>

#include <optional>
#include <vector>

#include "trainer/cuda/step_graph.h"
#include "trainer/engine.h"
#include "trainer/masking.h"
#include "trainer/model.h"
#include "trainer/optimizer.h"
#include "trainer/parallel/gradient_exchange.h"
#include "trainer/parameters.h"

namespace isoshape {

// Computes a step by LibTorch's autograd: every shape, every precision, every
// device. A step reads its batch and its rate from buffers that stay where they
// are and leaves its sums on the device until Drain, so that on a GPU it can be
// one CUDA graph.
class AutogradEngine : public Engine {
 public:
  // `graphs`: on a GPU, steps of AdamW as CUDA graphs. `team`, where given,
  // must outlive it: each of its processes has such an engine and trains on its
  // share of the sequences of the same batches; losses and norms are those of
  // the whole batch.
  AutogradEngine(const RunSpec& spec, torch::Device device, bool graphs = false,
                 parallel::ProcessTeam* team = nullptr);

  void Step(const Batch& batch, double rate_factor) override;
  StepSums Drain() override;
  std::vector<double> Evaluate(const Batch& batch) override;
  double Gradients(const Batch& batch, std::vector<float>* gradients) override;
  EngineState Save() override;
  void Restore(const EngineState& state) override;
  int64_t parameter_count() const override {
    return parameters_.layout().count;
  }

  double communication_seconds() const override {
    return exchange_.has_value() ? exchange_->seconds() : 0;
  }

  Parameters& parameters() { return parameters_; }
  const Model& model() const { return model_; }

 private:
  // A batch on the device, int64.
  struct Tokens {
    torch::Tensor inputs, targets;  // [sequences, context]
    // Where the loss is taken, [sequences, counted]; undefined: everywhere.
    torch::Tensor positions;
  };
  // A batch in the numbers that it is made of: on the host, or in the buffers
  // that a step reads.
  struct RawBatch {
    torch::Tensor tokens;  // int32 [sequences, context + 1]
    // Masked objective: int32 [sequences, context], int64 [sequences, masked].
    torch::Tensor inputs, positions;
  };
  // Shares the memory of `batch` and `masked`; all sequences.
  RawBatch Raw(const Batch& batch, uint64_t mask_seed,
               MaskedBatch* masked) const;
  // This process's sequences.
  torch::Tensor ShareOf(const torch::Tensor& sequences) const;
  // On the device.
  Tokens Load(const RawBatch& raw) const;
  // Leaves the gradients of this process's `tokens`, or of the whole team's;
  // returns the mean loss, a scalar.
  torch::Tensor ForwardBackward(const Tokens& tokens);
  // One step on step_batch_ and step_rate_.
  void Compute();

  const torch::Device device_;
  const RunSpec spec_;
  Parameters parameters_;
  const Model model_;
  Optimizer optimizer_;
  int64_t trained_ = 0;  // steps since the beginning
  int64_t steps_ = 0;    // since the last Drain
  // double [4]: loss, norm, largest norm, largest loss
  torch::Tensor sums_;
  RawBatch step_batch_;      // on the device, overwritten by every step
  torch::Tensor step_rate_;  // float scalar; defined where steps are graphs
  double rate_factor_ = 0;
  std::optional<cuda::StepGraph> graph_;
  parallel::ProcessTeam* const team_;
  std::optional<parallel::GradientExchange> exchange_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_AUTOGRAD_ENGINE_H_

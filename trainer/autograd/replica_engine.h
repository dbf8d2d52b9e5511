#ifndef ISOSHAPE_TRAINER_AUTOGRAD_REPLICA_ENGINE_H_
#define ISOSHAPE_TRAINER_AUTOGRAD_REPLICA_ENGINE_H_

#include <torch/torch.h>

#include <optional>
#include <string>
#include <vector>

#include "trainer/autograd/optimizer.h"
#include "trainer/cuda/step_graph.h"
#include "trainer/data/batch.h"
#include "trainer/engine/engine.h"
#include "trainer/engine/engine_group.h"
#include "trainer/engine/engine_state.h"
#include "trainer/model/masking.h"
#include "trainer/model/model.h"
#include "trainer/model/parameters.h"
#include "trainer/parallel/gradient_exchange.h"
#include "trainer/spec/run_spec.h"

namespace isoshape {

// Trains several runs of one shape as one model, so that small shapes fill a
// GPU: a step of all is as many kernels as a step of one, each over all weights
// and sequences. Each replica has its own weights, batches, rate, gradient norm
// and clipping; nothing that happens in one reaches another, and each trains as
// it would alone, within float error. Not thread-safe.
//
// Computes by LibTorch's autograd: every shape, every precision, every device.
// A step reads its batches and rates from buffers that stay where they are and
// leaves its sums on the device until Drain, so that on a GPU it can be one
// CUDA graph.
//
//   ReplicaEngine engine({first, second}, torch::kCUDA);
//   engine.Step({&first_batch, &second_batch}, {1.0, 1.0});
//   const std::vector<StepSums> sums = engine.Drain();
class ReplicaEngine : public EngineGroup {
 public:
  // Expects at least one spec, and specs for which ReplicaProblem has nothing
  // to say. `graphs`: on a GPU, steps run as CUDA graphs. A `team` is for one
  // replica and must outlive the engine: each of its processes has such an
  // engine and trains on its share of the sequences of the same batches; losses
  // and norms are those of the whole batch. A step sums the gradients of
  // `passes` over equal parts of each replica's sequences, so that the memory
  // for one part is enough.
  ReplicaEngine(const std::vector<RunSpec>& specs, torch::Device device,
                bool graphs = false, parallel::ProcessTeam* team = nullptr,
                int64_t passes = 1);

  void Step(const std::vector<const Batch*>& batches,
            const std::vector<double>& rate_factors) override;
  std::vector<StepSums> Drain() override;
  std::vector<std::vector<double>> Evaluate(const Batch& batch) override;
  EngineState Save(size_t replica) override;
  void Restore(size_t replica, const EngineState& state) override;
  std::string name() const override;
  int64_t parameter_count() const override {
    return parameters_.layout().count;
  }
  double communication_seconds() const override {
    return exchange_.has_value() ? exchange_->seconds() : 0;
  }
  int64_t passes() const override { return passes_; }

  // Like Engine::Gradients, for each replica and its batch.
  std::vector<double> Gradients(const std::vector<const Batch*>& batches,
                                std::vector<std::vector<float>>* gradients);

  Parameters& parameters() { return parameters_; }
  const Model& model() const { return model_; }

 private:
  // Batches of all replicas on the device, int64.
  struct Tokens {
    torch::Tensor inputs, targets;  // [replicas * sequences, context]
    // Positions that the loss is taken at, [replicas * sequences, counted];
    // undefined if every position counts.
    torch::Tensor positions;
  };
  // Batches in the numbers that they are made of: on the host, or in the
  // buffers that a step reads.
  struct RawBatch {
    torch::Tensor tokens;  // int32 [sequences, context + 1]
    // Masked objective: int32 [sequences, context], int64 [sequences, masked].
    torch::Tensor inputs, positions;
  };
  // Shares the memory of `batch` and `masked`; all sequences.
  RawBatch Raw(const Batch& batch, uint64_t mask_seed,
               MaskedBatch* masked) const;
  // This process's sequences of all replicas, one below the other.
  RawBatch Stack(const std::vector<RawBatch>& batches) const;
  // Copies a batch to the device.
  Tokens Load(const RawBatch& raw) const;
  // The sequences of `tokens` that belong to pass `pass`.
  Tokens Part(const Tokens& tokens, int64_t pass) const;
  // Leaves the gradients of this process's `tokens`, or of the whole team's;
  // returns the mean losses, [replicas].
  torch::Tensor ForwardBackward(const Tokens& tokens);
  // Computes one step on step_batch_ and step_rates_.
  void Compute();
  // Returns what `work` returns. If there is no memory for it beside the graph
  // of the steps, the graph is dropped and `work` is tried again.
  template <typename Work>
  auto WithRoom(const Work& work) {
    try {
      return work();
    } catch (const c10::OutOfMemoryError&) {
      if (!graph_.has_value() || !graph_->Forget()) throw;
    }
    return work();
  }

  const torch::Device device_;
  const RunSpec spec_;  // of the first replica
  const std::vector<int64_t> seeds_;
  Parameters parameters_;
  Model model_;
  Optimizer optimizer_;
  std::vector<int64_t> trained_;  // steps since the beginning
  int64_t steps_ = 0;             // since the last Drain
  // double [4, replicas]: loss, norm, largest norm, largest loss
  torch::Tensor sums_;
  RawBatch step_batch_;       // on the device, overwritten by every step
  torch::Tensor step_rates_;  // float [replicas]; on GPUs only
  std::vector<double> rate_factors_;
  std::optional<cuda::StepGraph> graph_;
  parallel::ProcessTeam* const team_;
  std::optional<parallel::GradientExchange> exchange_;
  const int64_t passes_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_AUTOGRAD_REPLICA_ENGINE_H_

#ifndef ISOSHAPE_TRAINER_CPU_CPU_ENGINE_H_
#define ISOSHAPE_TRAINER_CPU_CPU_ENGINE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "trainer/cpu/buffer.h"
#include "trainer/cpu/forward_backward.h"
#include "trainer/cpu/kernels.h"
#include "trainer/cpu/padded_layout.h"
#include "trainer/cpu/thread_team.h"
#include "trainer/cpu/weights.h"
#include "trainer/engine/engine.h"
#include "trainer/model/parameter_layout.h"

namespace isoshape::cpu {

// Computes a step on the CPU with derivatives written out by hand, over buffers
// that are allocated once. Every thread takes an equal share of the batch's
// sequences, a few at a time, so that what it works on stays in its caches and
// threads meet only to add up gradients. Starts from the weights of
// AutogradEngine, and gives the same losses to the bit for equal specs, equal
// kernels and equal numbers of threads.
class CpuEngine : public Engine {
 public:
  // Whether this engine can compute the run. It computes bf16 only if the
  // processor multiplies it.
  static bool Supports(const RunSpec& spec,
                       const Kernels& kernels = ChosenKernels());

  // Expects Supports(spec, kernels). `kernels` must outlive it.
  CpuEngine(const RunSpec& spec, int threads,
            const Kernels& kernels = ChosenKernels());

  void Step(const Batch& batch, double rate_factor) override;
  StepSums Drain() override;
  std::vector<double> Evaluate(const Batch& batch) override;
  double Gradients(const Batch& batch, std::vector<float>* gradients) override;
  EngineState Save() override;
  void Restore(const EngineState& state) override;
  std::string name() const override {
    return std::string("cpu/") + kernels_.name;
  }
  int64_t parameter_count() const override { return flat_layout_.count; }

 private:
  // The state of one thread.
  struct Worker {
    Pass pass;
    Buffer gradients;  // padded
    double loss = 0;
    double squares = 0;  // of its share of the gradients
  };
  // Sequences, or floats, [begin, end) of a thread.
  struct Share {
    int64_t begin, end;
  };
  Share ShareOf(int64_t count, int64_t step, int thread) const;

  // Leaves the sum of the threads' gradients in those of the first. Returns the
  // mean loss.
  double ForwardBackward(const Batch& batch);
  void AddUpGradients(int thread);
  std::vector<float> Flat(const Buffer& padded) const;
  // Returns the norm of all gradients before clipping.
  double Update(double rate_factor);

  const RunSpec spec_;
  const Kernels& kernels_;
  const ParameterLayout flat_layout_;
  const PaddedLayout layout_;
  const int64_t group_;  // sequences in a pass
  ThreadTeam team_;
  Weights weights_;
  Buffer means_, squares_;  // AdamW's, padded
  std::vector<std::unique_ptr<Worker>> workers_;
  int64_t trained_ = 0;  // steps since the beginning
  StepSums sums_;
};

}  // namespace isoshape::cpu

#endif  // ISOSHAPE_TRAINER_CPU_CPU_ENGINE_H_

#ifndef ISOSHAPE_TRAINER_PARALLEL_GRADIENT_EXCHANGE_H_
#define ISOSHAPE_TRAINER_PARALLEL_GRADIENT_EXCHANGE_H_

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <vector>

#include "trainer/model/parameters.h"
#include "trainer/parallel/process_team.h"

namespace isoshape::parallel {

// Makes every process's gradients the mean over the team, while the backward
// pass goes on: gradients are summed in buckets, each as soon as those of its
// parameters are there (Li et al. 2020, arXiv 2006.15704). Large gradients are
// summed in place, in the flat buffer that they lie in; the small ones of a
// bucket together, in a copy. Not thread-safe.
class GradientExchange {
 public:
  // Both must outlive it.
  GradientExchange(ProcessTeam& team, Parameters& parameters);
  ~GradientExchange();
  GradientExchange(const GradientExchange&) = delete;
  GradientExchange& operator=(const GradientExchange&) = delete;

  // Gradients of several backward passes are summed by each process first, and
  // sent in the last one.
  void set_last_pass(bool last) { last_pass_ = last; }

  // Call it after the backward pass. Waits until all gradients are means, and
  // returns the mean of `loss`, [1]. Throws TeamLost.
  torch::Tensor Finish(const torch::Tensor& loss);

  // Seconds that Finish waited for other processes, that is, communication that
  // the backward pass did not hide.
  double seconds() const {
    return team_.devices() == ProcessTeam::Devices::kGpus
               ? team_.GpuWaitSeconds()
               : seconds_;
  }

 private:
  struct Bucket {
    std::vector<torch::Tensor> large;  // of the flat gradients
    std::vector<torch::Tensor> small;  // of the flat gradients, and the loss
    torch::Tensor packed;              // the small ones, one after another
    std::function<void()> wait;
  };

  void Ready(const torch::Tensor& gradients);
  void Send();

  ProcessTeam& team_;
  const torch::Tensor gradients_;  // flat
  // The nodes that accumulate gradients, one for each parameter. They own the
  // hooks, so they must be kept alive.
  std::vector<std::shared_ptr<torch::autograd::Node>> accumulators_;
  std::vector<uintptr_t> hooks_;
  bool last_pass_ = true;
  Bucket filling_;
  int64_t filled_ = 0;  // floats
  std::vector<Bucket> sent_;
  double seconds_ = 0;
};

}  // namespace isoshape::parallel

#endif  // ISOSHAPE_TRAINER_PARALLEL_GRADIENT_EXCHANGE_H_

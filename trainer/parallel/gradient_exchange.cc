#include "trainer/parallel/gradient_exchange.h"

#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/utils/lambda_post_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <chrono>
#include <utility>

namespace isoshape::parallel {
namespace {

// Floats of a bucket: large enough that a message's latency does not count,
// small enough that the first leaves early. Between GPUs as many bytes as in
// PyTorch's DistributedDataParallel (25 MB); on a CPU 1 MB was measured to be
// best.
int64_t BucketSize(ProcessTeam::Devices devices) {
  return devices == ProcessTeam::Devices::kGpus ? int64_t{25} * 256 * 1024
                                                : int64_t{256} * 1024;
}
// Floats from which on a message of its own costs less than a copy.
constexpr int64_t kLarge = int64_t{256} * 1024;

}  // namespace

GradientExchange::GradientExchange(ProcessTeam& team, Parameters& parameters)
    : team_(team), gradients_(parameters.gradients()) {
  using torch::autograd::variable_list;
  const auto& slots = parameters.layout().parameters;
  for (size_t i = 0; i < slots.size(); ++i) {
    auto accumulator =
        torch::autograd::impl::grad_accumulator(parameters.tensors()[i]);
    const torch::Tensor part =
        parameters.gradients()[0].narrow(0, slots[i].offset, slots[i].count);
    hooks_.push_back(accumulator->add_post_hook(
        std::make_unique<torch::autograd::utils::LambdaPostHook>(
            [this, part](const variable_list& outputs, const variable_list&) {
              Ready(part);
              return outputs;
            })));
    accumulators_.push_back(std::move(accumulator));
  }
}

GradientExchange::~GradientExchange() {
  for (size_t i = 0; i < hooks_.size(); ++i) {
    accumulators_[i]->del_post_hook(hooks_[i]);
  }
}

void GradientExchange::Ready(const torch::Tensor& gradients) {
  if (!last_pass_) return;
  (gradients.numel() >= kLarge ? filling_.large : filling_.small)
      .push_back(gradients);
  filled_ += gradients.numel();
  if (filled_ >= BucketSize(team_.devices())) Send();
}

void GradientExchange::Send() {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> sums = filling_.large;
  if (!filling_.small.empty()) {
    filling_.packed = torch::cat(filling_.small);
    sums.push_back(filling_.packed);
  }
  filling_.wait = team_.StartSum(sums);
  sent_.push_back(std::move(filling_));
  filling_ = {};
  filled_ = 0;
}

torch::Tensor GradientExchange::Finish(const torch::Tensor& loss) {
  const torch::NoGradGuard no_grad;
  torch::Tensor mean = loss.detach().clone();
  filling_.small.push_back(mean);
  Send();
  const auto begin = std::chrono::steady_clock::now();
  for (const Bucket& bucket : sent_) {
    bucket.wait();
    if (bucket.small.empty()) continue;
    std::vector<int64_t> sizes;
    for (const torch::Tensor& part : bucket.small) {
      sizes.push_back(part.numel());
    }
    at::_foreach_copy_(bucket.small, bucket.packed.split_with_sizes(sizes));
  }
  gradients_.div_(team_.size());
  mean.div_(team_.size());
  sent_.clear();
  seconds_ +=
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
          .count();
  return mean;
}

}  // namespace isoshape::parallel

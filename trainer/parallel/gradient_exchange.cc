#include "trainer/parallel/gradient_exchange.h"

#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/utils/lambda_post_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <chrono>
#include <utility>

namespace isoshape::parallel {
namespace {

// Floats of a bucket: large enough that a message's latency does not count,
// small enough that the first leaves early.
constexpr int64_t kBucketSize = int64_t{256} * 1024;

}  // namespace

GradientExchange::GradientExchange(ProcessTeam& team, Parameters& parameters)
    : team_(team) {
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
  filling_.parts.push_back(gradients);
  filled_ += gradients.numel();
  if (filled_ >= kBucketSize) Send();
}

void GradientExchange::Send() {
  const torch::NoGradGuard no_grad;
  filling_.values = torch::cat(filling_.parts);
  filling_.wait = team_.StartSum(filling_.values);
  sent_.push_back(std::move(filling_));
  filling_ = {};
  filled_ = 0;
}

torch::Tensor GradientExchange::Finish(const torch::Tensor& loss) {
  const torch::NoGradGuard no_grad;
  torch::Tensor mean = loss.detach().clone();
  filling_.parts.push_back(mean);
  Send();
  const auto begin = std::chrono::steady_clock::now();
  for (const Bucket& bucket : sent_) {
    bucket.wait();
    int64_t offset = 0;
    for (const torch::Tensor& part : bucket.parts) {
      part.copy_(bucket.values.narrow(0, offset, part.numel()))
          .div_(team_.size());
      offset += part.numel();
    }
  }
  sent_.clear();
  seconds_ +=
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
          .count();
  return mean;
}

}  // namespace isoshape::parallel

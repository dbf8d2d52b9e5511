// Holds losses and gradients by chunks against the separate functions.
#include "trainer/model/cross_entropy.h"

#include <ATen/record_function.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <cstring>
#include <memory>

#include "trainer/run/tensor_memory.h"

namespace isoshape {
namespace {

using torch::Tensor;

constexpr int64_t kRows = 37, kWidth = 12, kVocab = 50;

// Some rows of two replicas, or of one alone, and what they are to predict.
struct Case {
  explicit Case(bool replicas) {
    torch::manual_seed(5);
    x = torch::randn({2, kRows, kWidth});
    weight = torch::randn({2, kVocab, kWidth});
    targets = torch::randint(kVocab, {2, kRows}, torch::kInt64);
    if (!replicas) {
      x = x[0].clone();
      weight = weight[0].clone();
      targets = targets[0].clone();
    }
    x.requires_grad_();
    weight.requires_grad_();
  }

  // How often each row counts: never, once or twice.
  Tensor Counts() const {
    return (torch::arange(targets.numel()) % 3)
        .view(targets.sizes())
        .to(torch::kFloat32);
  }

  Tensor x, weight, targets;
};

// An objective, its loss, and its gradients when the replicas weigh 1 and 3.
struct Outcome {
  Tensor objective, loss, x_gradient, weight_gradient;
};

Outcome Differentiate(const Case& input, const MeanLoss& means) {
  const Tensor upstream =
      1 + 2 * torch::arange(means.objective.size(0), torch::kFloat32);
  const auto gradients = torch::autograd::grad(
      {means.objective}, {input.x, input.weight}, {upstream});
  return {means.objective.detach(), means.loss, gradients[0], gradients[1]};
}

// The same outcome by LibTorch's functions, over all rows at once.
Outcome Reference(const Case& input, const Tensor& counts, int64_t counted,
                  const CrossEntropyOptions& options) {
  const Tensor logits = torch::matmul(input.x.to(options.product),
                                      input.weight.to(options.product).mT())
                            .to(torch::kFloat32);
  const Tensor normalizers = logits.logsumexp(-1);
  const Tensor losses =
      normalizers - logits.gather(-1, input.targets.unsqueeze(-1)).squeeze(-1);
  const auto mean = [&](const Tensor& values) {
    return (values * counts).view({-1, kRows}).sum(1) / counted;
  };
  const Tensor loss = mean(losses);
  return Differentiate(
      input,
      {loss + options.z_loss * mean(normalizers.square()), loss.detach()});
}

void ExpectNear(const Tensor& actual, const Tensor& expected, double tolerance,
                const char* what) {
  ASSERT_EQ(actual.sizes(), expected.sizes()) << what;
  ASSERT_EQ(actual.dtype(), torch::kFloat32) << what;
  EXPECT_LE((actual - expected).abs().max().item<double>(),
            tolerance * expected.abs().max().item<double>())
      << what;
}

void ExpectAsReference(const CrossEntropyOptions& options, double tolerance) {
  for (const bool replicas : {false, true}) {
    for (const bool all : {true, false}) {
      SCOPED_TRACE(testing::Message()
                   << "replicas " << replicas << ", all rows " << all);
      const Case input(replicas);
      const Tensor counts =
          all ? torch::ones(input.targets.sizes()) : input.Counts();
      const int64_t counted = all ? kRows : 36;
      const Outcome expected = Reference(input, counts, counted, options);
      const Outcome actual = Differentiate(
          input, MeanCrossEntropy(input.x, input.weight, input.targets,
                                  all ? Tensor() : counts, counted, options));
      ExpectNear(actual.objective, expected.objective, tolerance, "objective");
      ExpectNear(actual.loss, expected.loss, tolerance, "loss");
      ExpectNear(actual.x_gradient, expected.x_gradient, tolerance, "x");
      ExpectNear(actual.weight_gradient, expected.weight_gradient, tolerance,
                 "weight");
    }
  }
}

// One row a chunk, a few that do not divide the rows, all at once.
constexpr int64_t kChunks[] = {1, 10 * kVocab, 1000 * kVocab};

TEST(CrossEntropyTest, LossesAndGradientsAreThoseOfTheSeparateFunctions) {
  for (const int64_t chunk : kChunks) {
    SCOPED_TRACE(chunk);
    CrossEntropyOptions options;
    options.chunk_logits = chunk;
    ExpectAsReference(options, 1e-6);
    options.z_loss = 0.1;
    ExpectAsReference(options, 1e-6);
  }
}

TEST(CrossEntropyTest, Bf16RoundsAsTheSeparateFunctionsDo) {
  for (const int64_t chunk : kChunks) {
    SCOPED_TRACE(chunk);
    CrossEntropyOptions options;
    options.product = torch::kBFloat16;
    options.chunk_logits = chunk;
    ExpectAsReference(options, 0.01);
    options.z_loss = 0.1;
    ExpectAsReference(options, 0.01);
  }
}

TEST(CrossEntropyTest, RowLossesAreThoseOfTheMean) {
  const Case input(/*replicas=*/true);
  CrossEntropyOptions options;
  options.chunk_logits = 7 * kVocab;
  const Tensor losses =
      RowLosses(input.x, input.weight, input.targets, options);
  EXPECT_FALSE(losses.requires_grad());
  const MeanLoss means = MeanCrossEntropy(input.x, input.weight, input.targets,
                                          {}, kRows, options);
  EXPECT_TRUE(torch::allclose(losses.mean(1), means.loss, 1e-6, 0));
}

// A probability of the target close to 1 leaves a gradient that bf16 would
// round away if it were rounded before 1 is subtracted.
TEST(CrossEntropyTest, GradientsOfSureTargetsKeepTheirDigits) {
  CrossEntropyOptions options;
  options.product = torch::kBFloat16;
  Tensor x = torch::ones({1, 1}).requires_grad_();
  Tensor weight = torch::tensor({8.0, 0.0}).view({2, 1}).requires_grad_();
  MeanCrossEntropy(x, weight, torch::zeros({1}, torch::kInt64), {}, 1, options)
      .objective.backward();
  const double expected = -1 / (1 + std::exp(8.0));
  EXPECT_NEAR(weight.grad()[0].item<double>(), expected,
              0.005 * std::abs(expected));
}

// Peak of a pass forward and backward, in bytes for each logit of the batch.
double BytesPerLogit(torch::Dtype product, int64_t chunk_logits) {
  constexpr int64_t kManyRows = 512, kLargeVocab = 2048;
  const Tensor x = torch::randn({kManyRows, 4}).requires_grad_();
  const Tensor weight = torch::randn({kLargeVocab, 4}).requires_grad_();
  const Tensor targets =
      torch::randint(kLargeVocab, {kManyRows}, torch::kInt64);
  CrossEntropyOptions options;
  options.product = product;
  options.chunk_logits = chunk_logits;
  const int64_t peak = PeakTensorBytes([&] {
    MeanCrossEntropy(x, weight, targets, {}, kManyRows, options)
        .objective.backward();
  });
  return static_cast<double>(peak) / (kManyRows * kLargeVocab);
}

TEST(CrossEntropyTest, MemoryIsThatOfOneChunk) {
  constexpr int64_t kAll = int64_t{512} * 2048;
  // At once, 8 bytes in fp32 and, on a CPU, 10 in bf16 (6 on a GPU, whose
  // kernel needs no copy in fp32); in sixteen chunks a sixteenth, and a little
  // for the gradients of `x` and `weight`.
  EXPECT_NEAR(BytesPerLogit(torch::kFloat32, kAll), 8, 0.3);
  EXPECT_NEAR(BytesPerLogit(torch::kBFloat16, kAll), 10, 0.3);
  EXPECT_LT(BytesPerLogit(torch::kFloat32, kAll / 16), 0.7);
  EXPECT_LT(BytesPerLogit(torch::kBFloat16, kAll / 16), 0.8);
}

int products = 0;  // since they were last counted

std::unique_ptr<at::ObserverContext> CountProducts(
    const at::RecordFunction& call) {
  if (std::strcmp(call.name(), "aten::mm") == 0) ++products;
  return nullptr;
}

TEST(CrossEntropyTest, ASmallVocabularyIsOneChunk) {
  const Case input(/*replicas=*/false);
  const at::CallbackHandle handle =
      at::addThreadLocalCallback(at::RecordFunctionCallback(CountProducts)
                                     .scopes({at::RecordScope::FUNCTION}));
  products = 0;
  MeanCrossEntropy(input.x, input.weight, input.targets, {}, kRows, {})
      .objective.sum()
      .backward();
  at::removeCallback(handle);
  EXPECT_EQ(products, 3);
}

}  // namespace
}  // namespace isoshape

#include "trainer/model/cross_entropy.h"

#include <algorithm>
#include <vector>

#include "shape/accounting.h"

namespace isoshape {

using torch::Tensor;

namespace {

// The tensors and options of one loss, which the header describes.
struct Problem {
  Tensor x, weight, targets, counts;
  CrossEntropyOptions options;
};

struct Solution {
  Tensor losses;           // of the size of the targets
  Tensor log_normalizers;  // the same, if there is a z-loss
  // Gradients of the sum of the losses that count. They have the type of the
  // products, but that of `weight` is fp32 if there are several chunks.
  Tensor x_gradient, weight_gradient;
};

// fp32, of logits in fp32 or bf16. LibTorch's kernel that takes one type and
// gives the other knows fp16 alone.
Tensor LogSoftmax(const Tensor& logits) {
  return at::_log_softmax(logits.to(torch::kFloat32), -1,
                          /*half_to_float=*/false);
}

// sum += a^T b, of each replica.
void AddTransposedProduct(const Tensor& a, const Tensor& b, Tensor& sum) {
  if (!sum.defined()) {
    sum = at::matmul(a.mT(), b);
  } else if (a.scalar_type() != torch::kFloat32) {
    sum = sum.to(torch::kFloat32).add_(at::matmul(a.mT(), b));
  } else if (a.dim() == 2) {
    sum.addmm_(a.mT(), b);
  } else {
    sum.baddbmm_(a.mT(), b);
  }
}

Tensor Together(const std::vector<Tensor>& parts, int64_t dimension) {
  if (parts.empty()) return {};
  return parts.size() == 1 ? parts.front() : torch::cat(parts, dimension);
}

class Solver {
 public:
  Solver(const Problem& problem, bool gradients)
      : problem_(problem),
        gradients_(gradients),
        rows_(problem.x.to(problem.options.product)),
        weight_(problem.weight.to(problem.options.product)) {}

  Solution Solve() {
    const int64_t rows = rows_.size(-2);
    const int64_t chunk = RowsOfChunk();
    for (int64_t begin = 0; begin < rows; begin += chunk) {
      Add(begin, std::min(chunk, rows - begin));
    }
    return {Together(losses_, -1), Together(log_normalizers_, -1),
            Together(x_gradients_, -2), weight_gradient_};
  }

 private:
  // Chunks are as equal as can be, so that a GPU's libraries see one size.
  int64_t RowsOfChunk() const {
    const int64_t rows = rows_.size(-2);
    const int64_t of_row =
        weight_.size(-2) * (weight_.dim() == 3 ? weight_.size(0) : 1);
    const int64_t logits = problem_.options.chunk_logits > 0
                               ? problem_.options.chunk_logits
                               : LossChunkLogits(rows_.is_cuda());
    const int64_t max_rows = std::clamp<int64_t>(logits / of_row, 1, rows);
    const int64_t chunks = (rows + max_rows - 1) / max_rows;
    return (rows + chunks - 1) / chunks;
  }

  void Add(int64_t begin, int64_t rows) {
    const Tensor x = rows_.narrow(-2, begin, rows);
    Tensor logits = at::matmul(x, weight_.mT());
    Tensor log_probabilities = LogSoftmax(logits);
    const Tensor index = problem_.targets.narrow(-1, begin, rows).unsqueeze(-1);
    const Tensor of_target = log_probabilities.gather(-1, index);
    losses_.push_back(of_target.squeeze(-1).neg());
    Tensor log_normalizer;
    if (problem_.options.z_loss > 0) {
      log_normalizer = logits.gather(-1, index) - of_target;
      log_normalizers_.push_back(log_normalizer.squeeze(-1));
    }
    if (!gradients_) return;
    // From here on `logits` holds their gradients: probabilities, less 1 at
    // the target, which is computed before it is rounded.
    Tensor at_target;
    if (log_normalizer.defined()) {
      const Tensor factor = 1 + 2 * problem_.options.z_loss * log_normalizer;
      at::mul_out(logits, log_probabilities.exp_(), factor);
      at_target = of_target.exp().mul_(factor).sub_(1);
    } else {
      at::exp_out(logits, log_probabilities);
      at_target = of_target.expm1();
    }
    log_probabilities.reset();
    logits.scatter_(-1, index, at_target.to(logits.dtype()));
    const Tensor x_gradient = at::matmul(logits, weight_);
    if (problem_.counts.defined()) {
      const Tensor counts = problem_.counts.narrow(-1, begin, rows)
                                .unsqueeze(-1)
                                .to(logits.dtype());
      x_gradients_.push_back(x_gradient * counts);
      AddTransposedProduct(logits, x * counts, weight_gradient_);
    } else {
      x_gradients_.push_back(x_gradient);
      AddTransposedProduct(logits, x, weight_gradient_);
    }
  }

  const Problem& problem_;
  const bool gradients_;
  const Tensor rows_, weight_;  // in the products' type
  std::vector<Tensor> losses_, log_normalizers_, x_gradients_;
  Tensor weight_gradient_;
};

// [replicas], of values of each row.
Tensor Mean(const Tensor& values, const Problem& problem,
            int64_t rows_that_count) {
  const Tensor of_replicas =
      values.view({-1, problem.targets.size(-1)});  // [replicas, rows]
  if (!problem.counts.defined()) return of_replicas.mean(1);
  return (of_replicas * problem.counts.view_as(of_replicas))
      .sum(1)
      .div_(rows_that_count);
}

// Gradients are computed with the losses, while a chunk's logits are there.
class MeanFunction : public torch::autograd::Function<MeanFunction> {
 public:
  // `x` and `weight` are the problem's, for autograd to see them.
  static torch::autograd::variable_list forward(
      torch::autograd::AutogradContext* context, const Tensor& /*x*/,
      const Tensor& /*weight*/, const Problem* problem,
      int64_t rows_that_count) {
    const Solution solution = Solver(*problem, /*gradients=*/true).Solve();
    context->saved_data["x"] = solution.x_gradient;
    context->saved_data["weight"] = solution.weight_gradient;
    context->saved_data["rows"] = rows_that_count;
    return Values(solution, *problem, rows_that_count);
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext* context,
      const torch::autograd::variable_list& gradients) {
    // One factor for each replica.
    Tensor factor =
        gradients[0] / static_cast<double>(context->saved_data["rows"].toInt());
    const auto take = [&](const char* name) {
      const auto saved = context->saved_data.find(name);
      TORCH_CHECK(saved != context->saved_data.end(),
                  "gradients of a loss can be taken once");
      Tensor gradient = saved->second.toTensor();
      context->saved_data.erase(saved);
      if (gradient.dim() == 3) factor = factor.view({-1, 1, 1});
      // In place, as that of `weight` may be large; from bf16 it is a copy.
      return gradient.scalar_type() == torch::kFloat32 ? gradient.mul_(factor)
                                                       : gradient * factor;
    };
    const Tensor x_gradient = take("x");
    return {x_gradient, take("weight"), {}, {}};
  }

  // The objective and, if it is not the same, the loss.
  static torch::autograd::variable_list Values(const Solution& solution,
                                               const Problem& problem,
                                               int64_t rows_that_count) {
    const Tensor loss = Mean(solution.losses, problem, rows_that_count);
    if (problem.options.z_loss == 0) return {loss};
    const Tensor squares =
        Mean(solution.log_normalizers.square(), problem, rows_that_count);
    return {torch::add(loss, squares, problem.options.z_loss), loss};
  }
};

}  // namespace

Tensor RowLosses(const Tensor& x, const Tensor& weight, const Tensor& targets,
                 const CrossEntropyOptions& options) {
  const torch::NoGradGuard no_grad;
  const Problem problem{x, weight, targets, {}, options};
  return Solver(problem, /*gradients=*/false).Solve().losses;
}

MeanLoss MeanCrossEntropy(const Tensor& x, const Tensor& weight,
                          const Tensor& targets, const Tensor& counts,
                          int64_t rows_that_count,
                          const CrossEntropyOptions& options) {
  const Problem problem{x, weight, targets, counts, options};
  torch::autograd::variable_list values;
  if (torch::GradMode::is_enabled() &&
      (x.requires_grad() || weight.requires_grad())) {
    values = MeanFunction::apply(x, weight, &problem, rows_that_count);
  } else {
    values = MeanFunction::Values(Solver(problem, /*gradients=*/false).Solve(),
                                  problem, rows_that_count);
  }
  return {values.front(), values.back().detach()};
}

}  // namespace isoshape

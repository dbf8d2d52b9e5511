#ifndef ISOSHAPE_TRAINER_MODEL_CROSS_ENTROPY_H_
#define ISOSHAPE_TRAINER_MODEL_CROSS_ENTROPY_H_

#include <torch/torch.h>

#include <cstdint>

namespace isoshape {

// The last product of a model and its loss as one function, so that the logits
// of a batch are never in memory together: rows are taken in chunks, and each
// chunk's logits give its losses and, at once, its part of the gradients, for
// which they are overwritten by their own (as in Hsu et al. 2024, "Liger
// Kernel", arXiv 2410.10989). Kept apart, logits, their logarithms of
// probabilities and both gradients take 12 bytes each; here a chunk takes 6 to
// 10 bytes for each of its logits, whatever the size of the batch, and nothing
// is computed twice. A batch of no more than one chunk takes no more kernels
// than the separate functions.
struct CrossEntropyOptions {
  // Products in bf16 (`torch::kBFloat16`), as the model's others, or in fp32.
  // Losses and the accumulation over chunks are fp32 in both.
  torch::Dtype product = torch::kFloat32;
  // Factor of the mean square of log(sum(exp(logits))) in the objective.
  double z_loss = 0;
  // Logits of a chunk, over all replicas; 0: LossChunkLogits of the device
  // (shape/accounting.h).
  int64_t chunk_logits = 0;
};

// Loss of every row in nats, float [replicas, rows], without gradients: of
// logits `x` [replicas, rows, width] times the transpose of `weight` [replicas,
// vocab, width], for `targets`, int64 [replicas, rows]. All are without their
// first dimension if there is one replica only.
torch::Tensor RowLosses(const torch::Tensor& x, const torch::Tensor& weight,
                        const torch::Tensor& targets,
                        const CrossEntropyOptions& options);

// Means over the rows of a replica, nats, float [replicas]; [1] for one.
struct MeanLoss {
  torch::Tensor objective;  // what is trained on: with the z-loss
  torch::Tensor loss;       // without it, and without a gradient
};

// The mean of `rows_that_count` losses of each replica: a row counts as often
// as `counts` says, float of the size of `targets`, or once if that is
// undefined. The objective has gradients for `x` and `weight` if they ask for
// them.
MeanLoss MeanCrossEntropy(const torch::Tensor& x, const torch::Tensor& weight,
                          const torch::Tensor& targets,
                          const torch::Tensor& counts, int64_t rows_that_count,
                          const CrossEntropyOptions& options);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_MODEL_CROSS_ENTROPY_H_

#ifndef ISOSHAPE_SCALING_ALLOCATION_ALLOCATION_H_
#define ISOSHAPE_SCALING_ALLOCATION_ALLOCATION_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "scaling/laws/parametric_law.h"
#include "scaling/laws/power_sum.h"
#include "scaling/runs/runs.h"

namespace isoshape {

// A run that is asked about.
struct Place {
  double size = 0;    // N, in the measure of the runs' sizes
  double tokens = 0;  // D
  // width / depth; absent: the best one, if the law knows shapes.
  std::optional<double> aspect_ratio = {};
};

// The question of how a compute is to be spent: what an optimum is the optimum
// of.
//
// Training costs c N^p D FLOPs (`rule`). Serving T tokens costs a forward pass
// each, a third of a training token: c N^p T / 3, which is 2 N T if training is
// 6 N D (Sardana et al. 2024, arXiv 2401.00448, equation 2).
struct Allocation {
  ComputeRule rule = {};
  double flops = 0;         // training and serving together
  double serve_tokens = 0;  // T; 0: training alone
  // D = q N whatever is best, q above the best of training: overtraining.
  std::optional<double> tokens_per_size = {};
  // One run, not an optimum.
  std::optional<Place> place = {};
  // Different tokens that there are; absent: as many as are wanted. D tokens
  // count by what they are worth (scaling/laws/repeated_data.h).
  std::optional<double> corpus_tokens = {};
  // Not a compute but a loss, to be reached with the least FLOPs of training
  // and serving together; `flops` is not known. One served token takes at most
  // `max_serve_flops`, if that is given.
  std::optional<double> target_loss = {};
  std::optional<double> max_serve_flops = {};

  // Returns true if the question is the best size of a compute for training on
  // fresh text, which is all that a trend of isoFLOP optima answers.
  bool plain() const;
  // Returns true if size and tokens follow from the question and not from a
  // law.
  bool fixed() const { return place || tokens_per_size; }
  // ln D that is left for training at a size; not finite if serving alone takes
  // the compute.
  double LnTokens(double ln_size) const;
  double Tokens(double size) const;
  double LnTrainingFlops(double ln_size, double ln_tokens) const;
  // Says what of `constraint` (such as `C = 6 N D`) the question changes.
  std::string Describe(const std::string& constraint) const;
};

// INVALID_ARGUMENT if a number is not finite and above 0, or two of the
// questions exclude each other.
absl::Status CheckAllocation(const Allocation& allocation);

// ln loss by ln N and ln D, of text that is fresh or repeated as the allocation
// says.
using LogLossOf = std::function<double(double ln_size, double ln_tokens)>;

// The size that an allocation is about: the one of least loss (found to about
// eight digits within a factor of 1e5 of `near`), or the one that it fixes. NaN
// if there is none.
double LnBestSize(const Allocation& allocation, const LogLossOf& log_loss,
                  double ln_near);

// ln loss of a parametric law: with a corpus that of repeated data
// (PredictRepeated), NaN if the law's exponents are not above 0.
double LogLossOn(const std::optional<double>& corpus_tokens,
                 const PowerSum& law, double ln_size, double ln_tokens);

// The size, tokens and loss that an allocation leads to by one law.
struct Allocated {
  double size = 0, tokens = 0;
  double loss = 0;   // nats per token
  double flops = 0;  // training and serving together
  // For a size or tokens that are fixed: the loss above the optimum of the same
  // training FLOPs, and the share of them that the optimum would save in
  // reaching `loss`.
  double above_best = 0, wasted_compute = 0;
  // With serving: how much lower the loss is than that of the size which is
  // best for its training alone, at the same FLOPs in all; and training's share
  // of these.
  double gain = 0, training_share = 1;
};

// Allocates by a parametric law, or the part of another law in size and tokens.
// `log_loss` is the law's at size and tokens, if it is not that of `law` (such
// as at a given aspect ratio). NaN where nothing can be found.
Allocated Allocate(const PowerSum& law, const Allocation& allocation,
                   const LogLossOf& log_loss = nullptr);

// The least FLOPs of training and serving by which the law reaches the target
// loss: at size N it takes the tokens D with E + A N^-alpha + B D^-beta equal
// to it. FLOPs are infinite if the loss is not above E, or not above what the
// largest size allowed leaves.
Allocated AllocateForLoss(const PowerSum& law, const Allocation& allocation);

// ln of the training FLOPs that are left if the size is the best for its
// training alone, `ln_best_size` by ln training FLOPs, and the rest serves.
double LnTrainingFlopsIgnoringServing(
    const Allocation& allocation,
    const std::function<double(double ln_flops)>& ln_best_size);

// A warning if the tokens per size that a prediction is about are beyond twice
// those of all runs: the law is assumed there, not seen.
std::vector<std::string> WarnOfUnseen(const Runs& runs, double size,
                                      double tokens);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_ALLOCATION_ALLOCATION_H_

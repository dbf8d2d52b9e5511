#ifndef ISOSHAPE_SCALING_ISOFLOP_SIZE_OPTIMUM_H_
#define ISOSHAPE_SCALING_ISOFLOP_SIZE_OPTIMUM_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "scaling/isoflop/size_curve.h"
#include "scaling/statistics/parabola.h"

namespace isoshape {

// How the best size of one budget is found from loss over ln size.
enum class OptimumMethod {
  // Vertex of a parabola with tricube weights over ln size about the least
  // loss: steady if points are few and noisy. The rule of every isoFLOP fit
  // (docs/adr/0007-one-isoflop-fit.md); the others stand beside it for
  // comparison.
  kNearMinimum,
  // Least value of the Akima interpolant (Porian et al. 2024). Follows every
  // point; unbiased if the sizes are off centre.
  kAkima,
  // Vertex of a parabola through everything, equal weights (Hoffmann et al.
  // 2022, approach 2). Biased if the range is wide or off centre.
  kFullRange,
};

struct OptimumRule {
  OptimumMethod method = OptimumMethod::kNearMinimum;
  bool log_loss = true;      // fit ln loss rather than loss
  double window_factor = 6;  // kNearMinimum: half-width, a factor of size
  // kNearMinimum: the window grows until it holds this many sizes, if the
  // budget has them.
  int min_sizes = 5;
  // Accept a parabola's vertex beyond the sizes tried, as published noise-free
  // answers do: to compare with these in tests, and not for fits.
  bool accept_outside = false;
};

// The rule in words, such as `least value of the Akima interpolant of loss over
// ln size`.
std::string RuleText(const OptimumRule& rule);

// One budget as the rule sees it, by ascending size: the best shape's loss.
struct CurveColumns {
  std::vector<double> ln_size;
  std::vector<double> ln_tokens;
  std::vector<double> loss;  // nats per token
  std::vector<double> runs;  // behind each loss
};
CurveColumns Columns(const SizeCurve& curve);

// What each size counts for in the rule's parabola.
std::vector<double> CurveWeights(const CurveColumns& curve,
                                 const OptimumRule& rule);

// ln D at ln N: that of the runs, linear between neighbours. Two sizes at
// least.
double LogTokensAt(const CurveColumns& curve, double ln_size);

struct SizeOptimum {
  // With three sizes or more always finite: if the curve does not show its
  // least loss, the size nearest to it among those tried (which is what a
  // resample needs); else NaN.
  double ln_size = 0;
  double loss = 0;
  // Why ln_size is no optimum, in one line with values and remedy, or empty.
  std::string problem;
  bool on_edge = false;  // the problem is that the minimum is not bracketed
  Parabola parabola;     // of loss or ln loss over ln size; not for kAkima
};
SizeOptimum FindSizeOptimum(const CurveColumns& curve, const OptimumRule& rule);

// The coefficients of its parabola; NaN if there is none.
std::array<double, 3> CoefficientsOf(const SizeOptimum& optimum);

// If an optimum lies so far from the middle of the sizes tried (in ln size)
// that a parabola is biased: what is the matter and what to do, else empty. A
// window re-centres itself, so it is given more room than the full range.
std::string OffCentre(double size, double min_size, double max_size,
                      OptimumMethod method);

// The optima of the same curve with its losses drawn anew: normal, of standard
// deviation loss_sd[i], about the parabola inside its window, or for kAkima
// about the losses measured (as Porian et al. 2024). Deterministic in the seed.
struct OptimumDraws {
  std::vector<double> ln_size, ln_loss;
  std::vector<std::array<double, 3>> parabola;  // CoefficientsOf each
};
OptimumDraws DrawOptima(const CurveColumns& curve, const OptimumRule& rule,
                        const std::vector<double>& loss_sd, int count,
                        uint64_t seed);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_ISOFLOP_SIZE_OPTIMUM_H_

#ifndef ISOSHAPE_SCALING_ISOFLOP_ENVELOPE_H_
#define ISOSHAPE_SCALING_ISOFLOP_ENVELOPE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "scaling/isoflop/trend.h"
#include "scaling/runs/runs.h"
#include "scaling/statistics/bootstrap.h"

namespace isoshape {

// The best that was measured at each compute, and how it grows: straight lines
// over ln C.
struct EnvelopeLaw {
  Line size, tokens, loss;  // ln N, ln D, ln L

  double SizeAt(double flops) const;
};

struct EnvelopeFit {
  EnvelopeLaw law;
  std::vector<int> rows;   // on the envelope, by ascending FLOPs
  bool converged = false;  // in a resample: two rows or more are on it
};

// Lower envelope (Hoffmann et al. 2022, approach 1, as Gemstones, McLeish et
// al. 2025, compute it): the vertices of the lower convex hull of ln loss over
// ln FLOPs, from the least FLOPs to the least loss, and least squares of ln N,
// ln D and ln L on ln C through them.
// FAILED_PRECONDITION if fewer than two runs are on the envelope: all have the
// same FLOPs, or more FLOPs never gave less loss.
absl::StatusOr<EnvelopeFit> FitEnvelope(const Runs& runs);

// How many runs are on the envelope, points of one Runs::run counted once.
int RunsOnEnvelope(const Runs& runs, const EnvelopeFit& fit);

// FitEnvelope on all runs and on every resample. Errors of FitEnvelope.
//
//   bootstrap->Estimate(
//       [](const EnvelopeLaw& law) { return law.size.slope; }, 0.95)
absl::StatusOr<Bootstrap<EnvelopeFit>> BootstrapEnvelope(
    const Runs& runs, const Resampling& resampling, const Execution& execution);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_ISOFLOP_ENVELOPE_H_

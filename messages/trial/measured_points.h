#ifndef ISOSHAPE_MESSAGES_TRIAL_MEASURED_POINTS_H_
#define ISOSHAPE_MESSAGES_TRIAL_MEASURED_POINTS_H_

#include <cstdint>
#include <vector>

#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// Losses of which a fit can be made, nats per token. A model of no data at all
// has ln(vocab), below 20; what is next to 0 was not measured.
inline constexpr double kMinLoss = 1e-9;
inline constexpr double kMaxLoss = 1e4;

// N of a trial: training FLOPs per token / 6 (docs/adr/0002), of its shape, or
// of an imported run whose shape is not known.
double TrialSize(const v1::Trial& trial);

// FLOPs of the model for so many tokens of the trial's training, exact
// convention: what was planned, whatever a trainer says that it spent.
double ModelFlops(const v1::Trial& trial, int64_t tokens);

// Training tokens of an imported run, which need not be whole: often they were
// made of FLOPs and size, and rounding them would move a fit.
double ImportedTokens(const v1::Trial& trial);

// A measured (tokens, loss) of a trial's shape: its own end, or that of one of
// its cooldown branches. Points of one trial share seed and order of the data,
// and are correlated.
struct MeasuredPoint {
  double budget_flops = 0;
  int64_t steps = 0;
  int64_t tokens = 0;
  double flops = 0;  // of the model, exact convention; if imported, as given
  double loss = 0;   // held-out, nats per token, finite and > 0
  double loss_stderr = 0;  // over held-out batches; 0: not known
};

// The points that a trial measured, by ascending budget: its branches that were
// reported, then itself if it SUCCEEDED. A trial that DIVERGED has the branches
// that ended before; any other, and one that is excluded, has nothing.
std::vector<MeasuredPoint> MeasuredPoints(const v1::Trial& trial);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_TRIAL_MEASURED_POINTS_H_

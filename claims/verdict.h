#ifndef ISOSHAPE_CLAIMS_VERDICT_H_
#define ISOSHAPE_CLAIMS_VERDICT_H_

#include <optional>
#include <vector>

namespace isoshape {

// Seeds of a figure for which there can be a verdict.
inline constexpr int kMinSeeds = 3;

// The chance of a wrong verdict in a whole report.
inline constexpr double kWrongVerdicts = 0.05;

// The range in which a figure must lie for a statement to hold: above, below,
// or between.
struct ClaimBounds {
  std::optional<double> above;
  std::optional<double> below;
};

// Mean and interval of a figure over the seeds.
struct SeedSummary {
  int seeds = 0;
  double mean = 0;
  double standard_error = 0;  // of the mean, by the seeds' spread
  double lower = 0;           // 95 % by Student's t
  double upper = 0;
  // The mean lies where the statement puts it.
  bool holds = false;
  // Chance of a mean so far on this side of the nearest bound if the truth were
  // on the bound, two-sided.
  double p_value = 1;
  // Of a ratio, its divisor: there is no verdict before that is away from 0.
  struct Divisor {
    double mean = 0;
    double standard_error = 0;
  };
  std::optional<Divisor> divisor;
};

// Summarizes at least two seeds. Their figures are paired differences: what the
// seeds have in common is gone. By Student's t, since percentile bootstraps of
// three seeds hold the truth in 3 of 4 cases instead of 19 of 20
// (docs/adr/0012).
SeedSummary SummaryOf(const std::vector<double>& seeds,
                      const ClaimBounds& bounds);

// The same for a ratio of means over the seeds, `of` over `by`, seed by seed:
// the figures of the seeds apart would have a tail without end where their
// divisor comes near 0. The interval is Fieller's (1954); a boundary b is
// tested by the mean of of - b by, and the p-value is that of the divisor's
// being away from 0 if that is larger, since without it the ratio has no sign.
// None if the divisor's own 95 % interval has 0 in it. At least two seeds, of
// one length.
std::optional<SeedSummary> SummaryOfRatio(const std::vector<double>& of,
                                          const std::vector<double>& by,
                                          const ClaimBounds& bounds);

// The p-values of a report such that the chance of any false rejection among
// those at most alpha is alpha, however they hang together (Holm 1979): in the
// order given.
std::vector<double> AdjustByHolm(const std::vector<double>& p_values);

// Seeds for which a figure of this mean and spread, and its divisor if it has
// one, would have a p-value of at most `level`; 0 if a thousand do not suffice.
int SeedsThatDecide(const SeedSummary& summary, const ClaimBounds& bounds,
                    double level);

}  // namespace isoshape

#endif  // ISOSHAPE_CLAIMS_VERDICT_H_

#ifndef ISOSHAPE_SEARCH_OPTIMUM_QUESTION_H_
#define ISOSHAPE_SEARCH_OPTIMUM_QUESTION_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "scaling/surface/surface.h"
#include "scaling/surface/surface_evidence.h"
#include "scaling/surface/surface_fit.h"
#include "search/interface.h"

namespace isoshape {

// A place where a run may be put.
struct OptimumCandidate {
  SurfacePoint point;
  double cost = 0;     // of a run there, in whatever unit is to be saved
  double seconds = 0;  // of it, if that is the unit
};

// The question, in places instead of shapes, so that also rows of a file of
// runs can be chosen among.
struct OptimumQuestion {
  double ln_low = 0, ln_high = 0;  // ln of the budgets allowed
  double ln_target = 0;            // ln of the compute that is asked about
  double tolerance = 0.002;        // of the loss at the target, relative
  int in_flight = 1;               // runs that are wanted at a time
  // True if aspect ratios can be chosen; if not, no place has one.
  bool with_ratios = true;
  // True if a candidate may be run again, with another seed.
  bool repeats = true;
  // Guesses that replace those of the priors: of the best size at the smallest
  // budget, and of the best width / depth.
  std::optional<double> ln_center_size = {};
  std::optional<double> ln_center_ratio = {};
  // What earlier campaigns tell, in the frame of this question.
  std::optional<SurfaceEvidence> evidence = {};
  std::vector<OptimumCandidate> candidates = {};

  SurfaceFrame Frame() const;
};

// A run of the history.
struct OptimumRun {
  SurfacePoint point;
  PastTrial::State state = PastTrial::State::kPending;
  double ln_loss = 0;  // if it succeeded
  double weight = 1;   // against the other losses
  // When it ended, in any unit; larger is later.
  int64_t ended = 0;
  // Why it has no loss says nothing of its shape: a user left it out, or it was
  // stopped.
  bool blameless = false;

  bool waits() const { return PastTrial::Waits(state); }
};

// A figure of the surface that a run can tell more of.
enum class OptimumFigure {
  kSize,        // the best size within the budgets
  kSizeSlope,   // how it grows with compute
  kRatio,       // the best aspect ratio within the budgets
  kRatioDrift,  // how it changes with size
  kScatter      // by how much runs differ that are equal but for their seed
};

// A run to do next.
struct OptimumChoice {
  size_t candidate = 0;
  bool start = false;  // one of the first seven, chosen without a posterior
  OptimumFigure tells = OptimumFigure::kSize;  // if not of the start
  // The expected regret without and with it, those before it counting as done.
  double before = 0, after = 0;
};

// The state of knowledge, and what to do next.
struct OptimumDecision {
  SurfaceFit fit;         // of the runs that succeeded
  int losses = 0;         // that it rests on
  double regret = 0;      // expected at the target, relative; surface/design.h
  double ratio_part = 0;  // of it, by the aspect ratio
  // True if the 90 % bound of the regret is within the tolerance, for the
  // second time in a row.
  bool certain = false;
  // True if all that were tried ended without a loss, and were enough to show
  // that others will.
  bool hopeless = false;
  int failures = 0;
  double spent = 0;      // FLOPs of the runs that ended
  double in_flight = 0;  // FLOPs of those that have not
  std::vector<OptimumChoice> choices = {};

  // The regret is a sum of squares of two normal figures: 90 % of its values
  // are below 2.7 times its mean, the 90 % point of chi^2 with one degree of
  // freedom, or less.
  static constexpr double kBound = 2.7;
  double bound() const { return kBound * regret; }
};

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_OPTIMUM_QUESTION_H_

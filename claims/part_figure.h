#ifndef ISOSHAPE_CLAIMS_PART_FIGURE_H_
#define ISOSHAPE_CLAIMS_PART_FIGURE_H_

#include <optional>
#include <string>
#include <vector>

#include "claims/cells.h"
#include "claims/verdict.h"
#include "isoshape/v1/claim.pb.h"

namespace isoshape {

// What the runs of a claim say of one of its parts, before it is judged beside
// others.
struct PartFigure {
  // By seed.
  std::vector<double> seeds;
  // If at least two seeds tell it.
  std::optional<SeedSummary> summary;
  // Why there can be no verdict, one line; empty if there can be one.
  std::string problem;
  // Whether it counts among the parts that are corrected together: what its
  // figures turned out to be, and not what was trained, may be why it has none.
  bool counts = false;
};

// The bounds of a part.
ClaimBounds BoundsOf(const v1::ClaimPart& part);

// The figure of a part. No verdict rests on fewer than kMinSeeds seeds, while
// runs are missing, on a known model that is more than kMaxExtrapolation times
// as large as what was trained, on least values of which most lie at an end of
// what was tried, on a divisor that may be 0, nor on seeds that agree only
// because the scale is coarse.
PartFigure FigureOf(const v1::ClaimPart& part,
                    const std::vector<ClaimRuns>& runs, int runs_missing);

// A line through some sizes says nothing about one beyond two decades: how far
// the laws of loss have been seen to hold (Hoffmann et al. 2022 went 1.5 beyond
// theirs).
inline constexpr double kMaxExtrapolation = 100;

}  // namespace isoshape

#endif  // ISOSHAPE_CLAIMS_PART_FIGURE_H_

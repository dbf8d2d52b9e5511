#ifndef ISOSHAPE_CLI_CLAIMS_CLAIM_FIGURES_H_
#define ISOSHAPE_CLI_CLAIMS_CLAIM_FIGURES_H_

#include <string>
#include <vector>

#include "claims/judge.h"
#include "isoshape/v1/claim.pb.h"
#include "isoshape/v1/figure.pb.h"

namespace isoshape {

// A picture of a report.
struct ClaimFigure {
  std::string claim;  // its id; empty: of all claims
  std::string name;   // `effects-factors`, or the id of the claim
  v1::Figure figure;
};

// Every effect with its interval and its boundary, a forest plot for each unit
// that figures of claims have: factors, nats, plain numbers. Parts that cannot
// be judged are left out, and so is a plot without parts.
std::vector<ClaimFigure> EffectFigures(const v1::ClaimsReport& report);

// For each claim whose first part with such a step goes along a scale with at
// least three places (aspect ratio, depth, learning rate, …): what was measured
// along it, one line for each campaign, variant, shape or budget that is
// compared; the bowl of n, the depth curve of p. The first of the claims that
// have the same curves alone has them. The records are those that the report
// was made of.
std::vector<ClaimFigure> CurveFigures(const std::vector<ClaimRecord>& records);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CLAIMS_CLAIM_FIGURES_H_

#ifndef ISOSHAPE_CLAIMS_JUDGE_H_
#define ISOSHAPE_CLAIMS_JUDGE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "claims/cells.h"
#include "isoshape/v1/claim.pb.h"

namespace isoshape {

// A claim with what was trained for it.
struct ClaimRecord {
  v1::Claim claim;
  std::vector<ClaimRuns> runs;
};

// The design of a scale; NOT_FOUND with the scales that there are.
absl::StatusOr<v1::ClaimDesign> DesignOf(const v1::Claim& claim,
                                         const std::string& scale);

// The campaign of a design as it is created: common fields, then its own.
v1::Campaign CampaignOf(const v1::ClaimDesign& design,
                        const v1::ClaimCampaign& campaign);

// Verdicts on all parts of all claims together, so that the chance of any wrong
// one is at most 5 % (verdict.h). `time` is left empty.
v1::ClaimsReport Judge(const std::vector<ClaimRecord>& records,
                       const std::string& scale);

}  // namespace isoshape

#endif  // ISOSHAPE_CLAIMS_JUDGE_H_

#ifndef ISOSHAPE_CLAIMS_CHECK_CLAIM_H_
#define ISOSHAPE_CLAIMS_CHECK_CLAIM_H_

#include "absl/status/status.h"
#include "isoshape/v1/claim.pb.h"

namespace isoshape {

// Holds a claim against the rules of docs/claims-files.md before anything is
// trained, its pipelines against the runs that its designs name:
// INVALID_ARGUMENT in one line that names the field, the value and the remedy.
// Pipelines of designs whose shapes are solved for are held against runs only.
absl::Status CheckClaim(const v1::Claim& claim);

}  // namespace isoshape

#endif  // ISOSHAPE_CLAIMS_CHECK_CLAIM_H_

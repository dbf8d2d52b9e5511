#ifndef ISOSHAPE_CLI_CLAIMS_CLAIMS_OUTPUT_H_
#define ISOSHAPE_CLI_CLAIMS_CLAIMS_OUTPUT_H_

#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/claims/claims_plan.h"
#include "isoshape/v1/claim.pb.h"

namespace isoshape {

// Claims with what a scale would train for them.
void PrintPlan(const std::vector<PlannedClaim>& plan, std::ostream& out);

// A report for a terminal.
void PrintClaims(const v1::ClaimsReport& report, std::ostream& out);

// Writes it as the name of the file says: `.md`, `.json` or `.html`; a usage
// error for other names.
absl::Status WriteClaims(const v1::ClaimsReport& report,
                         const std::string& path);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CLAIMS_CLAIMS_OUTPUT_H_

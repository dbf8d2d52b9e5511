#ifndef ISOSHAPE_CLI_CLAIMS_CLAIMS_OUTPUT_H_
#define ISOSHAPE_CLI_CLAIMS_CLAIMS_OUTPUT_H_

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/claims/claims_plan.h"
#include "cli/claims/claims_run.h"
#include "cli/claims/claims_time.h"
#include "isoshape/v1/claim.pb.h"

namespace isoshape {

// Claims with what a scale would train for them, and how long it would take
// here if `time` is given.
void PrintPlan(const std::vector<PlannedClaim>& plan,
               const std::optional<ClaimsTime>& time, std::ostream& out);

// A report for a terminal.
void PrintClaims(const v1::ClaimsReport& report, std::ostream& out);

// Whether WriteClaims can be expected to write this file, before the runs that
// it tells of; none is OK: a usage error if its name says no format,
// PERMISSION_DENIED if it cannot be written.
absl::Status CheckClaimsFile(const std::string& path);

// Writes it as the name of the file says: `.md`, `.json` or `.html`; a usage
// error for other names. Pictures are in the page, and beside `claims.md` in
// the folder `claims-figures`; without gnuplot there are none, which is said on
// standard error. `notes` are paragraphs of the reader's own.
absl::Status WriteClaims(const JudgedClaims& judged,
                         const std::vector<std::string>& notes,
                         const std::string& path);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CLAIMS_CLAIMS_OUTPUT_H_

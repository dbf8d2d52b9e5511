#ifndef ISOSHAPE_CLI_CLAIMS_CLAIMS_RUN_H_
#define ISOSHAPE_CLI_CLAIMS_CLAIMS_RUN_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/claims/claims_plan.h"
#include "isoshape/v1/claim.pb.h"

namespace isoshape {

// The folder and the coordinator with which claims are run and read.
struct ClaimsPlace {
  // `host:port` of a coordinator with workers; empty: one of its own on this
  // machine, with a worker, in `directory`.
  std::string server;
  std::string directory = "isoshape-claims";
  // Folder of isoshape-coordinator, isoshape-worker, isoshape-trainer.
  std::string binaries;
  // Text that claims about text train on.
  std::string data;
  // Further flags of the worker.
  std::vector<std::string> worker_flags;
};

// What the runs say, and the runs.
struct JudgedClaims {
  v1::ClaimsReport report;
  std::vector<ClaimRecord> records;
};

// Trains what the claims ask for and returns when all of it has ended; a second
// call goes on where an earlier one was stopped. CANCELLED, with how to go on,
// for SIGINT and SIGTERM.
absl::StatusOr<JudgedClaims> RunClaims(const ClaimsPlace& place,
                                       const std::vector<PlannedClaim>& plan,
                                       const std::string& scale);

// Reports what is known by now. FAILED_PRECONDITION if nothing was run in
// `directory`.
absl::StatusOr<JudgedClaims> ReportClaims(const ClaimsPlace& place,
                                          const std::vector<PlannedClaim>& plan,
                                          const std::string& scale);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CLAIMS_CLAIMS_RUN_H_

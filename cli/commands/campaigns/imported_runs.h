#ifndef ISOSHAPE_CLI_COMMANDS_CAMPAIGNS_IMPORTED_RUNS_H_
#define ISOSHAPE_CLI_COMMANDS_CAMPAIGNS_IMPORTED_RUNS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/console/client.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "scaling/runs/runs.h"

namespace isoshape {

// The runs of a file as ImportTrials takes them, in the order of the rows. Each
// has a source: `name`, then its run if every row has one of its own, else its
// line, or its number among those that were read if several share a line.
std::vector<v1::ImportedRun> ToImportedRuns(const Runs& runs,
                                            const std::string& name);

// Adds depth and width to the runs, if the shapes that the campaign's space
// makes of them have the parameters that the file says: only then do its FLOPs
// per token hold for these models. Returns in words what was done; empty if the
// file has no depth and width.
std::string AddShapes(const v1::Campaign& campaign, const Runs& runs,
                      std::vector<v1::ImportedRun>& imported);

// A row that the coordinator did not take.
struct RefusedRow {
  size_t row = 0;
  std::string error;
};

struct ImportOutcome {
  size_t added = 0;
  size_t known = 0;  // were there already
  std::vector<RefusedRow> refused;
};

// Brings the runs into the campaign, a thousand at a time, without those that
// it refuses. Errors of calls that are about no single run; what was brought
// before stays, and a second call goes on.
absl::StatusOr<ImportOutcome> ImportRuns(
    Client& client, const std::string& campaign,
    const std::vector<v1::ImportedRun>& runs);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_COMMANDS_CAMPAIGNS_IMPORTED_RUNS_H_

#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_IMPORTED_RUNS_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_IMPORTED_RUNS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"
#include "scaling/runs/runs.h"
#include "storage/store.h"

namespace isoshape {

// Runs that were trained elsewhere and imported, beside those of a campaign or
// alone.

// The measured runs, then the imported ones. Columns that not all of them have
// go.
Runs JoinedRuns(const Runs& measured, Runs imported);

// Whether the campaign has imported trials alone, beside checks of predictions:
// nothing of its own is there to be told apart from them, nor to be waited for.
absl::StatusOr<bool> HasImportedAlone(Store& store,
                                      const v1::Campaign& campaign);

// Imported runs as those of a file: N is the parameters (docs/runs.md), and
// shapes have the budgets of the levels.
Runs AsOfFile(Runs runs, const std::vector<v1::Trial>& trials);

// `budgets` of the rows; none if their FLOPs fall into no levels, each being of
// its own then.
std::vector<v1::RankedShape> ShapesOfImported(
    const std::vector<v1::Trial>& trials, const std::vector<double>& budgets);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_IMPORTED_RUNS_H_

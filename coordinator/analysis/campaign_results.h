#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_RESULTS_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_RESULTS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "coordinator/analysis/variant_runs.h"
#include "figures/parts/figure_data.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"
#include "scaling/predict/fit_memo.h"
#include "scaling/runs/runs.h"
#include "storage/store.h"

namespace isoshape {

// The data of an analysis: the MeasuredPoints
// (messages/trial/measured_points.h) of a campaign's trials of purpose SEARCH,
// or of these and those that were imported.
// They are kept in the forms that analyses need and not as trials, because
// there may be very many of these. Those of the variants of a campaign are
// apart from one another: these are of `base`, and `variants` has the others.
struct CampaignResults {
  v1::Campaign campaign;                // as the variant (AsVariant)
  std::string variant;                  // as in Trial.variant
  int trials = 0;                       // that have points
  int imported = 0;                     // of these, the last rows of `runs`
  Runs runs;                            // ToRuns of them
  std::vector<int64_t> numbers;         // of the trial of each row of `runs`
  std::vector<v1::RankedShape> shapes;  // SummarizeShapes of them
  // Trials that no fit uses and a figure may show: they verify a prediction, or
  // came to nothing.
  std::vector<SideTrial> side;
  // Fits of `runs`, which questions share.
  std::shared_ptr<FitMemo> memo = std::make_shared<FitMemo>();
  // Warnings for the reader: trials left out, data repeated.
  std::vector<std::string> warnings;
  // Of `base` alone: the results of the other variants that have some; why
  // `base` has none, if so; and the trials of all variants, to be compared.
  std::map<std::string, std::shared_ptr<const CampaignResults>> variants;
  absl::Status status;
  std::vector<VariantRun> variant_runs;
  // Of `base` alone: its results together with the IMPORTED trials; none if
  // there are none of these. Best shapes are the same, unless there are no
  // others.
  std::shared_ptr<const CampaignResults> with_imported;
  // Of `base` alone: the campaign has no trials but those of `with_imported`
  // and checks of predictions, so that every question is about these. Their N
  // is the parameters, as that of a file.
  bool imported_alone = false;
};

// Which of a campaign's results are asked about.
struct ResultChoice {
  std::string variant{};  // empty: `base`
  // Together with the imported runs, which are used unasked if there are no
  // others.
  bool imported = false;
};

// INVALID_ARGUMENT if the campaign has no such variant, or imported runs are
// asked for of another than `base`; FAILED_PRECONDITION if there is no result.
absl::StatusOr<const CampaignResults*> ChosenResults(
    const CampaignResults& results, const ResultChoice& choice);

// INVALID_ARGUMENT if the name is malformed; NOT_FOUND if the campaign is not
// there; FAILED_PRECONDITION if no trial of any variant remains; CANCELLED if
// the computation is (common/threads/cancellation.h).
absl::StatusOr<CampaignResults> ReadCampaignResults(Store& store,
                                                    const std::string& name);
// The same of the trials that `keep` returns true for.
absl::StatusOr<CampaignResults> ReadCampaignResults(
    Store& store, const std::string& name,
    const std::function<bool(const v1::Trial&)>& keep);

// A row for each point of each trial, by trial, then budget: all columns but
// `line` and `decode_seconds`; `run` is the trial. Size is FLOPs per token / 6.
Runs ToRuns(const std::vector<v1::Trial>& trials);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_RESULTS_H_

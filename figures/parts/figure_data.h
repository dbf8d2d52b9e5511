#ifndef ISOSHAPE_FIGURES_PARTS_FIGURE_DATA_H_
#define ISOSHAPE_FIGURES_PARTS_FIGURE_DATA_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "isoshape/v1/trial.pb.h"
#include "scaling/predict/fit_memo.h"
#include "scaling/predict/predict.h"
#include "scaling/reports/law_options.h"
#include "scaling/runs/runs.h"
#include "shape/search_space.h"

namespace isoshape {

// A trial that no fit uses.
struct SideTrial {
  enum class Why {
    kVerification,  // trained to check a prediction; has a loss
    kFailed,
    kDiverged,
    kExcluded,
    kNoLoss,  // it ended, and its loss is none
  };
  Why why = Why::kFailed;
  int64_t number = 0;
  int64_t seed = 0;
  double budget = 0, flops = 0;
  double size = 0, tokens = 0;
  double depth = 0, width = 0;
  // NaN if there is none.
  double loss = std::numeric_limits<double>::quiet_NaN();
  double loss_stderr = 0;  // 0: not known
};

// The time in which a trial was trained.
struct TrialSpan {
  v1::Trial::State state = v1::Trial::STATE_UNSPECIFIED;
  double flops = 0;  // of the trial; of one that is trained now, spent so far
  // Seconds since 1970; NaN: not yet.
  double start = 0, end = 0;
  int lost_leases = 0;
};

// The shapes that a budget pays for.
struct BudgetSpace {
  SearchSpace space;
  std::function<int64_t(double budget_flops)> tokens_per_step;
};

// The data that figures are drawn from: the results of a campaign, or the runs
// of a file. Borrows what it points to. Parts that are not given are not drawn.
//
//   FigureData data{.name = "runs.csv", .runs = &runs};
struct FigureData {
  std::string name{};          // `campaigns/c1`, or that of the file
  const Runs* runs = nullptr;  // what fits rest on; needed, may be empty
  // Fits of `runs`, which figures share.
  std::shared_ptr<FitMemo> memo = std::make_shared<FitMemo>();
  std::span<const int64_t> numbers{};  // the trial of each row
  // Rows from here on were trained elsewhere and imported: other marks.
  size_t first_imported = std::numeric_limits<size_t>::max();
  // The colour scale: every isoFLOP level of the campaign or file, ascending.
  // Empty: those of `runs`.
  std::vector<double> budgets{};
  double target_flops = 0;  // of the campaign; 0: none
  std::span<const SideTrial> side{};
  // Measured shapes with what they cost; PARETO.
  std::span<const v1::RankedShape> shapes{};
  std::optional<BudgetSpace> space{};  // HEATMAP
  // Curves, and how many match; CURVES.
  std::span<const v1::Curve> curves{};
  int64_t matching_curves = 0;
  std::span<const TrialSpan> spans{};  // every trial; PROGRESS
  double planned_flops = 0;            // of trials that wait; PROGRESS
  double now = 0;                      // seconds since 1970; PROGRESS
  // Predicts at a compute; by default Predict of the runs.
  std::function<absl::StatusOr<Prediction>(double flops, std::optional<Law> law,
                                           const LawOptions& fit)>
      predict{};
  std::vector<std::string> warnings{};  // about the data
};

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_PARTS_FIGURE_DATA_H_

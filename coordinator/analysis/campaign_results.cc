#include "coordinator/analysis/campaign_results.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "common/threads/cancellation.h"
#include "coordinator/analysis/imported_runs.h"
#include "coordinator/analysis/shape_summary.h"
#include "coordinator/analysis/space_bounds.h"
#include "messages/campaign/campaign_recipe.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/names/resource_name.h"
#include "messages/trial/lifecycle.h"
#include "messages/trial/measured_points.h"

namespace isoshape {

namespace {

// Why there is nothing to analyse: trials are to be waited for, or what went
// wrong with the first.
absl::Status NoResult(Store& store, const v1::Campaign& campaign,
                      bool imported) {
  const v1::TrialCounts& counts = campaign.trial_counts();
  const std::string what = absl::StrFormat(
      "%s has no result yet: no search trial has succeeded (%d pending, %d "
      "running, %d failed, %d diverged)",
      campaign.name(), counts.pending(), counts.leased(), counts.failed(),
      counts.diverged());
  if (imported) {
    return absl::FailedPreconditionError(absl::StrCat(
        what,
        "; it has imported runs, which fits, predictions, figures and reports "
        "use with --imported (`imported`)"));
  }
  if (counts.pending() + counts.leased() > 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(what, "; wait for trials to end"));
  }
  for (const v1::Trial::State state :
       {v1::Trial::FAILED, v1::Trial::DIVERGED}) {
    const auto trials =
        store.ListTrials(campaign.name(), state, {.after = {}, .limit = 1});
    if (!trials.ok() || trials->empty()) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        what, "; ", trials->front().name(), ": ", trials->front().error()));
  }
  return absl::FailedPreconditionError(what);
}

// How a trial that is not used is shown.
SideTrial ToSide(const v1::Trial& trial, int64_t number, SideTrial::Why why) {
  SideTrial side{.why = why,
                 .number = number,
                 .seed = trial.seed(),
                 .budget = trial.budget_flops(),
                 .flops = ModelFlops(trial, trial.tokens()),
                 .size = TrialSize(trial),
                 .tokens = static_cast<double>(trial.tokens()),
                 .depth = static_cast<double>(trial.shape().depth()),
                 .width = static_cast<double>(trial.shape().width())};
  if (why == SideTrial::Why::kVerification) {
    const MeasuredPoint end = MeasuredPoints(trial).back();
    side.loss = end.loss;
    side.loss_stderr = end.loss_stderr;
  }
  return side;
}

// Sorts the trials of a campaign into those that are used and others.
class ResultReader {
 public:
  explicit ResultReader(const v1::Campaign& campaign)
      // A trial that diverged has points if trunks are shared.
      : diverged_count_(SharesTrunks(campaign)) {}

  void Add(v1::Trial trial, int64_t number) {
    if (!IsTrainedHere(trial)) return AddImported(std::move(trial), number);
    const bool verifies = trial.purpose() == v1::Trial::VERIFICATION;
    const bool succeeded = trial.state() == v1::Trial::SUCCEEDED;
    const bool counts = succeeded || (trial.state() == v1::Trial::DIVERGED &&
                                      diverged_count_ && !verifies);
    const bool measured = counts && !MeasuredPoints(trial).empty();
    if (measured && !verifies) {
      max_epochs_ = std::max(max_epochs_, trial.shape_card().epochs());
      used_.push_back(std::move(trial));
      numbers_.push_back(number);
      return;
    }
    if (!verifies && counts) {
      excluded_ += trial.excluded() ? 1 : 0;
      not_finite_ += succeeded && !trial.excluded() ? 1 : 0;
    }
    side_.push_back(ToSide(trial, number,
                           trial.excluded() ? SideTrial::Why::kExcluded
                           : measured       ? SideTrial::Why::kVerification
                           : succeeded      ? SideTrial::Why::kNoLoss
                           : trial.state() == v1::Trial::DIVERGED
                               ? SideTrial::Why::kDiverged
                               : SideTrial::Why::kFailed));
  }

  bool empty() const { return used_.empty(); }
  bool has_imported() const { return !imported_.empty(); }

  // The imported trials with the results that Fill made of the others; `alone`
  // if there are none and will be none.
  std::shared_ptr<CampaignResults> WithImported(const CampaignResults& measured,
                                                bool alone) && {
    auto all = std::make_shared<CampaignResults>();
    all->campaign = measured.campaign;
    all->variant = measured.variant;
    all->numbers = measured.numbers;
    all->shapes = measured.shapes;
    all->side = std::move(imported_side_);
    all->side.insert(all->side.end(), measured.side.begin(),
                     measured.side.end());
    all->imported = static_cast<int>(imported_.size());
    all->trials = measured.trials + all->imported;
    const Runs runs = ToRuns(imported_);
    all->runs =
        JoinedRuns(measured.runs, alone ? AsOfFile(runs, imported_) : runs);
    all->numbers.insert(all->numbers.end(), imported_numbers_.begin(),
                        imported_numbers_.end());
    all->warnings = measured.warnings;
    if (alone) {
      all->shapes = ShapesOfImported(imported_, all->runs.budget);
      all->warnings.push_back(absl::StrFormat(
          "the campaign has no runs but imported ones: answers rest on these "
          "%d",
          all->imported));
    } else {
      all->warnings.push_back(absl::StrFormat(
          "%d of %s %s imported", all->imported, Counted(all->trials, "run"),
          all->imported == 1 ? "was" : "were"));
    }
    return all;
  }

  // Takes what is not imported out of the reader.
  void Fill(CampaignResults& results) {
    results.trials = static_cast<int>(used_.size());
    results.runs = ToRuns(used_);
    results.shapes = SummarizeShapes(used_);
    results.side = std::move(side_);
    for (size_t i = 0; i < used_.size(); ++i) {
      results.numbers.insert(results.numbers.end(),
                             MeasuredPoints(used_[i]).size(), numbers_[i]);
    }
    if (excluded_ > 0) {
      results.warnings.push_back(
          absl::StrCat(excluded_, excluded_ == 1 ? " trial is" : " trials are",
                       " excluded and left out"));
    }
    if (not_finite_ > 0) {
      results.warnings.push_back(absl::StrCat(
          Counted(not_finite_, "trial"), " with a loss that is not above zero ",
          not_finite_ == 1 ? "is" : "are", " left out"));
    }
    if (max_epochs_ > 4) {
      results.warnings.push_back(absl::StrFormat(
          "data was repeated up to %.1f times; beyond about four passes "
          "repeated tokens are worth less than new ones, which bends every "
          "trend",
          max_epochs_));
    }
    std::vector<std::string> of_space =
        SpaceWarnings(results.campaign, results.runs);
    results.warnings.insert(results.warnings.end(),
                            std::make_move_iterator(of_space.begin()),
                            std::make_move_iterator(of_space.end()));
  }

 private:
  void AddImported(v1::Trial trial, int64_t number) {
    if (MeasuredPoints(trial).empty()) {
      imported_side_.push_back(
          ToSide(trial, number, SideTrial::Why::kExcluded));
      return;
    }
    imported_.push_back(std::move(trial));
    imported_numbers_.push_back(number);
  }

  const bool diverged_count_;
  std::vector<v1::Trial> imported_;
  std::vector<int64_t> imported_numbers_;
  std::vector<SideTrial> imported_side_;  // excluded
  std::vector<v1::Trial> used_;
  std::vector<int64_t> numbers_;  // of them
  std::vector<SideTrial> side_;
  int not_finite_ = 0;
  int excluded_ = 0;
  double max_epochs_ = 0;
};

}  // namespace

absl::StatusOr<CampaignResults> ReadCampaignResults(Store& store,
                                                    const std::string& name) {
  return ReadCampaignResults(store, name,
                             [](const v1::Trial&) { return true; });
}

absl::StatusOr<CampaignResults> ReadCampaignResults(
    Store& store, const std::string& name,
    const std::function<bool(const v1::Trial&)>& keep) {
  ISOSHAPE_RETURN_IF_ERROR(CheckCampaignName(name));
  CampaignResults results;
  ISOSHAPE_ASSIGN_OR_RETURN(results.campaign, store.GetCampaign(name));
  const v1::Campaign& campaign = results.campaign;
  results.variant = VariantField(campaign, kBaseVariant);
  std::map<std::string, ResultReader> readers;
  for (const std::string& variant : VariantNames(campaign)) {
    readers.emplace(variant, ResultReader(campaign));
  }
  for (const v1::Trial::State state :
       {v1::Trial::SUCCEEDED, v1::Trial::DIVERGED, v1::Trial::FAILED}) {
    Page<int64_t> page;
    while (true) {
      ISOSHAPE_ASSIGN_OR_RETURN(std::vector<v1::Trial> trials,
                                store.ListTrials(name, state, page));
      if (trials.empty()) break;
      if (Cancelled()) return absl::CancelledError("nobody waits for results");
      for (v1::Trial& trial : trials) {
        ISOSHAPE_ASSIGN_OR_RETURN(const TrialName parsed,
                                  ParseTrialName(trial.name()));
        page.after = parsed.number;
        if (!keep(trial)) continue;
        if (!campaign.variants().empty()) {
          AddVariantRuns(campaign, trial, &results.variant_runs);
        }
        const auto reader = readers.find(VariantOf(trial));
        if (reader == readers.end()) continue;
        reader->second.Add(std::move(trial), parsed.number);
      }
    }
  }
  bool any = false;
  for (auto& [variant, reader] : readers) {
    any = any || !reader.empty();
    if (reader.empty() || variant == kBaseVariant) continue;
    auto of_variant = std::make_shared<CampaignResults>();
    of_variant->campaign = AsVariant(campaign, variant);
    of_variant->variant = variant;
    reader.Fill(*of_variant);
    results.variants.emplace(variant, std::move(of_variant));
  }
  ResultReader& base = readers.at(kBaseVariant);
  const bool imported = base.has_imported();
  if (base.empty()) results.status = NoResult(store, campaign, imported);
  if (!any && !imported) return results.status;
  const bool measured = !base.empty();
  if (measured) base.Fill(results);
  if (!imported) return results;
  if (!any) {
    ISOSHAPE_ASSIGN_OR_RETURN(results.imported_alone,
                              HasImportedAlone(store, campaign));
  }
  results.with_imported =
      std::move(base).WithImported(results, results.imported_alone);
  return results;
}

absl::StatusOr<const CampaignResults*> ChosenResults(
    const CampaignResults& results, const ResultChoice& choice) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string name,
                            FindVariant(results.campaign, choice.variant));
  if (name == kBaseVariant) {
    if (results.imported_alone ||
        (choice.imported && results.with_imported != nullptr)) {
      return results.with_imported.get();
    }
    if (!results.status.ok()) return results.status;
    return &results;
  }
  if (choice.imported) {
    return absl::InvalidArgumentError(
        absl::StrCat("imported runs are of no variant, and ", name,
                     " is asked for; leave `imported` or `variant` out"));
  }
  const auto found = results.variants.find(name);
  if (found != results.variants.end()) return found->second.get();
  return absl::FailedPreconditionError(absl::StrCat(
      "variant ", name, " of ", results.campaign.name(),
      " has no result yet; wait for its trials to end, 'isoshape trial list' "
      "shows them"));
}

Runs ToRuns(const std::vector<v1::Trial>& trials) {
  Runs runs;
  runs.measure = SizeMeasure::kFlopsPerToken;
  for (const v1::Trial& trial : trials) {
    for (const MeasuredPoint& point : MeasuredPoints(trial)) {
      runs.size.push_back(TrialSize(trial));
      runs.tokens.push_back(IsTrainedHere(trial)
                                ? static_cast<double>(point.tokens)
                                : ImportedTokens(trial));
      runs.loss.push_back(point.loss);
      runs.loss_stderr.push_back(point.loss_stderr);
      runs.params.push_back(static_cast<double>(trial.parameters()));
      runs.flops.push_back(point.flops);
      runs.width.push_back(static_cast<double>(trial.shape().width()));
      runs.depth.push_back(static_cast<double>(trial.shape().depth()));
      runs.budget.push_back(point.budget_flops);
      runs.seed.push_back(absl::StrCat(trial.seed()));
      runs.run.push_back(trial.name());
    }
  }
  return runs;
}

}  // namespace isoshape

#include "coordinator/services/changes/change_batch.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/status/status_macros.h"
#include "coordinator/table/trial_columns.h"
#include "messages/names/resource_name.h"

namespace isoshape {
namespace {

// Rows that are read one by one from the store if the table is not in the
// cache.
constexpr size_t kFewRows = 200;

bool IsAsked(const v1::WatchChangesRequest& request,
             const std::string& campaign) {
  return request.campaigns().empty() ||
         std::find(request.campaigns().begin(), request.campaigns().end(),
                   campaign) != request.campaigns().end();
}

std::set<int64_t> TrialsOf(const v1::WatchChangesRequest& request,
                           const ChangesOfCampaign& of) {
  std::set<int64_t> trials = of.trials;
  if (request.measured()) trials.insert(of.measured.begin(), of.measured.end());
  return trials;
}

// The rows of these trials that there are.
void WriteRows(const v1::WatchChangesRequest& request,
               const std::set<int64_t>& trials, const TrialTable& table,
               v1::CampaignChange* change) {
  std::vector<size_t> rows;
  for (const int64_t number : trials) {
    const size_t row = table.RowFrom(number);
    if (row == table.rows() ||
        table.Number(row, 0) != static_cast<double>(number)) {
      continue;
    }
    rows.push_back(row);
    change->add_trials(number);
  }
  for (const std::string& column : request.columns()) {
    table.Write(TrialColumnIndex(column), rows, change->add_columns());
  }
}

absl::Status AddRows(Store& store, TableCache& tables,
                     const v1::WatchChangesRequest& request,
                     const std::set<int64_t>& trials,
                     v1::CampaignChange* change) {
  const std::string& campaign = change->campaign().name();
  // What compares a trial with others needs them all.
  const bool compared =
      std::find(request.columns().begin(), request.columns().end(),
                "loss_above_best") != request.columns().end();
  if (compared || trials.size() > kFewRows || tables.Has(campaign)) {
    absl::Status result;
    tables.ReadNow(campaign, [&](const absl::Status& status,
                                 const TrialTable& table, int64_t) {
      result = status;
      if (status.ok()) WriteRows(request, trials, table, change);
    });
    return result;
  }
  TrialTable table;
  for (const int64_t number : trials) {
    const absl::StatusOr<v1::Trial> trial =
        store.GetTrial(MakeTrialName(campaign, number));
    if (absl::IsNotFound(trial.status())) continue;
    ISOSHAPE_RETURN_IF_ERROR(trial.status());
    table.Put(*trial);
  }
  WriteRows(request, trials, table, change);
  return absl::OkStatus();
}

}  // namespace

bool Concerns(const v1::WatchChangesRequest& request, const Changes& changes) {
  return std::any_of(changes.begin(), changes.end(), [&](const auto& entry) {
    const ChangesOfCampaign& of = entry.second;
    return IsAsked(request, entry.first) &&
           (of.deleted || of.changed || !TrialsOf(request, of).empty());
  });
}

absl::StatusOr<v1::ChangeBatch> MakeChangeBatch(
    Store& store, TableCache& tables, const v1::WatchChangesRequest& request,
    const Changes& changes) {
  v1::ChangeBatch batch;
  for (const auto& [name, of] : changes) {
    const std::set<int64_t> trials = TrialsOf(request, of);
    if (!IsAsked(request, name) ||
        (!of.deleted && !of.changed && trials.empty())) {
      continue;
    }
    absl::StatusOr<v1::Campaign> campaign = store.GetCampaign(name);
    if (!campaign.ok() && !absl::IsNotFound(campaign.status())) {
      return campaign.status();
    }
    if (of.deleted || !campaign.ok()) {
      v1::CampaignChange& gone = *batch.add_changes();
      gone.mutable_campaign()->set_name(name);
      gone.set_deleted(true);
    }
    if (!campaign.ok()) continue;
    v1::CampaignChange& change = *batch.add_changes();
    *change.mutable_campaign() = *std::move(campaign);
    if (request.columns().empty()) {
      change.mutable_trials()->Add(trials.begin(), trials.end());
      continue;
    }
    absl::Status rows = AddRows(store, tables, request, trials, &change);
    if (absl::IsNotFound(rows)) {
      // Deleted between the two reads; that it is gone comes next.
      batch.mutable_changes()->RemoveLast();
    } else if (!rows.ok()) {
      return rows;
    }
  }
  return batch;
}

}  // namespace isoshape

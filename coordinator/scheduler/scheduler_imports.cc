// Runs that were trained elsewhere.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "coordinator/planning/imported_run.h"
#include "coordinator/scheduler/scheduler.h"
#include "messages/json/proto_time.h"
#include "messages/names/resource_name.h"
#include "messages/trial/import_request.h"

namespace isoshape {
namespace {

absl::Status CheckCount(const v1::ImportTrialsRequest& request) {
  if (request.runs().empty()) {
    return absl::InvalidArgumentError("runs is empty; give 1 to 1000 runs");
  }
  if (request.runs_size() <= kMaxImportedRuns) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("runs has ", request.runs_size(), " entries; give at most ",
                   kMaxImportedRuns, " in one call"));
}

// That no two runs of a request come from the same place.
absl::Status CheckSources(const v1::ImportTrialsRequest& request) {
  std::map<std::string, int> first;
  for (int i = 0; i < request.runs_size(); ++i) {
    const auto [it, added] = first.emplace(request.runs(i).source(), i);
    if (added) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("runs[", i, "].source '", it->first, "' is that of runs[",
                     it->second, "] as well; give each run one of its own"));
  }
  return absl::OkStatus();
}

// The trials that the runs become, all of which are looked at before any is
// added.
absl::StatusOr<std::vector<v1::Trial>> PrepareAll(
    const CampaignState& state, const v1::ImportTrialsRequest& request) {
  if (state.campaign.state() == v1::Campaign::CANCELLED) {
    return WrongState(state.campaign, "given runs",
                      "make a new campaign to go on");
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckCount(request));
  std::vector<v1::Trial> prepared;
  for (int i = 0; i < request.runs_size(); ++i) {
    const std::string path = absl::StrCat("runs[", i, "]");
    ISOSHAPE_ASSIGN_OR_RETURN(
        prepared.emplace_back(),
        PrepareImportedRun(state.campaign, request.runs(i), path));
    const auto known = state.imported.find(request.runs(i).source());
    if (known == state.imported.end()) continue;
    const v1::Trial& there = *state.Find(known->second);
    const std::string difference = ImportDifference(there, prepared.back());
    if (difference.empty()) continue;
    return absl::AlreadyExistsError(absl::StrCat(
        path, ".source '", known->first, "' is that of trial ", there.name(),
        ", which is not the same: ", difference,
        "; exclude that trial and give this run another source, or leave it "
        "out"));
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckSources(request));
  return prepared;
}

}  // namespace

absl::StatusOr<v1::ImportTrialsResponse> Scheduler::ImportTrials(
    const v1::ImportTrialsRequest& request) {
  return Once(request, [&]() -> absl::StatusOr<v1::ImportTrialsResponse> {
    ISOSHAPE_ASSIGN_OR_RETURN(CampaignState* const state,
                              FindCampaign(request.parent()));
    ISOSHAPE_RETURN_IF_ERROR(ReadTrials(*state));
    ISOSHAPE_ASSIGN_OR_RETURN(std::vector<v1::Trial> prepared,
                              PrepareAll(*state, request));
    v1::ImportTrialsResponse response;
    for (v1::Trial& run : prepared) {
      const auto known = state->imported.find(run.source());
      if (known != state->imported.end()) {
        response.set_known(response.known() + 1);
        *response.add_trials() = *state->Find(known->second);
        continue;
      }
      v1::Trial& trial = state->trials.emplace_back(std::move(run));
      const auto number = static_cast<int64_t>(state->trials.size());
      trial.set_name(MakeTrialName(state->campaign.name(), number));
      *trial.mutable_create_time() = ToProto(Now());
      *trial.mutable_end_time() = trial.create_time();
      state->imported.emplace(trial.source(), number);
      state->history.Set(number, trial);
      changes_.TrialChanged(state->campaign.name(), number);
      AppendTrialEvent(
          *state, trial,
          absl::StrFormat("%s is imported from %s with validation loss %.4f",
                          trial.name(), trial.source(),
                          trial.shape_card().validation_loss()));
      *response.add_trials() = trial;
    }
    const int added = response.trials_size() - response.known();
    if (added > 0) {
      NoteCampaign(*state, absl::StrCat(Counted(added, "run"), " imported"));
    }
    return response;
  });
}

}  // namespace isoshape

#include "tests/coordinator/simulation/witness.h"

#include <iterator>
#include <optional>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "messages/names/resource_name.h"
#include "messages/trial/lifecycle.h"

namespace isoshape {
namespace {

bool IsOf(const std::string& trial, const std::string& campaign) {
  return absl::StartsWith(trial, campaign + "/");
}

}  // namespace

bool Witness::IsFirst(const std::string& method, const std::string& request_id,
                      const absl::Status& status, const std::string& answer) {
  const std::string now = status.ok() ? answer : status.ToString();
  const auto before = answers_.find({method, request_id});
  if (before == answers_.end()) {
    if (status.ok()) answers_[{method, request_id}] = answer;
    return status.ok();
  }
  ++replays_;
  if (before->second != now) {
    timeline_.Fail(absl::StrCat(method, " ", request_id, " was answered '",
                                before->second, "' and then '", now, "'"));
  }
  return false;
}

void Witness::CheckToken(const std::string& call, const std::string& trial,
                         int64_t token) {
  if (newest_[trial] == token) return;
  timeline_.Fail(absl::StrCat(call, " of ", trial, " was taken with token ",
                              token, "; the newest is ", newest_[trial]));
}

void Witness::Committed(const v1::CreateCampaignRequest& request,
                        const absl::StatusOr<v1::Campaign>& answer) {
  if (!IsFirst("CreateCampaign", request.request_id(), answer.status(),
               answer.ok() ? answer->name() : "")) {
    return;
  }
  if (!campaigns_.insert(answer->name()).second ||
      deleted_.contains(answer->name())) {
    timeline_.Fail(absl::StrCat(answer->name(), " was made twice"));
  }
}

void Witness::Committed(const v1::DeleteCampaignRequest& request,
                        const absl::StatusOr<google::protobuf::Empty>& answer) {
  if (!IsFirst("DeleteCampaign", request.request_id(), answer.status(), "")) {
    return;
  }
  campaigns_.erase(request.name());
  deleted_.insert(request.name());
  std::erase_if(results_, [&](const auto& entry) {
    return IsOf(entry.first, request.name());
  });
}

void Witness::Committed(const v1::CreateTrialRequest& request,
                        const absl::StatusOr<v1::Trial>& answer) {
  if (!IsFirst("CreateTrial", request.request_id(), answer.status(),
               answer.ok() ? answer->name() : "")) {
    return;
  }
  if (!made_by_user_.insert(answer->name()).second) {
    timeline_.Fail(absl::StrCat(answer->name(), " was made twice"));
  }
}

void Witness::Committed(
    const v1::ImportTrialsRequest& request,
    const absl::StatusOr<v1::ImportTrialsResponse>& answer) {
  if (!IsFirst("ImportTrials", request.request_id(), answer.status(),
               answer.ok() ? answer->SerializeAsString() : "")) {
    return;
  }
  for (const v1::Trial& trial : answer->trials()) {
    results_.emplace(
        trial.name(),
        Result{trial.state(), trial.shape_card().validation_loss(), 0});
  }
}

void Witness::Committed(const v1::RetryTrialRequest& request,
                        const absl::StatusOr<v1::Trial>& answer) {
  if (!IsFirst("RetryTrial", request.request_id(), answer.status(),
               answer.ok() ? answer->name() : "")) {
    return;
  }
  results_.erase(request.name());
  ++retries_[request.name()];
}

void Witness::Committed(const v1::LeaseTrialsRequest& request,
                        const absl::StatusOr<v1::LeaseTrialsResponse>& answer) {
  if (!answer.ok()) return;
  for (const v1::Lease& lease : answer->leases()) {
    const std::string& name = lease.trial().name();
    const int64_t token = lease.fencing_token();
    const std::string& reserved = lease.trial().reserved_worker();
    if (!reserved.empty() && reserved != request.worker()) {
      timeline_.Fail(absl::StrCat(name, " is reserved for ", reserved,
                                  " and went to ", request.worker()));
    }
    const auto [known, first] = tokens_.try_emplace(token, name);
    if (known->second != name) {
      timeline_.Fail(absl::StrCat("token ", token, " was given for ",
                                  known->second, " and for ", name));
    }
    int64_t& newest = newest_[name];
    if (token < newest || (first && token == newest)) {
      timeline_.Fail(
          absl::StrCat("token ", token, " of ", name, " comes after ", newest));
    }
    newest = token;
    if (first && results_.contains(name)) {
      timeline_.Fail(
          absl::StrCat(name, " was leased again, though it is completed"));
    }
  }
}

void Witness::Committed(const v1::HeartbeatRequest& request,
                        const absl::StatusOr<v1::HeartbeatResponse>& answer) {
  if (!answer.ok()) {
    ++refused_;
    return;
  }
  CheckToken("Heartbeat", request.trial(), request.fencing_token());
}

void Witness::Committed(
    const v1::BatchHeartbeatRequest& request,
    const absl::StatusOr<v1::BatchHeartbeatResponse>& answer) {
  if (!answer.ok()) {
    timeline_.Fail(answer.status().ToString());
    return;
  }
  for (int i = 0; i < request.heartbeats_size(); ++i) {
    const v1::HeartbeatRequest& one = request.heartbeats(i);
    if (answer->results(i).has_response()) {
      CheckToken("BatchHeartbeat", one.trial(), one.fencing_token());
    } else {
      ++refused_;
    }
  }
}

void Witness::Sent(const v1::ReportMeasurementsRequest& request) {
  Points& points = points_[{request.trial(), request.fencing_token()}];
  for (const v1::Measurement& point : request.measurements()) {
    points.sent[point.step()].insert(point.train_loss());
  }
}

void Witness::Committed(
    const v1::ReportMeasurementsRequest& request,
    const absl::StatusOr<v1::ReportMeasurementsResponse>& answer) {
  if (!answer.ok()) {
    ++refused_;
    return;
  }
  CheckToken("ReportMeasurements", request.trial(), request.fencing_token());
  Points& points = points_[{request.trial(), request.fencing_token()}];
  for (const v1::Measurement& point : request.measurements()) {
    points.acknowledged.insert(point.step());
  }
}

void Witness::Committed(
    const v1::CompleteTrialRequest& request,
    const absl::StatusOr<v1::CompleteTrialResponse>& answer) {
  refused_ += answer.ok() ? 0 : 1;
  if (!IsFirst("CompleteTrial", request.request_id(), answer.status(),
               answer.ok() ? absl::StrCat(answer->state()) : "")) {
    return;
  }
  CheckToken("CompleteTrial", request.trial(), request.fencing_token());
  if (!IsFinal(answer->state())) return;
  ++completions_;
  if (!results_
           .try_emplace(
               request.trial(),
               Result{answer->state(), request.shape_card().validation_loss(),
                      request.fencing_token()})
           .second) {
    timeline_.Fail(absl::StrCat(request.trial(), " was completed twice"));
  }
}

void Witness::Committed(
    const v1::ReleaseTrialRequest& request,
    const absl::StatusOr<v1::ReleaseTrialResponse>& answer) {
  refused_ += answer.ok() ? 0 : 1;
  if (!IsFirst("ReleaseTrial", request.request_id(), answer.status(),
               answer.ok() ? absl::StrCat(answer->state()) : "")) {
    return;
  }
  CheckToken("ReleaseTrial", request.trial(), request.fencing_token());
}

std::string Witness::AnyCompleted() {
  if (results_.empty()) return "";
  return std::next(results_.begin(),
                   static_cast<ptrdiff_t>(timeline_.Pick(results_.size())))
      ->first;
}

void Witness::CheckPoints(Store& store, const v1::Trial& trial) {
  const auto known = points_.find({trial.name(), trial.fencing_token()});
  if (known == points_.end() || retries_.contains(trial.name())) return;
  const auto stored = store.ListMeasurements(trial.name(), {});
  if (!stored.ok()) {
    timeline_.Fail(absl::StrCat("no curve: ", stored.status().ToString()));
    return;
  }
  std::map<int64_t, double> curve;
  for (const v1::Measurement& point : *stored) {
    curve[point.step()] = point.train_loss();
  }
  for (const int64_t step : known->second.acknowledged) {
    const auto point = curve.find(step);
    if (point == curve.end() ||
        !known->second.sent[step].contains(point->second)) {
      timeline_.Fail(absl::StrCat("the point of step ", step, " of ",
                                  trial.name(), " was acknowledged and is ",
                                  point == curve.end() ? "lost" : "another"));
    }
  }
}

void Witness::CheckTrial(Store& store, const v1::Trial& trial) {
  const auto result = results_.find(trial.name());
  if (result != results_.end()) {
    const Result& known = result->second;
    if (trial.state() != known.state || trial.fencing_token() != known.token ||
        (known.state == v1::Trial::SUCCEEDED &&
         trial.shape_card().validation_loss() != known.loss)) {
      timeline_.Fail(absl::StrCat(
          "the result of ", trial.name(),
          " was acknowledged and is lost: ", trial.ShortDebugString()));
    }
  }
  // One that its worker gave back waits without a token.
  if (trial.fencing_token() != 0 &&
      trial.fencing_token() < newest_[trial.name()]) {
    timeline_.Fail(absl::StrCat(trial.name(), " forgot its token ",
                                newest_[trial.name()]));
  }
  CheckPoints(store, trial);
}

std::vector<v1::Trial> Witness::TrialsOf(Store& store,
                                         const CampaignState& state) {
  if (state.has_trials) return {state.trials.begin(), state.trials.end()};
  auto stored =
      store.ListTrials(state.campaign.name(), std::nullopt, Page<int64_t>());
  if (!stored.ok()) {
    timeline_.Fail(
        absl::StrCat("the trials of ", state.campaign.name(),
                     " cannot be read: ", stored.status().ToString()));
    return {};
  }
  // What was imported is in no count.
  const int64_t counted =
      std::count_if(stored->begin(), stored->end(), IsTrainedHere);
  if (counted != AllTrials(state.campaign.trial_counts())) {
    timeline_.Fail(absl::StrCat(state.campaign.name(), " counts ",
                                AllTrials(state.campaign.trial_counts()),
                                " trials and has ", counted));
  }
  return *std::move(stored);
}

void Witness::CheckAll(Store& store, const Scheduler& scheduler) {
  std::map<std::string, int64_t> stored;  // by campaign, how many trials
  for (const std::string& name : campaigns_) {
    const auto state = scheduler.campaigns().find(name);
    if (state == scheduler.campaigns().end()) {
      timeline_.Fail(absl::StrCat(name, " was acknowledged and is lost"));
      return;
    }
    // Also that trials are numbered from 1 without a gap.
    for (const v1::Trial& trial : TrialsOf(store, state->second)) {
      CheckTrial(store, trial);
      ++stored[name];
    }
  }
  for (const auto& [name, result] : results_) {
    const TrialName parsed = *ParseTrialName(name);
    if (stored[parsed.campaign] < parsed.number) {
      timeline_.Fail(absl::StrCat(name, " was completed and is lost"));
    }
  }
}

void Witness::CheckEnd(Store& store, const Scheduler& scheduler) {
  CheckAll(store, scheduler);
  for (const auto& [name, state] : scheduler.campaigns()) {
    const std::set<double> budgets(state.campaign.budgets().begin(),
                                   state.campaign.budgets().end());
    std::set<std::tuple<double, std::string, int64_t>> runs;
    std::set<std::string> sources;
    for (const v1::Trial& trial : TrialsOf(store, state)) {
      if (!IsFinal(trial.state())) {
        timeline_.Fail(absl::StrCat(trial.name(), " has not ended"));
      }
      if (!IsTrainedHere(trial)) {
        if (!sources.insert(trial.source()).second) {
          timeline_.Fail(absl::StrCat(trial.source(), " was imported twice"));
        }
        continue;
      }
      if (!budgets.contains(trial.budget_flops())) {
        timeline_.Fail(absl::StrCat(trial.name(), " has a budget of its own"));
      }
      if (!runs.emplace(trial.budget_flops(), trial.shape().SerializeAsString(),
                        trial.seed())
               .second) {
        timeline_.Fail(
            absl::StrCat("a run is planned twice: ", trial.ShortDebugString()));
      }
    }
    std::map<std::string, int> ends;
    Page<int64_t> page;
    while (true) {
      const auto events = store.ListEvents(name, page);
      if (!events.ok() || events->empty()) break;
      page.after = events->back().sequence();
      for (const v1::CampaignEvent& event : *events) {
        if (event.kind() == v1::CampaignEvent::TRIAL_CHANGED &&
            IsFinal(event.trial_state())) {
          ++ends[event.trial()];
        }
      }
    }
    for (const auto& [trial, count] : ends) {
      if (count > 1 + retries_[trial]) {
        timeline_.Fail(absl::StrCat(trial, " ended ", count, " times"));
      }
    }
  }
}

}  // namespace isoshape

#include "tests/coordinator/simulation/simulated_clients.h"

#include <algorithm>
#include <iterator>

#include "messages/trial/lease_request.h"
#include "tests/coordinator/small_campaign.h"

namespace isoshape {
namespace {

constexpr int64_t kSteps = 4;  // of a run that ends by itself

}  // namespace

Network::Network(Timeline* timeline, SimulatedCoordinator* coordinator)
    : timeline_(*timeline), coordinator_(*coordinator) {
  coordinator->set_reply(
      [this](const std::shared_ptr<Call>& call, Outcome outcome) {
        Carry([call, delivered = std::move(outcome.delivered)] {
          if (!std::exchange(call->over, true)) delivered();
        });
      });
}

void Network::Carry(std::function<void()> action) {
  if (timeline_.Chance(faults_.lost)) return;
  if (timeline_.Chance(faults_.twice)) {
    timeline_.After(timeline_.Between(0, 60), action);
  }
  timeline_.After(timeline_.Chance(faults_.late) ? timeline_.Between(20, 120)
                                                 : timeline_.Between(0, 0.5),
                  std::move(action));
}

void Network::Send(const std::shared_ptr<Call>& call) {
  if (call->over) return;
  Carry([this, call] { coordinator_.Receive(call); });
  timeline_.After(timeline_.Between(3, 12), [this, call] { Send(call); });
}

void Client::Later(absl::Duration delay, std::function<void()> action) {
  timeline_.After(delay, [this, life = life_, action = std::move(action)] {
    if (life == life_) action();
  });
}

void Client::BeginAnew() {
  ++life_;
  for (const std::weak_ptr<Call>& call : open_) {
    if (const auto open = call.lock()) open->over = true;
  }
  open_.clear();
}

bool SimulatedWorker::Lives(std::function<void()> again) {
  const absl::Duration now = timeline_.clock().Elapsed();
  if (now < stalled_until_) {
    Later(stalled_until_ - now, std::move(again));
    return false;
  }
  if (!faulty_) return true;
  if (timeline_.Chance(0.01)) {
    stalled_until_ = now + timeline_.Between(5, 90);
    timeline_.Note(absl::StrCat(name_, " stalls until ",
                                absl::FormatDuration(stalled_until_)));
    Later(stalled_until_ - now, std::move(again));
    return false;
  }
  if (timeline_.Chance(0.01)) {
    timeline_.Note(absl::StrCat(name_, " dies"));
    BeginAnew();
    runs_ = 0;
    Later(timeline_.Between(1, 60), [this] { Start(); });
    return false;
  }
  return true;
}

void SimulatedWorker::Start() {
  v1::RegisterWorkerRequest request;
  request.mutable_worker()->set_name("workers/" + name_);
  request.mutable_worker()->set_slots(2);
  request.mutable_worker()->add_datasets("text");
  Do(&Scheduler::RegisterWorker, request, "",
     [this](const absl::StatusOr<v1::RegisterWorkerResponse>&) { Ask(); });
}

void SimulatedWorker::Ask() {
  if (!Lives([this] { Ask(); })) return;
  if (runs_ >= 2) return Later(timeline_.Between(2, 8), [this] { Ask(); });
  v1::LeaseTrialsRequest request;
  request.set_worker("workers/" + name_);
  request.set_max_trials(static_cast<int32_t>(2 - runs_));
  Do(&Scheduler::LeaseTrials, request, "",
     [this](const absl::StatusOr<v1::LeaseTrialsResponse>& answer) {
       if (answer.ok()) {
         for (const v1::Lease& lease : answer->leases()) {
           ++runs_;
           timeline_.Note(absl::StrCat(name_, " trains ", lease.trial().name(),
                                       " by token ", lease.fencing_token()));
           Train(lease, 1);
         }
       }
       Later(timeline_.Between(2, 8), [this] { Ask(); });
     });
}

void SimulatedWorker::Train(const v1::Lease& lease, int64_t step) {
  if (!Lives([this, lease, step] { Train(lease, step); })) return;
  if (step > kSteps) return Complete(lease, /*certain=*/true);
  if (faulty_ && timeline_.Chance(0.03)) return Release(lease);
  const std::string what =
      absl::StrCat(lease.trial().name(), " ", lease.fencing_token());
  if (timeline_.Chance(0.2)) {
    v1::BatchHeartbeatRequest request;
    request.set_worker("workers/" + name_);
    *request.add_heartbeats() = For<v1::HeartbeatRequest>(lease);
    Do(&Scheduler::BatchHeartbeat, request, what,
       [this, lease,
        step](const absl::StatusOr<v1::BatchHeartbeatResponse>& answer) {
         GoOn(lease, step,
              !answer.ok()                        ? answer.status()
              : answer->results(0).has_response() ? absl::OkStatus()
                                                  : absl::AbortedError(""));
       });
    return;
  }
  if (timeline_.Chance(0.25)) {
    Do(&Scheduler::Heartbeat, For<v1::HeartbeatRequest>(lease), what,
       [this, lease,
        step](const absl::StatusOr<v1::HeartbeatResponse>& answer) {
         GoOn(lease, step, answer.status());
       });
    return;
  }
  auto request = For<v1::ReportMeasurementsRequest>(lease);
  v1::Measurement& point = *request.add_measurements();
  point.set_step(step);
  // Different for every report, so that a point of another one is seen.
  point.set_train_loss(static_cast<double>(timeline_.Pick(1 << 30)));
  witness_.Sent(request);
  Do(&Scheduler::ReportMeasurements, request,
     absl::StrCat(what, " step ", step),
     [this, lease,
      step](const absl::StatusOr<v1::ReportMeasurementsResponse>& answer) {
       GoOn(lease, step, answer.status());
     });
}

void SimulatedWorker::GoOn(const v1::Lease& lease, int64_t step,
                           const absl::Status& status) {
  if (status.ok()) {
    Later(timeline_.Between(1, 10),
          [this, lease, step] { Train(lease, step + 1); });
    return;
  }
  // The lease is lost. Some workers report all the same.
  if (timeline_.Chance(0.3)) return Complete(lease, /*certain=*/false);
  --runs_;
}

void SimulatedWorker::Complete(const v1::Lease& lease, bool certain) {
  auto request = For<v1::CompleteTrialRequest>(lease);
  if (timeline_.Chance(0.05)) {
    request.set_state(v1::Trial::DIVERGED);
    request.set_error("rose");
  } else {
    request.set_state(v1::Trial::SUCCEEDED);
    request.mutable_shape_card()->set_validation_loss(
        LossOf(lease.trial()) +
        1e-9 * static_cast<double>(timeline_.Pick(1 << 20)));
  }
  Do(&Scheduler::CompleteTrial, request,
     absl::StrCat(lease.trial().name(), " ", lease.fencing_token(),
                  certain ? "" : " though lost"),
     [this](const absl::StatusOr<v1::CompleteTrialResponse>&) { --runs_; });
}

void SimulatedWorker::Release(const v1::Lease& lease) {
  auto request = For<v1::ReleaseTrialRequest>(lease);
  request.set_cause(
      static_cast<v1::ReleaseTrialRequest::Cause>(timeline_.Pick(3)));
  request.set_reason("it was to be");
  Do(&Scheduler::ReleaseTrial, request,
     absl::StrCat(lease.trial().name(), " ", lease.fencing_token()),
     [this](const absl::StatusOr<v1::ReleaseTrialResponse>&) { --runs_; });
}

void SimulatedOperator::Create() {
  v1::CreateCampaignRequest request;
  *request.mutable_campaign() = SmallCampaign();
  request.mutable_campaign()->set_seeds(timeline_.Chance(0.5) ? 2 : 1);
  ++made_;
  Do(&Scheduler::CreateCampaign, request, "",
     [this](const absl::StatusOr<v1::Campaign>& answer) {
       if (!answer.ok()) timeline_.Fail(answer.status().ToString());
       Next();
     });
}

void SimulatedOperator::Act() {
  const auto next = [this](const auto&) { Next(); };
  if (witness_.campaigns().empty()) {
    return finishing_ && made_ > 0 ? void() : Create();
  }
  const std::string name = *std::next(
      witness_.campaigns().begin(),
      static_cast<ptrdiff_t>(timeline_.Pick(witness_.campaigns().size())));
  const size_t what = finishing_ ? 2 : timeline_.Pick(11);
  if (what == 0 && made_ < 3) return Create();
  if (what == 1) {
    v1::PauseCampaignRequest request;
    request.set_name(name);
    return Do(&Scheduler::PauseCampaign, request, name, next);
  }
  if (what <= 3) {
    v1::ResumeCampaignRequest request;
    request.set_name(name);
    return Do(&Scheduler::ResumeCampaign, request, name, next);
  }
  if (what <= 5) {
    const std::string trial = witness_.AnyCompleted();
    if (trial.empty()) return Next();
    v1::RetryTrialRequest request;
    request.set_name(trial);
    return Do(&Scheduler::RetryTrial, request, trial, next);
  }
  if (what == 6) {
    v1::CreateTrialRequest request;
    request.set_parent(name);
    request.mutable_trial()->mutable_shape()->set_depth(2);
    request.mutable_trial()->mutable_shape()->set_width(64);
    request.mutable_trial()->set_budget_flops(2.5e11);
    request.mutable_trial()->set_seed(++user_seed_);
    if (timeline_.Chance(0.5)) {
      request.mutable_trial()->set_reserved_worker(
          absl::StrCat("workers/", std::string(1, "abc"[timeline_.Pick(3)])));
    }
    return Do(&Scheduler::CreateTrial, request, name, next);
  }
  if (what == 7) {
    v1::UpdateCampaignRequest request;
    request.mutable_campaign()->set_name(name);
    request.mutable_campaign()->set_seeds(3);
    request.mutable_update_mask()->add_paths("seeds");
    return Do<v1::UpdateCampaignRequest, v1::Campaign>(
        &Scheduler::UpdateCampaign, request, name, next);
  }
  if (what == 8 && timeline_.Chance(0.2)) {
    v1::DeleteCampaignRequest request;
    request.set_name(name);
    request.set_force(true);
    return Do(&Scheduler::DeleteCampaign, request, name, next);
  }
  if (what == 10) {
    v1::ImportTrialsRequest request;
    request.set_parent(name);
    // Some are there already, of another call.
    for (size_t source = timeline_.Pick(5), end = source + 3; source < end;
         ++source) {
      v1::ImportedRun& run = *request.add_runs();
      run.set_source(absl::StrCat("runs.csv:", source));
      run.set_parameters(1e6);
      run.set_tokens(2e7);
      run.set_validation_loss(3 + 0.01 * static_cast<double>(source));
    }
    return Do(&Scheduler::ImportTrials, request, name, next);
  }
  if (what == 9 && timeline_.Chance(0.2)) {
    v1::CancelCampaignRequest request;
    request.set_name(name);
    return Do(&Scheduler::CancelCampaign, request, name, next);
  }
  Next();
}

}  // namespace isoshape

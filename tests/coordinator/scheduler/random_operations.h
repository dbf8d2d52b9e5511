#ifndef ISOSHAPE_TESTS_COORDINATOR_SCHEDULER_RANDOM_OPERATIONS_H_
#define ISOSHAPE_TESTS_COORDINATOR_SCHEDULER_RANDOM_OPERATIONS_H_

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "coordinator/scheduler/eligibility.h"
#include "messages/json/proto_time.h"
#include "messages/trial/lifecycle.h"
#include "tests/coordinator/scheduler/random_faults.h"

namespace isoshape {

// Random operations, with lost leases, failing commits and restarts between
// them. A model foretells of every call on a lease whether it must be taken or
// refused.
class RandomOperations : public RandomFaults {
 protected:
  int imports_ = 0;  // calls
  // By campaign, the sources that it has and their losses.
  std::map<std::string, std::map<std::string, double>> imported_;

  void Step() {
    switch (Pick(14)) {
      case 0:
        if (names_.size() < 6) AddCampaign();
        break;
      case 1:
        if (!names_.empty()) ChangeCampaign();
        break;
      case 2: {
        if (Chance(0.3)) {
          ChangeWorker();
          break;
        }
        v1::RegisterWorkerRequest request;
        request.mutable_worker()->set_name(absl::StrCat("workers/", Pick(3)));
        request.mutable_worker()->add_datasets("text");
        ASSERT_TRUE(Insist(&Scheduler::RegisterWorker, request).ok());
        break;
      }
      case 3:
      case 4:
      case 5:
        LeaseSome();
        break;
      case 6:
        clock_.Advance(absl::Seconds(1 + Pick(60)));
        break;
      case 7:
        Reload();
        break;
      case 8:
        // The time of day is of no account.
        clock_.Set(clock_.Now() + absl::Hours(Chance(0.5) ? 24 : -24));
        if (!held_.empty()) ChangeTrial();
        break;
      case 9: {
        // Two groups of calls, one after the other.
        const absl::Duration wait = absl::Seconds(Pick(3));
        scheduler_->NoteWait(wait);
        scheduler_->NoteWait(wait);
        break;
      }
      default: {
        if (leases_.empty()) break;
        // Half of the time one that is probably good still.
        const size_t among =
            Chance(0.5) ? leases_.size() : std::min<size_t>(4, leases_.size());
        UseLease(leases_[leases_.size() - 1 - Pick(among)]);
      }
    }
  }

  void AddCampaign() {
    v1::CreateCampaignRequest request;
    *request.mutable_campaign() = SmallCampaign();
    request.mutable_campaign()->set_seeds(Chance(0.5) ? 2 : 1);
    const auto created = Insist(&Scheduler::CreateCampaign, request);
    ASSERT_TRUE(created.ok()) << created.status();
    EXPECT_TRUE(names_.insert(created->name()).second)
        << created->name() << " came back";
  }

  // Whether a verb that needs no more than a name is taken.
  template <typename Request>
  bool OnCampaign(
      absl::StatusOr<v1::Campaign> (Scheduler::*verb)(const Request&),
      const std::string& name) {
    Request request;
    request.set_name(name);
    return Insist(verb, request).ok();
  }

  void ChangeCampaign() {
    const std::string name = *std::next(names_.begin(), Pick(names_.size()));
    const auto state = GetCampaign(name).state();
    const bool over =
        HasEnded(GetCampaign(name)) || state == v1::Campaign::CANCELLED;
    switch (Pick(6)) {
      case 0:
        EXPECT_EQ(OnCampaign(&Scheduler::PauseCampaign, name), !over);
        break;
      case 1:
        EXPECT_EQ(OnCampaign(&Scheduler::ResumeCampaign, name), !over);
        break;
      case 2:
        if (!Chance(0.3)) break;
        EXPECT_EQ(OnCampaign(&Scheduler::CancelCampaign, name),
                  !over || state == v1::Campaign::CANCELLED);
        break;
      case 3: {
        v1::CreateTrialRequest request;
        request.set_parent(name);
        request.mutable_trial()->mutable_shape()->set_depth(2);
        request.mutable_trial()->mutable_shape()->set_width(64);
        request.mutable_trial()->set_budget_flops(2.5e11);
        // The same run twice is refused.
        request.mutable_trial()->set_seed(1000 + ++created_trials_);
        if (Chance(0.5)) {
          request.mutable_trial()->set_reserved_worker(
              absl::StrCat("workers/", Pick(3)));
        }
        EXPECT_EQ(Insist(&Scheduler::CreateTrial, request).ok(),
                  state != v1::Campaign::CANCELLED);
        ImportSome(name, state != v1::Campaign::CANCELLED);
        break;
      }
      case 4: {
        v1::UpdateCampaignRequest request;
        request.mutable_campaign()->set_name(name);
        request.mutable_campaign()->set_seeds(
            std::min(3, GetCampaign(name).seeds() + 1));
        request.mutable_update_mask()->add_paths("seeds");
        EXPECT_EQ(Insist(&Scheduler::UpdateCampaign, request).ok(),
                  state != v1::Campaign::CANCELLED);
        break;
      }
      default: {
        if (!Chance(0.2)) break;
        v1::DeleteCampaignRequest request;
        request.set_name(name);
        request.set_force(true);
        ASSERT_TRUE(Insist(&Scheduler::DeleteCampaign, request).ok());
        names_.erase(name);
        imported_.erase(name);
      }
    }
  }

  // Two runs of a few sources, by turns: some are there already, and every
  // seventh contradicts what is.
  void ImportSome(const std::string& name, bool may) {
    v1::ImportTrialsRequest request;
    request.set_parent(name);
    std::map<std::string, double>& there = imported_[name];
    bool agree = true;
    for (const int source : {imports_ % 5, imports_ % 5 + 1}) {
      v1::ImportedRun& run = *request.add_runs();
      run.set_source(absl::StrCat("runs.csv:", source));
      run.set_parameters(1e6);
      run.set_tokens(2e7);
      run.set_validation_loss(imports_ % 7 == 6 ? 3.5 : 3);
      const auto known = there.find(run.source());
      agree = agree &&
              (known == there.end() || known->second == run.validation_loss());
    }
    ++imports_;
    const auto imported = Do(&Scheduler::ImportTrials, request);
    EXPECT_EQ(imported.ok(), may && agree) << imported.status();
    if (!imported.ok()) return;
    for (const v1::ImportedRun& run : request.runs()) {
      there.emplace(run.source(), run.validation_loss());
    }
    const CampaignState& state = scheduler_->campaigns().at(name);
    if (state.has_trials) {
      EXPECT_EQ(state.imported.size(), there.size());
    }
  }

  // What users do to a trial that was leased once.
  void ChangeTrial() {
    const std::string name =
        std::next(held_.begin(), Pick(held_.size()))->first;
    const std::string campaign = ParseTrialName(name)->campaign;
    if (!names_.contains(campaign)) return;
    const v1::Trial::State state = Get(name).state();
    switch (Pick(3)) {
      case 0: {
        v1::RetryTrialRequest request;
        request.set_name(name);
        const bool may =
            GetCampaign(campaign).state() != v1::Campaign::CANCELLED &&
            (state == v1::Trial::DIVERGED || state == v1::Trial::STOPPED ||
             state == v1::Trial::FAILED);
        const auto retried = Insist(&Scheduler::RetryTrial, request);
        EXPECT_EQ(retried.ok(), may) << retried.status();
        if (may) {
          completed_.erase(name);
          held_[name].expired = false;
        }
        break;
      }
      case 1: {
        v1::ExcludeTrialRequest request;
        request.set_name(name);
        request.set_reason("odd");
        EXPECT_EQ(Insist(&Scheduler::ExcludeTrial, request).ok(),
                  IsFinal(state));
        break;
      }
      default: {
        v1::IncludeTrialRequest request;
        request.set_name(name);
        EXPECT_TRUE(Insist(&Scheduler::IncludeTrial, request).ok());
      }
    }
  }

  // A worker that drains gets nothing until it registers anew.
  void ChangeWorker() {
    const std::string name = absl::StrCat("workers/", Pick(3));
    const bool known = scheduler_->workers().contains(name);
    if (Chance(0.5)) {
      v1::DrainWorkerRequest request;
      request.set_name(name);
      EXPECT_EQ(Insist(&Scheduler::DrainWorker, request).ok(), known);
    } else {
      v1::ReadmitWorkerRequest request;
      request.set_name(name);
      // One that drains ends, if it is there.
      // Whether its process may still run, if it may be silent for so long.
      const auto ends = [&](absl::Duration silence) {
        return known && scheduler_->workers().at(name).draining() &&
               IsConnected(scheduler_->workers().at(name), clock_.Now(),
                           silence);
      };
      const bool surely = ends(kLease), maybe = ends(kLongest);
      const bool readmitted = Insist(&Scheduler::ReadmitWorker, request).ok();
      if (surely == maybe) {
        EXPECT_EQ(readmitted, known && !surely);
      }
    }
  }

  void LeaseSome() {
    v1::LeaseTrialsRequest request;
    request.set_worker(absl::StrCat("workers/", Pick(3)));
    request.set_max_trials(static_cast<int32_t>(1 + Pick(3)));
    const bool known = scheduler_->workers().contains(request.worker());
    const auto leased = Insist(&Scheduler::LeaseTrials, request);
    ASSERT_EQ(leased.ok(), known) << leased.status();
    if (!known) return;
    if (scheduler_->workers().at(request.worker()).draining()) {
      EXPECT_TRUE(leased->leases().empty());
    }
    for (const v1::Lease& lease : leased->leases()) {
      const std::string& name = lease.trial().name();
      EXPECT_GT(lease.fencing_token(), last_token_);
      EXPECT_TRUE(lease.trial().reserved_worker().empty() ||
                  lease.trial().reserved_worker() == request.worker())
          << name << " went to " << request.worker();
      EXPECT_FALSE(held_[name].live) << name << " is leased twice at a time";
      EXPECT_FALSE(completed_.contains(name)) << name << " is leased again";
      last_token_ = lease.fencing_token();
      Held& held = held_[name];
      held = {.token = lease.fencing_token(),
              .end = {},
              .live = true,
              .told = 3 * FromProto(lease.heartbeat_interval())};
      NoteEnd(name, held);
      leases_.push_back(lease);
    }
  }

  // A heartbeat in one call with one that is refused.
  absl::StatusOr<v1::HeartbeatResponse> BeatWithOthers(const v1::Lease& lease) {
    v1::BatchHeartbeatRequest request;
    request.set_worker(lease.trial().worker());
    auto stale = For<v1::HeartbeatRequest>(lease);
    stale.set_fencing_token(1);
    *request.add_heartbeats() = stale;
    *request.add_heartbeats() = For<v1::HeartbeatRequest>(lease);
    auto all = Try(&Scheduler::BatchHeartbeat, request);
    if (!all.ok()) return all.status();
    EXPECT_FALSE(all->results(0).has_response());
    if (all->results(1).has_response()) return all->results(1).response();
    return absl::Status(static_cast<absl::StatusCode>(all->results(1).code()),
                        all->results(1).error());
  }

  // A call on a lease that may long be lost.
  void UseLease(const v1::Lease& lease) {
    const std::string& name = lease.trial().name();
    Held& held = held_[name];
    const bool exists = names_.contains(ParseTrialName(name)->campaign);
    const bool newest = exists && held.token == lease.fencing_token();
    const bool revives =
        newest && held.expired && Get(name).state() == v1::Trial::PENDING;
    const bool valid = newest && (held.live || revives);
    const std::string before = valid ? "" : Stored();
    absl::Status status;
    absl::Duration told;
    switch (Pick(4)) {
      case 0: {
        const auto beat = Chance(0.5) ? BeatWithOthers(lease)
                                      : Try(&Scheduler::Heartbeat,
                                            For<v1::HeartbeatRequest>(lease));
        status = beat.status();
        if (absl::IsUnavailable(status)) {  // nobody knows
          if (!revives) return;
          held.live = IsHeld(name);
          held.told = kLease;
          NoteEnd(name, held);
          return;
        }
        if (beat.ok()) told = 3 * FromProto(beat->heartbeat_interval());
        break;
      }
      case 1: {
        auto request = For<v1::ReportMeasurementsRequest>(lease);
        request.add_measurements()->set_step(static_cast<int64_t>(Pick(50)));
        const auto report = Insist(&Scheduler::ReportMeasurements, request);
        status = report.status();
        if (report.ok()) told = 3 * FromProto(report->heartbeat_interval());
        break;
      }
      case 2: {
        auto request = For<v1::ReleaseTrialRequest>(lease);
        request.set_cause(static_cast<v1::ReleaseTrialRequest::Cause>(Pick(4)));
        status = Insist(&Scheduler::ReleaseTrial, request).status();
        break;
      }
      default: {
        auto request = Success(lease, LossOf(lease.trial()));
        if (Chance(0.2)) {
          request.set_state(v1::Trial::DIVERGED);
          request.set_error("rose");
        }
        status = Insist(&Scheduler::CompleteTrial, request).status();
        if (status.ok()) {
          EXPECT_TRUE(completed_.emplace(name, request.state()).second)
              << name << " was completed twice";
        }
      }
    }
    if (valid) {
      EXPECT_TRUE(status.ok()) << status << " though its lease is good";
      revived_ += revives ? 1 : 0;
      held = {.token = lease.fencing_token(),
              .end = {},
              .live = IsHeld(name),
              .told = told};
      NoteEnd(name, held);
      return;
    }
    ++refused_;
    EXPECT_EQ(status.code(), exists ? absl::StatusCode::kFailedPrecondition
                                    : absl::StatusCode::kNotFound)
        << status;
    EXPECT_EQ(Stored(), before) << "a stale call changed something";
  }
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_SCHEDULER_RANDOM_OPERATIONS_H_

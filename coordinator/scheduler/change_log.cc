#include "coordinator/scheduler/change_log.h"

#include <algorithm>

#include "common/status/status_macros.h"
#include "coordinator/scheduler/eligibility.h"
#include "messages/json/proto_time.h"
#include "storage/forgotten_numbers.h"

namespace isoshape {
namespace {

// The names under which the store keeps the counters, indexed by Counter.
constexpr const char* kNames[] = {"campaign",           "worker",
                                  "fencing_token",      kEventSequence,
                                  kLongestLeaseCounter, kStretchedLeaseCounter};

// For what the scheduler puts behind the changes: kept answers, of which most
// commits have few.
constexpr size_t kMoreRoom = 16;

}  // namespace

absl::StatusOr<int64_t> TokensAfter(Store& store, absl::Time now,
                                    int64_t jump) {
  constexpr int64_t kLastJump = int64_t{1} << 62;
  ISOSHAPE_ASSIGN_OR_RETURN(
      const int64_t stored,
      store.GetCounter(kNames[static_cast<size_t>(Counter::kFencingToken)]));
  const int64_t token = std::max(stored, absl::ToUnixMicros(now));
  return token < kLastJump ? token + jump : token;
}

absl::Status ChangeLog::Load(Store& store, absl::Time now,
                             int64_t tokens_after) {
  for (size_t i = 0; i < kCounters; ++i) {
    ISOSHAPE_ASSIGN_OR_RETURN(counters_[i], store.GetCounter(kNames[i]));
  }
  int64_t& token = counters_[static_cast<size_t>(Counter::kFencingToken)];
  token = std::max({token, absl::ToUnixMicros(now), tokens_after});
  stored_counters_ = counters_;
  return absl::OkStatus();
}

void ChangeLog::CampaignChanged(const std::string& name) {
  campaigns_.insert(name);
}

void ChangeLog::TrialChanged(const std::string& campaign, int64_t number) {
  trials_.emplace(campaign, number);
}

void ChangeLog::WorkerChanged(const std::string& name) {
  workers_.insert(name);
  deleted_workers_.erase(name);
}

void ChangeLog::WorkerDeleted(const std::string& name) {
  workers_.erase(name);
  deleted_workers_.insert(name);
}

void ChangeLog::DropMeasurements(const std::string& trial, int64_t after_step) {
  std::erase_if(measurements_, [&](const PutMeasurement& put) {
    return put.trial == trial && put.measurement.step() > after_step;
  });
  const auto [it, added] = dropped_.emplace(trial, after_step);
  if (!added) it->second = std::min(it->second, after_step);
}

void ChangeLog::CampaignDeleted(const std::string& name) {
  campaigns_.erase(name);
  std::erase_if(trials_, [&](const auto& key) { return key.first == name; });
  std::erase_if(measurements_, [&](const PutMeasurement& put) {
    return put.trial.starts_with(name + "/");
  });
  std::erase_if(dropped_, [&](const auto& drop) {
    return drop.first.starts_with(name + "/");
  });
  std::erase_if(events_, [&](const v1::CampaignEvent& event) {
    return event.campaign() == name;
  });
  deleted_campaigns_.insert(name);
  // Its events go with it. A number that no event has says so to those who ask
  // what happened since then.
  Next(Counter::kEventSequence);
}

void ChangeLog::AddMeasurement(const std::string& trial,
                               const v1::Measurement& point) {
  measurements_.push_back(PutMeasurement{trial, point});
}

void ChangeLog::Tell(std::string text) {
  told_.push_back(TellChange{std::move(text), actor_});
}

v1::CampaignEvent& ChangeLog::AddEvent(const v1::Campaign& campaign,
                                       v1::CampaignEvent::Kind kind,
                                       absl::Time time) {
  v1::CampaignEvent& event = events_.emplace_back();
  event.set_sequence(Next(Counter::kEventSequence));
  *event.mutable_time() = ToProto(time);
  event.set_kind(kind);
  event.set_campaign(campaign.name());
  event.set_campaign_state(campaign.state());
  *event.mutable_trial_counts() = campaign.trial_counts();
  event.set_actor(actor_);
  return event;
}

std::vector<Mutation> ChangeLog::Take(
    const std::map<std::string, CampaignState>& campaigns,
    const std::map<std::string, v1::Worker>& workers) {
  std::vector<Mutation> mutations;
  // They are large, and moved one by one if there is no room for another.
  mutations.reserve(deleted_campaigns_.size() + campaigns_.size() +
                    trials_.size() + dropped_.size() + measurements_.size() +
                    events_.size() + deleted_workers_.size() + workers_.size() +
                    kCounters + told_.size() + kMoreRoom);
  for (const std::string& name : deleted_campaigns_) {
    mutations.push_back(DeleteCampaign{name});
  }
  for (const std::string& name : campaigns_) {
    mutations.push_back(PutCampaign{campaigns.at(name).campaign});
  }
  for (const auto& [name, number] : trials_) {
    mutations.push_back(PutTrial{*campaigns.at(name).Find(number)});
  }
  for (const auto& [trial, after_step] : dropped_) {
    mutations.push_back(isoshape::DropMeasurements{trial, after_step});
  }
  for (PutMeasurement& put : measurements_) mutations.push_back(std::move(put));
  for (v1::CampaignEvent& event : events_) {
    mutations.push_back(AppendEvent{std::move(event)});
  }
  for (const std::string& name : deleted_workers_) {
    mutations.push_back(DeleteWorker{name});
  }
  for (const std::string& name : workers_) {
    mutations.push_back(PutWorker{workers.at(name)});
  }
  for (size_t i = 0; i < kCounters; ++i) {
    if (counters_[i] == stored_counters_[i]) continue;
    mutations.push_back(PutCounter{kNames[i], counters_[i]});
  }
  stored_counters_ = counters_;
  for (TellChange& tell : told_) mutations.push_back(std::move(tell));
  told_.clear();
  deleted_campaigns_.clear();
  campaigns_.clear();
  trials_.clear();
  workers_.clear();
  deleted_workers_.clear();
  dropped_.clear();
  measurements_.clear();
  events_.clear();
  return mutations;
}

}  // namespace isoshape

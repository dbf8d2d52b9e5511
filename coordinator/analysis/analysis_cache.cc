#include "coordinator/analysis/analysis_cache.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <variant>

#include "absl/status/status.h"
#include "messages/measured_points.h"
#include "messages/proto_time.h"
#include "messages/resource_name.h"

namespace isoshape {
namespace {

// Time between two tries to read a campaign that could not be read.
constexpr absl::Duration kRetry = absl::Seconds(1);
// Campaigns that are read at start.
constexpr int kWarm = 4;

absl::Status Stopping() {
  return absl::UnavailableError(
      "the coordinator is stopping; ask again when it is back");
}

// Whether answers about the campaign may change with this trial.
bool Counts(const v1::Trial& trial) {
  return trial.purpose() != v1::Trial::VERIFICATION &&
         !MeasuredPoints(trial).empty();
}

// Whether two versions of a campaign agree in the fields that predictions read.
// Counts and states, which every commit changes, are not among these.
bool SameQuestion(const v1::Campaign& a, const v1::Campaign& b) {
  return a.target_flops() == b.target_flops() &&
         std::equal(a.budgets().begin(), a.budgets().end(), b.budgets().begin(),
                    b.budgets().end());
}

void SetCounts(const CampaignResults& results, v1::DataBasis* basis) {
  basis->set_trials(results.trials);
  basis->set_points(static_cast<int>(results.runs.rows()));
}

v1::DataBasis WithNewer(v1::DataBasis basis, int64_t newer) {
  basis.set_newer_trials(newer);
  return basis;
}

// If there are `limit` elements or more, erases the least recently used one of
// those for which `idle` is true.
template <typename Map, typename Idle>
void MakeRoom(Map& map, size_t limit, const Idle& idle) {
  if (map.size() < limit) return;
  auto oldest = map.end();
  for (auto it = map.begin(); it != map.end(); ++it) {
    if (idle(it->second) &&
        (oldest == map.end() || it->second.used < oldest->second.used)) {
      oldest = it;
    }
  }
  if (oldest != map.end()) map.erase(oldest);
}

}  // namespace

AnalysisCache::AnalysisCache(Options options) : options_(std::move(options)) {
  for (int i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] { Run(); });
  }
}

AnalysisCache::~AnalysisCache() {
  Stop();
  for (std::thread& thread : threads_) thread.join();
}

void AnalysisCache::Stop() {
  std::vector<Done> waiting;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    for (auto& [name, campaign] : campaigns_) {
      for (auto& [key, kept] : campaign.kept) {
        for (Waiter& waiter : kept.waiters) {
          waiting.push_back(std::move(waiter.done));
        }
        kept.waiters.clear();
      }
    }
    changed_.SignalAll();
  }
  for (const Done& done : waiting) done(Stopping(), {});
}

AnalysisCache::Campaign& AnalysisCache::Find(const std::string& name) {
  if (const auto it = campaigns_.find(name); it != campaigns_.end()) {
    it->second.used = ++uses_;
    return it->second;
  }
  MakeRoom(campaigns_, options_.campaigns, [](const Campaign& campaign) {
    return !campaign.being_read &&
           std::all_of(campaign.kept.begin(), campaign.kept.end(),
                       [](const auto& entry) {
                         return !entry.second.running &&
                                entry.second.waiters.empty();
                       });
  });
  Campaign& campaign = campaigns_[name];
  campaign.used = ++uses_;
  if (options_.standing) {
    for (const Question& question : options_.standing(name)) {
      Find(campaign, question).standing = true;
    }
  }
  return campaign;
}

AnalysisCache::Kept& AnalysisCache::Find(Campaign& campaign,
                                         const Question& question) {
  auto it = campaign.kept.find(question.key);
  if (it == campaign.kept.end()) {
    MakeRoom(campaign.kept, options_.questions, [](const Kept& kept) {
      return !kept.standing && !kept.running && kept.waiters.empty();
    });
    it = campaign.kept.emplace(question.key, Kept()).first;
    it->second.question = question;
  }
  it->second.used = ++uses_;
  return it->second;
}

void AnalysisCache::Ask(const Question& question, Done done) {
  std::shared_ptr<const Reading> reading;
  Answer answer = Stopping();
  v1::DataBasis basis;
  bool stale = false;
  {
    absl::MutexLock lock(&mutex_);
    if (!stopping_) {
      Campaign& campaign = Find(question.campaign);
      const int64_t least =
          question.wait_for_newest ? campaign.version : campaign.floor;
      if (question.cheap && campaign.reading != nullptr &&
          campaign.reading->version >= least) {
        reading = campaign.reading;
        stale = campaign.stale();
        basis.set_newer_trials(campaign.changes - reading->changes);
      } else {
        Kept& kept = Find(campaign, question);
        kept.asked = true;
        if (kept.version >= least &&
            (kept.answer.ok() || kept.version == campaign.version)) {
          answer = kept.answer;
          basis = WithNewer(kept.basis, campaign.changes - kept.changes);
        } else {
          kept.waiters.push_back(
              {std::move(done),
               kept.version >= least ? campaign.version : least,
               !question.wait_for_newest && kept.version < least});
          changed_.Signal();
          return;
        }
      }
    }
  }
  if (reading != nullptr) {
    SetCounts(reading->results, &basis);
    *basis.mutable_read_time() = ToProto(reading->time);
    answer = question.compute(reading->results);
    if (!answer.ok() && stale && !question.wait_for_newest) {
      Question again = question;
      again.wait_for_newest = true;
      return Ask(again, std::move(done));
    }
  }
  done(answer, basis);
}

void AnalysisCache::OnCommit(const std::vector<Mutation>& mutations) {
  absl::MutexLock lock(&mutex_);
  if (stopping_) return;
  bool changed = false;
  for (const Mutation& mutation : mutations) {
    if (const auto* put = std::get_if<PutTrial>(&mutation)) {
      if (!Counts(put->trial)) continue;
      const absl::StatusOr<TrialName> name = ParseTrialName(put->trial.name());
      if (!name.ok()) continue;
      Campaign& campaign = Find(name->campaign);
      ++campaign.version;
      ++campaign.changes;
      changed = true;
    } else if (const auto* put = std::get_if<PutCampaign>(&mutation)) {
      const auto it = campaigns_.find(put->campaign.name());
      if (it == campaigns_.end() || it->second.reading == nullptr ||
          SameQuestion(put->campaign, it->second.reading->results.campaign)) {
        continue;
      }
      ++it->second.version;
      changed = true;
    } else if (const auto* remove = std::get_if<DeleteCampaign>(&mutation)) {
      const auto it = campaigns_.find(remove->name);
      if (it == campaigns_.end()) continue;
      it->second.floor = ++it->second.version;
      it->second.reading = nullptr;
      changed = true;
    }
  }
  if (changed) changed_.Signal();
}

void AnalysisCache::Warm() {
  const auto campaigns =
      options_.store->ListCampaigns({.after = std::nullopt, .limit = kWarm});
  if (!campaigns.ok()) return;
  absl::MutexLock lock(&mutex_);
  for (const v1::Campaign& campaign : *campaigns) {
    if (campaign.trial_counts().succeeded() > 0) Find(campaign.name());
  }
  changed_.SignalAll();
}

void AnalysisCache::Run() {
  while (true) {
    Step step;
    {
      absl::MutexLock lock(&mutex_);
      absl::Duration patience = absl::InfiniteDuration();
      while (!stopping_ && !NextStep(&step, &patience)) {
        changed_.WaitWithTimeout(&mutex_, patience);
      }
      if (stopping_) return;
    }
    if (step.read) {
      Read(step);
    } else {
      Compute(step);
    }
  }
}

// Answers that can be given to a caller who waits come first, then readings
// that a caller waits for, then stale answers that were asked for, then
// readings that nobody waits for. Every call looks through all the state, which
// is at most `campaigns` x `questions`.
bool AnalysisCache::NextStep(Step* step, absl::Duration* patience) {
  const absl::Time now = options_.clock->Now();
  *patience = absl::InfiniteDuration();
  int best = std::numeric_limits<int>::max();
  Campaign* chosen = nullptr;
  Kept* question = nullptr;
  const auto offer = [&](int priority, const std::string& name,
                         Campaign& campaign, Kept* kept) {
    if (priority >= best) return;
    best = priority;
    step->campaign = name;
    chosen = &campaign;
    question = kept;
  };
  for (auto& [name, campaign] : campaigns_) {
    bool wanted = false;   // a reading, by somebody who waits
    bool at_work = false;  // on answers from the last reading
    for (auto& [key, kept] : campaign.kept) {
      const int64_t version =
          campaign.reading == nullptr ? 0 : campaign.reading->version;
      bool awaited = false;
      for (const Waiter& waiter : kept.waiters) {
        (waiter.min_version <= version ? awaited : wanted) = true;
      }
      const bool behind =
          kept.version < version && (kept.asked || kept.standing || awaited);
      at_work = at_work || kept.running || behind;
      if (behind && !kept.running)
        offer(awaited ? 0 : 2, name, campaign, &kept);
    }
    if (campaign.being_read || !campaign.stale()) continue;
    if (wanted) {
      offer(1, name, campaign, nullptr);
    } else if (!at_work && campaign.not_before <= now) {
      offer(3, name, campaign, nullptr);
    } else if (!at_work) {
      *patience = std::min(*patience, campaign.not_before - now);
    }
  }
  if (chosen == nullptr) return false;
  if (question == nullptr) {
    step->read = true;
    step->version = chosen->version;
    step->changes = chosen->changes;
    chosen->being_read = true;
    chosen->busy = absl::ZeroDuration();
  } else {
    step->key = question->question.key;
    step->compute = question->question.compute;
    step->reading = chosen->reading;
    question->running = true;
    question->asked = false;
  }
  return true;
}

void AnalysisCache::Rest(Campaign& campaign, absl::Time begin) {
  const absl::Time now = options_.clock->Now();
  campaign.busy += now - begin;
  campaign.not_before = now + options_.rest * campaign.busy;
}

void AnalysisCache::Read(const Step& step) {
  const absl::Time begin = options_.clock->Now();
  if (options_.before_read) options_.before_read(step.campaign);
  absl::StatusOr<CampaignResults> results =
      ReadCampaignResults(*options_.store, step.campaign);
  const absl::Status status = results.status();
  std::vector<Done> refused;
  {
    absl::MutexLock lock(&mutex_);
    Campaign& campaign = campaigns_.at(step.campaign);
    campaign.being_read = false;
    Rest(campaign, begin);
    if (status.ok()) {
      if (step.version >= campaign.floor) {
        campaign.reading = std::make_shared<Reading>(
            Reading{*std::move(results), step.version, step.changes, begin});
      }
      std::erase_if(campaign.kept, [](const auto& entry) {
        const Kept& kept = entry.second;
        return !kept.standing && !kept.running && !kept.asked &&
               kept.waiters.empty();
      });
    } else {
      // Callers that waited for this reading get the error; it is not kept.
      bool still_waiting = false;
      bool running = false;
      for (auto& [key, kept] : campaign.kept) {
        const auto rest = std::partition(
            kept.waiters.begin(), kept.waiters.end(),
            [&](const Waiter& w) { return w.min_version > step.version; });
        for (auto it = rest; it != kept.waiters.end(); ++it) {
          refused.push_back(std::move(it->done));
        }
        kept.waiters.erase(rest, kept.waiters.end());
        still_waiting = still_waiting || !kept.waiters.empty();
        running = running || kept.running;
      }
      campaign.not_before = options_.clock->Now() + kRetry;
      const bool nothing = absl::IsNotFound(status) ||
                           absl::IsFailedPrecondition(status) ||
                           absl::IsInvalidArgument(status);
      if (nothing) campaign.reading = nullptr;
      if (campaign.reading == nullptr && !still_waiting && !running) {
        campaigns_.erase(step.campaign);
      }
    }
    changed_.SignalAll();
  }
  for (const Done& done : refused) done(status, {});
}

void AnalysisCache::Compute(const Step& step) {
  const absl::Time begin = options_.clock->Now();
  const Answer answer = step.compute(step.reading->results);
  v1::DataBasis basis;
  SetCounts(step.reading->results, &basis);
  *basis.mutable_read_time() = ToProto(step.reading->time);
  std::vector<Done> answered;
  {
    absl::MutexLock lock(&mutex_);
    Campaign& campaign = campaigns_.at(step.campaign);
    Kept& kept = campaign.kept.at(step.key);
    kept.running = false;
    kept.answer = answer;
    kept.version = step.reading->version;
    kept.changes = step.reading->changes;
    kept.basis = basis;
    Rest(campaign, begin);
    const bool stale = kept.version < campaign.version;
    std::vector<Waiter> waiting;
    for (Waiter& waiter : kept.waiters) {
      if (waiter.min_version > kept.version) {
        waiting.push_back(std::move(waiter));
      } else if (waiter.any && stale && !answer.ok()) {
        waiting.push_back({std::move(waiter.done), campaign.version, false});
      } else {
        answered.push_back(std::move(waiter.done));
      }
    }
    kept.waiters = std::move(waiting);
    basis.set_newer_trials(campaign.changes - kept.changes);
    changed_.SignalAll();
  }
  for (const Done& done : answered) done(answer, basis);
}

}  // namespace isoshape

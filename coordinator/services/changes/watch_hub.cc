#include "coordinator/services/changes/watch_hub.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "coordinator/scheduler/campaign_state.h"
#include "coordinator/stopping_error.h"
#include "messages/names/resource_name.h"
#include "messages/trial/lifecycle.h"

namespace isoshape {
namespace {

constexpr int kPage = 500;
// If several wait, so that each has its turn soon.
constexpr int kPageInCrowd = 32;
// Pages that are kept for other watchers.
constexpr size_t kPages = 64;
// What a watcher that does not read holds at most, but for one event.
constexpr size_t kPageBytes = size_t{64} << 10;

}  // namespace

WatchHub::WatchHub(Store* store, Clock* clock)
    : store_(store),
      clock_(clock),
      refilled_(clock->Elapsed()),
      thread_([this] { Run(); }) {}

WatchHub::~WatchHub() {
  {
    absl::MutexLock lock(&mutex_);
    joining_ = true;
    changed_.Signal();
  }
  thread_.join();
}

absl::Status WatchHub::Watch(Watcher* watcher) {
  if (watcher->after_ < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("after_sequence ", watcher->after_,
                     " is negative; give 0 or the last sequence seen"));
  }
  if (absl::Status name = CheckCampaignName(watcher->campaign_); !name.ok()) {
    return name;
  }
  absl::MutexLock lock(&mutex_);
  Queue(watcher);
  return absl::OkStatus();
}

void WatchHub::More(Watcher* watcher) {
  absl::MutexLock lock(&mutex_);
  Queue(watcher);
}

void WatchHub::Cancel(Watcher* watcher) {
  absl::MutexLock lock(&mutex_);
  watcher->cancelled_ = true;
  const auto it = asleep_.find(watcher->campaign_);
  // If it does not sleep, whoever holds it sees the flag.
  if (it == asleep_.end() || it->second.erase(watcher) == 0) return;
  if (it->second.empty()) asleep_.erase(it);
  Queue(watcher);
}

bool WatchHub::Wanted(const Watcher& watcher) {
  absl::MutexLock lock(&mutex_);
  return EndOf(watcher).ok();
}

absl::Status WatchHub::EndOf(const Watcher& watcher) {
  if (watcher.cancelled_) return absl::CancelledError();
  if (!stopping_) return absl::OkStatus();
  return StoppingWatchError();
}

void WatchHub::Queue(Watcher* watcher) {
  queued_.push_back(watcher);
  changed_.Signal();
}

void WatchHub::OnCommit(const std::vector<Mutation>& mutations) {
  std::set<std::string> touched;
  bool deleted = false;
  for (const Mutation& mutation : mutations) {
    if (const auto* put = std::get_if<PutCampaign>(&mutation)) {
      touched.insert(put->campaign.name());
    } else if (const auto* append = std::get_if<AppendEvent>(&mutation)) {
      touched.insert(append->event.campaign());
    } else if (const auto* remove = std::get_if<DeleteCampaign>(&mutation)) {
      touched.insert(remove->name);
      deleted = true;
    }
  }
  if (touched.empty()) return;
  absl::MutexLock lock(&mutex_);
  ++commits_;
  deleted_ = deleted_ || deleted;
  for (const std::string& name : touched) {
    if (asleep_.contains(name)) touched_.insert(name);
  }
  if (!touched_.empty()) changed_.Signal();
}

void WatchHub::Stop() {
  absl::MutexLock lock(&mutex_);
  stopping_ = true;
  for (const auto& [name, watchers] : asleep_) {
    for (Watcher* watcher : watchers) Queue(watcher);
  }
  asleep_.clear();
}

absl::Duration WatchHub::WakeTouched() {
  if (touched_.empty()) return absl::InfiniteDuration();
  const absl::Duration now = clock_->Elapsed();
  if (now - woken_ < kInterval) return kInterval - (now - woken_);
  woken_ = now;
  for (const std::string& name : std::exchange(touched_, {})) {
    const auto it = asleep_.find(name);
    if (it == asleep_.end()) continue;
    for (Watcher* watcher : it->second) Queue(watcher);
    asleep_.erase(it);
  }
  return absl::InfiniteDuration();
}

absl::Duration WatchHub::Refill() {
  const absl::Duration now = clock_->Elapsed();
  const double seconds = absl::ToDoubleSeconds(now - refilled_);
  allowed_ = std::min(kBurst, allowed_ + kEventsPerSecond * seconds);
  refilled_ = now;
  return stopping_ || allowed_ > 0
             ? absl::ZeroDuration()
             : absl::Seconds((1 - allowed_) / kEventsPerSecond);
}

Watcher* WatchHub::Next(bool* crowd) {
  absl::MutexLock lock(&mutex_);
  while (true) {
    absl::Duration patience = WakeTouched();
    if (!queued_.empty()) {
      const absl::Duration refill = Refill();
      if (refill <= absl::ZeroDuration()) break;
      patience = std::min(patience, refill);
    } else if (joining_) {
      return nullptr;
    }
    changed_.WaitFor(&mutex_, std::min(patience, absl::Hours(1)));
  }
  Watcher* const watcher = queued_.front();
  queued_.pop_front();
  *crowd = !queued_.empty();
  if (std::exchange(deleted_, false)) {
    pages_.clear();
    page_keys_.clear();
  }
  return watcher;
}

void WatchHub::Run() {
  bool crowd = false;
  while (Watcher* const watcher = Next(&crowd)) ReadFor(watcher, crowd);
}

absl::StatusOr<SharedEvents> WatchHub::Read(const Watcher& watcher,
                                            bool crowd) {
  const PageKey key(watcher.campaign_, watcher.after_);
  if (const auto page = pages_.find(key); page != pages_.end()) {
    return page->second;
  }
  absl::StatusOr<std::vector<v1::CampaignEvent>> events = store_->ListEvents(
      watcher.campaign_, {.after = watcher.after_,
                          .limit = crowd ? kPageInCrowd : kPage,
                          .max_bytes = kPageBytes});
  if (!events.ok()) return events.status();
  auto shared = std::make_shared<const std::vector<v1::CampaignEvent>>(
      *std::move(events));
  // What lies behind an event stays; only at the end there may be more soon.
  if (!shared->empty()) {
    pages_.emplace(key, shared);
    page_keys_.push_back(key);
    if (page_keys_.size() > kPages) {
      pages_.erase(page_keys_.front());
      page_keys_.pop_front();
    }
  }
  return SharedEvents(std::move(shared));
}

absl::Status WatchHub::PassGaps(Watcher& watcher) {
  if (watcher.known_ || watcher.after_ == 0) return absl::OkStatus();
  if (!gaps_.has_value()) {
    ISOSHAPE_ASSIGN_OR_RETURN(gaps_, EventGaps::Read(*store_));
  }
  if (gaps_->Has(watcher.after_)) watcher.after_ = 0;
  return absl::OkStatus();
}

absl::StatusOr<bool> WatchHub::BeginsAnew(Watcher& watcher) {
  if (watcher.known_ || watcher.after_ == 0) return false;
  // Read after the events: what was sent to anybody is not beyond it.
  absl::StatusOr<int64_t> newest = store_->GetCounter(kEventSequence);
  if (!newest.ok()) return newest.status();
  watcher.known_ = true;
  if (watcher.after_ <= *newest) return false;
  watcher.after_ = 0;
  return true;
}

bool WatchHub::HasAll(const Watcher& watcher, int64_t commits) {
  if (std::exchange(last_commits_, commits) != commits) last_.clear();
  const auto last = last_.find(watcher.campaign_);
  if (last == last_.end()) return false;
  return watcher.after_ == last->second ||
         (watcher.known_ && watcher.after_ > last->second);
}

void WatchHub::ReadFor(Watcher* watcher, bool crowd) {
  int64_t commits = 0;
  absl::Status end;
  {
    absl::MutexLock lock(&mutex_);
    commits = commits_;
    end = EndOf(*watcher);
  }
  if (end.ok()) end = PassGaps(*watcher);
  if (!end.ok()) {
    watcher->End(end);
    return;
  }
  if (!HasAll(*watcher, commits)) {
    // The campaign first: if it is over, the events read after it are all.
    const absl::StatusOr<v1::Campaign> campaign =
        pages_.contains({watcher->campaign_, watcher->after_})
            ? v1::Campaign()
            : store_->GetCampaign(watcher->campaign_);
    const absl::StatusOr<SharedEvents> events =
        campaign.ok() ? Read(*watcher, crowd) : campaign.status();
    if (!events.ok()) {
      watcher->End(events.status());
      return;
    }
    if (!(*events)->empty()) {
      if (absl::Status standing = watcher->standing_(); !standing.ok()) {
        watcher->End(standing);
        return;
      }
      {
        absl::MutexLock lock(&mutex_);
        allowed_ -= static_cast<double>((*events)->size());
      }
      watcher->after_ = (*events)->back().sequence();
      watcher->known_ = true;
      watcher->Send(*events);
      return;
    }
    const absl::StatusOr<bool> anew = BeginsAnew(*watcher);
    if (!anew.ok()) {
      watcher->End(anew.status());
      return;
    }
    if (*anew) {
      More(watcher);
      return;
    }
    if (IsOver(*campaign)) {
      watcher->End(absl::OkStatus());
      return;
    }
    last_[watcher->campaign_] = watcher->after_;
  }
  absl::MutexLock lock(&mutex_);
  if (commits_ != commits || !EndOf(*watcher).ok()) {
    Queue(watcher);
  } else {
    asleep_[watcher->campaign_].insert(watcher);
  }
}

}  // namespace isoshape

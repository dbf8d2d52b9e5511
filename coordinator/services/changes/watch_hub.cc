#include "coordinator/services/changes/watch_hub.h"

#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "coordinator/scheduler/campaign_state.h"
#include "messages/lifecycle.h"
#include "messages/resource_name.h"

namespace isoshape {
namespace {

constexpr int kPage = 500;
// What a watcher that does not read holds at most, but for one event.
constexpr size_t kPageBytes = size_t{64} << 10;

}  // namespace

WatchHub::WatchHub(Store* store) : store_(store), thread_([this] { Run(); }) {}

WatchHub::~WatchHub() {
  {
    absl::MutexLock lock(&mutex_);
    joining_ = true;
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
  return absl::UnavailableError(
      "the coordinator is stopping; watch again when it is back, after the "
      "last sequence seen");
}

void WatchHub::Queue(Watcher* watcher) { queued_.push_back(watcher); }

void WatchHub::OnCommit(const std::vector<Mutation>& mutations) {
  std::set<std::string> touched;
  for (const Mutation& mutation : mutations) {
    if (const auto* put = std::get_if<PutCampaign>(&mutation)) {
      touched.insert(put->campaign.name());
    } else if (const auto* append = std::get_if<AppendEvent>(&mutation)) {
      touched.insert(append->event.campaign());
    } else if (const auto* remove = std::get_if<DeleteCampaign>(&mutation)) {
      touched.insert(remove->name);
    }
  }
  if (touched.empty()) return;
  absl::MutexLock lock(&mutex_);
  ++commits_;
  for (const std::string& name : touched) {
    const auto it = asleep_.find(name);
    if (it == asleep_.end()) continue;
    for (Watcher* watcher : it->second) Queue(watcher);
    asleep_.erase(it);
  }
}

void WatchHub::Stop() {
  absl::MutexLock lock(&mutex_);
  stopping_ = true;
  for (const auto& [name, watchers] : asleep_) {
    for (Watcher* watcher : watchers) Queue(watcher);
  }
  asleep_.clear();
}

void WatchHub::Run() {
  while (true) {
    Watcher* watcher = nullptr;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(
          +[](WatchHub* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) {
            return !self->queued_.empty() || self->joining_;
          },
          this));
      if (queued_.empty()) return;
      watcher = queued_.front();
      queued_.pop_front();
    }
    ReadFor(watcher);
  }
}

void WatchHub::ReadFor(Watcher* watcher) {
  int64_t commits = 0;
  absl::Status end;
  {
    absl::MutexLock lock(&mutex_);
    commits = commits_;
    end = EndOf(*watcher);
  }
  if (!end.ok()) {
    watcher->End(end);
    return;
  }
  // The campaign first: if it is over, the events read after it are all.
  const absl::StatusOr<v1::Campaign> campaign =
      store_->GetCampaign(watcher->campaign_);
  absl::StatusOr<std::vector<v1::CampaignEvent>> events =
      campaign.ok()
          ? store_->ListEvents(watcher->campaign_, {.after = watcher->after_,
                                                    .limit = kPage,
                                                    .max_bytes = kPageBytes})
          : campaign.status();
  if (!events.ok()) {
    watcher->End(events.status());
    return;
  }
  if (!events->empty()) {
    watcher->after_ = events->back().sequence();
    watcher->Send(*std::move(events));
    return;
  }
  if (IsOver(*campaign)) {
    watcher->End(absl::OkStatus());
    return;
  }
  absl::MutexLock lock(&mutex_);
  if (commits_ != commits || !EndOf(*watcher).ok()) {
    Queue(watcher);
  } else {
    asleep_[watcher->campaign_].insert(watcher);
  }
}

}  // namespace isoshape

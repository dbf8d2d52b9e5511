#include "coordinator/services/changes/change_hub.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "common/threads/processor_time.h"
#include "coordinator/services/changes/change_batch.h"
#include "coordinator/stopping_error.h"
#include "coordinator/table/trial_columns.h"
#include "messages/checks/field_limits.h"
#include "messages/json/json_text.h"
#include "messages/names/resource_name.h"

namespace isoshape {
namespace {

constexpr int kPage = 1000;
constexpr int kMaxCampaigns = 100;
// What sending a batch to one watcher takes of a processor, on the threads that
// write it.
constexpr absl::Duration kSending = absl::Microseconds(60);

std::string KeyOf(v1::WatchChangesRequest request) {
  request.clear_after_sequence();
  return request.SerializeAsString();
}

absl::Duration IntervalOf(const v1::WatchChangesRequest& request) {
  return absl::Milliseconds(request.interval_ms() == 0 ? 250
                                                       : request.interval_ms());
}

absl::Status CheckChangesRequest(const v1::WatchChangesRequest& request) {
  ISOSHAPE_RETURN_IF_ERROR(CheckFields(request));
  if (request.campaigns_size() > kMaxCampaigns) {
    return absl::InvalidArgumentError(absl::StrCat(
        "campaigns has ", request.campaigns_size(), " names; give at most ",
        kMaxCampaigns, ", or none to watch all"));
  }
  for (const std::string& name : request.campaigns()) {
    ISOSHAPE_RETURN_IF_ERROR(CheckCampaignName(name));
  }
  ISOSHAPE_RETURN_IF_ERROR(FindTrialColumns(request.columns()).status());
  if (request.after_sequence() < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("after_sequence ", request.after_sequence(),
                     " is negative; give 0 or the last sequence seen"));
  }
  if (request.interval_ms() == 0) return absl::OkStatus();
  return CheckInteger("interval_ms", request.interval_ms(), 50, 60'000);
}

}  // namespace

std::shared_ptr<const std::string> SharedBatch::Event() const {
  absl::call_once(once_, [this] {
    event_ = std::make_shared<const std::string>(absl::StrCat(
        "id: ", batch_.sequence(), "\ndata: ", JsonText(batch_), "\n\n"));
  });
  return event_;
}

ChangeWatcher::ChangeWatcher(const v1::WatchChangesRequest& request,
                             std::function<absl::Status()> standing)
    : request_(request),
      standing_(std::move(standing)),
      key_(KeyOf(request)),
      campaigns_(request.campaigns().begin(), request.campaigns().end()),
      after_(request.after_sequence()) {}

ChangeHub::ChangeHub(Options options)
    : options_(options),
      began_(absl::Now()),
      ring_(options.ring_entries, options.tables->sequence()),
      thread_([this] { Run(); }) {}

ChangeHub::~ChangeHub() {
  {
    absl::MutexLock lock(&mutex_);
    joining_ = true;
  }
  thread_.join();
}

absl::Status ChangeHub::Watch(ChangeWatcher* watcher) {
  const v1::WatchChangesRequest& request = watcher->request_;
  ISOSHAPE_RETURN_IF_ERROR(CheckChangesRequest(request));
  // Who resumes is told that it is gone.
  if (request.after_sequence() == 0) {
    for (const std::string& name : watcher->campaigns_) {
      ISOSHAPE_RETURN_IF_ERROR(options_.store->GetCampaign(name).status());
    }
  }
  int64_t told = 0;
  {
    absl::MutexLock lock(&mutex_);
    told = ring_.newest();
  }
  if (request.after_sequence() > told) {
    ISOSHAPE_ASSIGN_OR_RETURN(const int64_t stored,
                              options_.tables->StoredSequence());
    watcher->early_ = request.after_sequence() <= stored;
  }
  absl::MutexLock lock(&mutex_);
  watchers_.insert(watcher);
  news_ = true;
  return absl::OkStatus();
}

void ChangeHub::WatchSoon(ChangeWatcher* watcher,
                          std::function<void(const absl::Status&)> refused) {
  beginnings_.Add([this, watcher, refused = std::move(refused)] {
    if (const absl::Status status = Watch(watcher); !status.ok()) {
      refused(status);
    }
  });
}

void ChangeHub::More(ChangeWatcher* watcher) {
  absl::MutexLock lock(&mutex_);
  watcher->busy_ = false;
  news_ = true;
}

void ChangeHub::Cancel(ChangeWatcher* watcher) {
  absl::MutexLock lock(&mutex_);
  watcher->cancelled_ = true;
  news_ = true;
}

void ChangeHub::OnCommit(const std::vector<Mutation>& mutations) {
  absl::MutexLock lock(&mutex_);
  if (ring_.Add(mutations) && !watchers_.empty()) news_ = true;
}

void ChangeHub::Stop() {
  absl::MutexLock lock(&mutex_);
  stopping_ = true;
  news_ = true;
}

void ChangeHub::Run() {
  absl::Time next = absl::InfiniteFuture();
  while (true) {
    std::vector<ChangeWatcher*> ended;
    std::vector<Group> due;
    bool stopping = false;
    bool joining = false;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithDeadline(
          absl::Condition(
              +[](ChangeHub* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) {
                return self->news_ || self->joining_;
              },
              this),
          next);
      joining = joining_;
      news_ = false;
      stopping = stopping_;
      ended = TakeEnded();
      next = absl::InfiniteFuture();
      due = TakeDue(absl::Now(), &next);
    }
    for (ChangeWatcher* watcher : ended) {
      watcher->End(stopping ? StoppingWatchError() : absl::CancelledError());
    }
    if (joining) return;
    TellAll(std::move(due));
  }
}

void ChangeHub::TellAll(std::vector<Group> due) {
  if (due.empty()) return;
  absl::Duration spent;
  bool only_joining = true;
  for (Group& group : due) {
    const bool joins = group.first;
    only_joining = only_joining && joins;
    const auto sent = group.watchers.size() * kSending;
    const absl::Duration begin = ThreadProcessorTime();
    Tell(std::move(group));
    if (!joins) spent += sent + (ThreadProcessorTime() - begin);
  }
  if (only_joining) return;
  absl::MutexLock lock(&mutex_);
  apart_ = std::min(spent / options_.share, options_.most_apart);
}

std::vector<ChangeWatcher*> ChangeHub::TakeEnded() {
  std::vector<ChangeWatcher*> ended;
  for (ChangeWatcher* watcher : watchers_) {
    if (!watcher->busy_ && (stopping_ || watcher->cancelled_)) {
      ended.push_back(watcher);
    }
  }
  for (ChangeWatcher* watcher : ended) watchers_.erase(watcher);
  return ended;
}

bool ChangeHub::IsAhead(const ChangeWatcher& watcher) const {
  return watcher.early_ && watcher.after_ > ring_.newest();
}

bool ChangeHub::Wants(const ChangeWatcher& watcher) const {
  return !watcher.begun_ || watcher.place_ < ring_.end();
}

std::vector<ChangeHub::Group> ChangeHub::TakeDue(absl::Time now,
                                                 absl::Time* next) {
  // Groups by what is asked, and from which place on; a place before the ring
  // is that in the store.
  std::map<std::tuple<std::string, int64_t, int64_t, bool>, Group> groups;
  for (ChangeWatcher* watcher : watchers_) {
    if (watcher->busy_ || !Wants(*watcher)) continue;
    if (now < watcher->next_) {
      *next = std::min(*next, watcher->next_);
      continue;
    }
    if (!watcher->begun_ && watcher->after_ == 0) {
      watcher->place_ = ring_.end();
      watcher->after_ = ring_.newest();
    } else if (watcher->place_ < ring_.begin()) {
      watcher->place_ = IsAhead(*watcher)
                            ? ring_.end()
                            : ring_.PlaceAfter(watcher->after_).value_or(-1);
    }
    const bool ahead = IsAhead(*watcher);
    const int64_t sequence = ahead ? watcher->after_ : ring_.newest();
    Group& group = groups[{watcher->key_, watcher->place_,
                           watcher->place_ < 0 || ahead ? watcher->after_ : 0,
                           watcher->begun_}];
    if (group.watchers.empty()) {
      group.after = watcher->after_;
      group.sequence = sequence;
      group.from_store = watcher->place_ < 0;
      group.first = !watcher->begun_;
      if (!group.from_store) group.span = ring_.From(watcher->place_);
    }
    group.watchers.push_back(watcher);
    watcher->busy_ = true;
    watcher->place_ = ring_.end();
    watcher->after_ = sequence;
    absl::Duration interval = IntervalOf(watcher->request_);
    interval = std::max(interval, absl::Ceil(apart_, interval));
    watcher->next_ = began_ + absl::Floor(now - began_, interval) + interval;
  }
  std::vector<Group> due;
  for (auto& [key, group] : groups) due.push_back(std::move(group));
  return due;
}

absl::StatusOr<v1::ChangeBatch> ChangeHub::Make(Group& group) {
  const ChangeWatcher& watcher = *group.watchers.front();
  v1::ChangeBatch batch;
  bool whole = true;
  if (group.from_store) {
    ISOSHAPE_ASSIGN_OR_RETURN(
        whole,
        ReadEvents(watcher, group.after, group.sequence, &group.changes));
  }
  if (whole) {
    ISOSHAPE_ASSIGN_OR_RETURN(batch,
                              MakeChangeBatch(*options_.store, *options_.tables,
                                              watcher.request_, group.changes));
    whole = batch.ByteSizeLong() <= options_.max_batch_bytes;
    if (!whole) batch.Clear();
  }
  batch.set_reset(!whole);
  batch.set_sequence(group.sequence);
  return batch;
}

void ChangeHub::Tell(Group group) {
  const ChangeWatcher& one = *group.watchers.front();
  group.span.AddTo(&group.changes);
  if (!group.first && !group.from_store &&
      !Concerns(one.request_, group.changes)) {
    absl::MutexLock lock(&mutex_);
    for (ChangeWatcher* watcher : group.watchers) watcher->busy_ = false;
    news_ = true;  // it may have been cancelled since
    return;
  }
  absl::StatusOr<v1::ChangeBatch> batch = Make(group);
  if (!batch.ok()) {
    {
      absl::MutexLock lock(&mutex_);
      for (ChangeWatcher* watcher : group.watchers) watchers_.erase(watcher);
    }
    for (ChangeWatcher* watcher : group.watchers) watcher->End(batch.status());
    return;
  }
  {
    absl::MutexLock lock(&mutex_);
    for (ChangeWatcher* watcher : group.watchers) watcher->begun_ = true;
  }
  const auto shared = std::make_shared<const SharedBatch>(*std::move(batch));
  for (ChangeWatcher* watcher : group.watchers) {
    const absl::Status standing = watcher->standing_();
    if (standing.ok()) {
      watcher->Send(shared);
      continue;
    }
    {
      absl::MutexLock lock(&mutex_);
      watchers_.erase(watcher);
    }
    watcher->End(standing);
  }
}

absl::StatusOr<bool> ChangeHub::ReadEvents(const ChangeWatcher& watcher,
                                           int64_t after, int64_t until,
                                           Changes* changes) {
  if (!gaps_.has_value()) {
    ISOSHAPE_ASSIGN_OR_RETURN(gaps_, EventGaps::Read(*options_.store));
  }
  if (after > until || gaps_->Has(after)) return false;  // of another database
  const int64_t numbers = until - after - gaps_->Within(after, until);
  std::set<std::string> names = watcher.campaigns_;
  const bool all = names.empty();
  if (all) {
    if (numbers > options_.max_resume) return false;
    Page<std::string> page;
    while (true) {
      ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<v1::Campaign> campaigns,
                                options_.store->ListCampaigns(page));
      if (campaigns.empty()) break;
      page.after = campaigns.back().name();
      for (const v1::Campaign& campaign : campaigns) {
        names.insert(campaign.name());
      }
    }
  }
  int64_t count = 0;
  for (const std::string& name : names) {
    Page<int64_t> page = {.after = 0, .limit = 1};
    auto events = options_.store->ListEvents(name, page);
    if (absl::IsNotFound(events.status())) {
      (*changes)[name].deleted = true;
      continue;
    }
    ISOSHAPE_RETURN_IF_ERROR(events.status());
    // If it began later, the watcher may know another one of its name.
    if (!all && !events->empty() && events->front().sequence() > after) {
      (*changes)[name].deleted = true;
    }
    page = {.after = after, .limit = kPage};
    do {
      events = options_.store->ListEvents(name, page);
      ISOSHAPE_RETURN_IF_ERROR(events.status());
      for (const v1::CampaignEvent& event : *events) {
        page.after = event.sequence();
        if (event.sequence() > until) break;
        if (++count > options_.max_resume) return false;
        AddEvent(event, changes);
      }
    } while (static_cast<int>(events->size()) == kPage && *page.after <= until);
  }
  // Sequences have no other gaps: what is missing went with a campaign.
  return !all || count == numbers;
}

}  // namespace isoshape

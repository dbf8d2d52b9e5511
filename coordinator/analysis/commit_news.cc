#include "coordinator/analysis/commit_news.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"
#include "messages/names/name_parts.h"
#include "messages/trial/lifecycle.h"
#include "messages/trial/measured_points.h"

namespace isoshape {
namespace {

// Whether answers about the campaign may change with this trial.
bool Counts(const v1::Trial& trial) {
  return IsOfSearch(trial) && !MeasuredPoints(trial).empty();
}

// Whether answers may have counted this trial and do not any more: it was
// excluded, or is tried again.
bool NoLongerCounts(const v1::Trial& trial) {
  return trial.excluded() ||
         (trial.retries() > 0 && trial.state() == v1::Trial::PENDING);
}

// Whether figures show this trial, or answers count it that are asked to,
// though no other does: it checks a prediction, was imported, or came to
// nothing.
bool IsShownBeside(const v1::Trial& trial) {
  return trial.state() == v1::Trial::FAILED ||
         trial.state() == v1::Trial::DIVERGED ||
         trial.state() == v1::Trial::SUCCEEDED;
}

// What a commit says of a campaign.
struct Change {
  absl::string_view campaign;
  CampaignNews news;  // nothing if the last reading is to be asked
  const v1::Campaign* row = nullptr;  // with this; else with a trial that runs
};

std::optional<Change> ChangeOf(const Mutation& mutation) {
  if (const auto* put = std::get_if<PutCampaign>(&mutation)) {
    return Change{
        .campaign = put->campaign.name(), .news = {}, .row = &put->campaign};
  }
  if (const auto* remove = std::get_if<DeleteCampaign>(&mutation)) {
    return Change{.campaign = remove->name, .news = {.deleted = true}};
  }
  const auto* const put = std::get_if<PutTrial>(&mutation);
  if (put == nullptr) return std::nullopt;
  const v1::Trial& trial = put->trial;
  Change change = {.campaign = CampaignOfTrial(trial.name()), .news = {}};
  if (Counts(trial)) {
    change.news.succeeded = 1;
  } else if (NoLongerCounts(trial)) {
    change.news.results_go = true;
  } else if (IsShownBeside(trial)) {
    change.news.changed = true;
  } else if (!IsOfSearch(trial)) {
    return std::nullopt;
  }
  return change;
}

}  // namespace

void CommitNews::Note(const std::vector<Mutation>& mutations) {
  // Points are looked for without the lock.
  std::vector<Change> changes;
  changes.reserve(mutations.size());
  for (const Mutation& mutation : mutations) {
    if (auto change = ChangeOf(mutation)) changes.push_back(*std::move(change));
  }
  absl::MutexLock lock(&mutex_);
  for (const Change& change : changes) {
    if (change.news.deleted) {
      NewsOf(change.campaign) = change.news;
      campaigns_.find(change.campaign)->second.reading.reset();
    } else if (!change.news.empty()) {
      NewsOf(change.campaign).Add(change.news);
    } else if (Differs(change.campaign, change.row)) {
      NewsOf(change.campaign).changed = true;
    }
  }
}

// Counts and states of a campaign, which every commit changes, are not among
// what predictions read.
bool CommitNews::Differs(absl::string_view campaign,
                         const v1::Campaign* row) const {
  const auto it = campaigns_.find(campaign);
  if (it == campaigns_.end()) return false;
  // Whether this one was read already nobody knows.
  if (it->second.being_read) return true;
  if (!it->second.reading.has_value()) return false;
  const LastReading& reading = *it->second.reading;
  // With its first own trial a campaign is of imported ones alone no more.
  if (row == nullptr) return reading.imported_alone;
  return row->target_flops() != reading.target_flops ||
         !std::equal(row->budgets().begin(), row->budgets().end(),
                     reading.budgets.begin(), reading.budgets.end());
}

CampaignNews& CommitNews::NewsOf(absl::string_view campaign) {
  auto it = campaigns_.find(campaign);
  if (it == campaigns_.end()) {
    it = campaigns_.emplace(campaign, Campaign()).first;
  }
  if (!std::exchange(it->second.behind, true)) WakeAllLocked();
  auto news = news_.find(campaign);
  if (news == news_.end()) news = news_.emplace(campaign, CampaignNews()).first;
  return news->second;
}

CommitNews::NewsByCampaign CommitNews::Take() {
  absl::MutexLock lock(&mutex_);
  return std::exchange(news_, {});
}

void CommitNews::ReadingBegins(const std::string& campaign) {
  absl::MutexLock lock(&mutex_);
  Campaign& known = campaigns_[campaign];
  known.being_read = true;
  known.behind = news_.contains(campaign);
}

void CommitNews::ReadingEnded(const std::string& campaign,
                              const CampaignResults* kept) {
  std::optional<LastReading> reading;
  if (kept != nullptr) {
    const v1::Campaign& row = kept->campaign;
    reading = {.imported_alone = kept->imported_alone,
               .target_flops = row.target_flops(),
               .budgets = {row.budgets().begin(), row.budgets().end()}};
  }
  absl::MutexLock lock(&mutex_);
  // Anybody may ask about names that nothing has.
  if (!reading.has_value() && !news_.contains(campaign)) {
    campaigns_.erase(campaign);
    return;
  }
  Campaign& known = campaigns_[campaign];
  known.being_read = false;
  known.reading = std::move(reading);
}

void CommitNews::Keep(
    absl::FunctionRef<bool(const std::string& campaign)> kept) {
  absl::MutexLock lock(&mutex_);
  bool has_news = false;
  std::erase_if(campaigns_, [&](const auto& one) {
    mutex_.AssertHeld();
    if (one.second.being_read || kept(one.first)) return false;
    const bool news = news_.contains(one.first);
    has_news = has_news || news;
    return !news;
  });
  if (has_news) WakeAllLocked();
}

void CommitNews::Wake() {
  absl::MutexLock lock(&mutex_);
  ++wakes_;
  woken_.Signal();
}

void CommitNews::WakeAll() {
  absl::MutexLock lock(&mutex_);
  WakeAllLocked();
}

void CommitNews::WakeAllLocked() {
  ++wakes_;
  woken_.SignalAll();
}

int64_t CommitNews::wakes() {
  absl::MutexLock lock(&mutex_);
  return wakes_;
}

void CommitNews::Wait(int64_t wakes, absl::Duration limit) {
  absl::MutexLock lock(&mutex_);
  if (wakes_ == wakes) woken_.WaitFor(&mutex_, limit);
}

}  // namespace isoshape

#include "coordinator/analysis/commit_news.h"

#include <algorithm>
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

}  // namespace

void CommitNews::Note(const std::vector<Mutation>& mutations) {
  absl::MutexLock lock(&mutex_);
  for (const Mutation& mutation : mutations) {
    if (const auto* put = std::get_if<PutTrial>(&mutation)) {
      NoteTrial(put->trial);
    } else if (const auto* put = std::get_if<PutCampaign>(&mutation)) {
      NoteCampaign(put->campaign);
    } else if (const auto* remove = std::get_if<DeleteCampaign>(&mutation)) {
      NewsOf(remove->name) = {.deleted = true};
      campaigns_.find(remove->name)->second.reading.reset();
    }
  }
}

void CommitNews::NoteTrial(const v1::Trial& trial) {
  const absl::string_view campaign = CampaignOfTrial(trial.name());
  if (Counts(trial)) {
    ++NewsOf(campaign).succeeded;
  } else if (NoLongerCounts(trial)) {
    NewsOf(campaign).results_go = true;
  } else if (IsShownBeside(trial)) {
    NewsOf(campaign).changed = true;
  } else if (IsOfSearch(trial)) {
    // With its first own trial a campaign is of imported ones alone no more.
    const LastReading* const reading = ReadingOf(campaign);
    if (reading == nullptr || !reading->imported_alone) return;
    NewsOf(campaign).changed = true;
  }
}

// Counts and states, which every commit changes, are not among what predictions
// read.
void CommitNews::NoteCampaign(const v1::Campaign& campaign) {
  const LastReading* const reading = ReadingOf(campaign.name());
  if (reading == nullptr ||
      (campaign.target_flops() == reading->target_flops &&
       std::equal(campaign.budgets().begin(), campaign.budgets().end(),
                  reading->budgets.begin(), reading->budgets.end()))) {
    return;
  }
  NewsOf(campaign.name()).changed = true;
}

CampaignNews& CommitNews::NewsOf(absl::string_view campaign) {
  auto it = campaigns_.find(campaign);
  if (it == campaigns_.end()) {
    it = campaigns_.emplace(campaign, Campaign()).first;
  }
  if (!std::exchange(it->second.behind, true)) WakeLocked();
  return it->second.news;
}

const CommitNews::LastReading* CommitNews::ReadingOf(
    absl::string_view campaign) const {
  const auto it = campaigns_.find(campaign);
  if (it == campaigns_.end() || !it->second.reading.has_value()) return nullptr;
  return &*it->second.reading;
}

std::map<std::string, CampaignNews> CommitNews::Take() {
  std::map<std::string, CampaignNews> taken;
  absl::MutexLock lock(&mutex_);
  for (auto& [name, campaign] : campaigns_) {
    if (campaign.news.empty()) continue;
    taken.emplace(name, std::exchange(campaign.news, {}));
  }
  return taken;
}

void CommitNews::ReadingBegins(const std::string& campaign) {
  absl::MutexLock lock(&mutex_);
  const auto it = campaigns_.find(campaign);
  if (it != campaigns_.end()) it->second.behind = !it->second.news.empty();
}

void CommitNews::ReadingEnded(const std::string& campaign,
                              const CampaignResults& results) {
  LastReading reading = {.imported_alone = results.imported_alone,
                         .target_flops = results.campaign.target_flops(),
                         .budgets = {results.campaign.budgets().begin(),
                                     results.campaign.budgets().end()}};
  absl::MutexLock lock(&mutex_);
  campaigns_[campaign].reading = std::move(reading);
}

void CommitNews::Keep(
    absl::FunctionRef<bool(const std::string& campaign)> kept) {
  absl::MutexLock lock(&mutex_);
  bool has_news = false;
  std::erase_if(campaigns_, [&](const auto& one) {
    if (kept(one.first)) return false;
    has_news = has_news || !one.second.news.empty();
    return one.second.news.empty();
  });
  if (has_news) WakeLocked();
}

void CommitNews::Wake() {
  absl::MutexLock lock(&mutex_);
  WakeLocked();
}

void CommitNews::WakeAll() {
  absl::MutexLock lock(&mutex_);
  ++wakes_;
  woken_.SignalAll();
}

void CommitNews::WakeLocked() {
  ++wakes_;
  woken_.Signal();
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

#include "coordinator/analysis/cached_campaigns.h"

#include <algorithm>
#include <utility>

namespace isoshape {
namespace {

// If `map` holds `limit` elements or more, moves the least recently used one
// for which `may_go` is true, if there is one, to `dropped`.
template <typename Map, typename MayGo>
void MakeRoom(Map& map, size_t limit, const MayGo& may_go,
              std::vector<typename Map::node_type>& dropped) {
  if (map.size() < limit) return;
  auto oldest = map.end();
  for (auto it = map.begin(); it != map.end(); ++it) {
    if (may_go(it->second) && (oldest == map.end() ||
                               it->second.last_use < oldest->second.last_use)) {
      oldest = it;
    }
  }
  if (oldest != map.end()) dropped.push_back(map.extract(oldest));
}

}  // namespace

bool CachedCampaign::Idle() const {
  return !being_read &&
         std::all_of(questions.begin(), questions.end(),
                     [](const auto& entry) { return entry.second.Idle(); });
}

void CachedCampaign::RestAfterWork(absl::Duration begin, absl::Duration now,
                                   double multiple) {
  busy += now - begin;
  rest_until = now + multiple * busy;
}

int CachedCampaign::Computing() const {
  return static_cast<int>(
      std::count_if(questions.begin(), questions.end(),
                    [](const auto& entry) { return entry.second.computing; }));
}

int CachedCampaign::Renewing() const {
  return static_cast<int>(
      std::count_if(questions.begin(), questions.end(),
                    [](const auto& entry) { return entry.second.renewing; }));
}

void CachedCampaign::CancelRenewals() {
  for (auto& [key, cached] : questions) {
    // A first answer is computed like any other.
    if (!cached.computing || !cached.renewing || cached.answer.version() == 0) {
      continue;
    }
    cached.cancellation->Cancel();
    cached.asked = true;
  }
}

CachedCampaign& CachedCampaigns::FindOrAdd(const std::string& name) {
  if (CachedCampaign* const campaign = Find(name); campaign != nullptr) {
    campaign->last_use = ++uses_;
    return *campaign;
  }
  MakeRoom(
      by_name_, limits_.campaigns,
      [](const CachedCampaign& campaign) { return campaign.Idle(); },
      dropped_.campaigns_);
  CachedCampaign& campaign = by_name_[name];
  campaign.last_use = ++uses_;
  if (standing_) {
    for (const AnalysisQuestion& question : standing_(name)) {
      FindOrAdd(campaign, question).standing = true;
    }
  }
  return campaign;
}

CachedQuestion& CachedCampaigns::FindOrAdd(CachedCampaign& campaign,
                                           const AnalysisQuestion& question) {
  auto it = campaign.questions.find(question.key);
  if (it == campaign.questions.end()) {
    MakeRoom(
        campaign.questions, limits_.questions,
        [](const CachedQuestion& cached) {
          return !cached.standing && cached.Idle();
        },
        dropped_.questions_);
    it = campaign.questions.emplace(question.key, CachedQuestion()).first;
    it->second.question = question;
  }
  it->second.last_use = ++uses_;
  return it->second;
}

std::optional<AnalysisDone> CachedCampaigns::Abandon(const void* asker) {
  for (auto& [name, campaign] : by_name_) {
    for (auto& [key, cached] : campaign.questions) {
      std::optional<AnalysisDone> done = cached.answer.TakeWaiterOf(asker);
      if (!done) continue;
      if (!cached.answer.HasWaiters() && !cached.standing) {
        cached.asked = false;
        if (cached.computing && cached.cancellation != nullptr) {
          cached.cancellation->Cancel();
        }
      }
      return done;
    }
  }
  return std::nullopt;
}

void CachedCampaigns::Tell(const std::string& name, const CampaignNews& news) {
  CachedCampaign* campaign = Find(name);
  if (campaign != nullptr && news.deleted) {
    campaign->versions.CampaignDeleted();
    dropped_.readings_.push_back(std::move(campaign->reading));
  }
  if (news.succeeded > 0 || news.results_go) campaign = &FindOrAdd(name);
  if (campaign == nullptr) return;
  for (int64_t i = 0; i < news.succeeded; ++i) {
    campaign->versions.TrialSucceeded();
  }
  if (news.results_go || news.changed) campaign->versions.CampaignChanged();
}

void CachedCampaigns::Erase(const std::string& name) {
  if (const auto it = by_name_.find(name); it != by_name_.end()) {
    dropped_.campaigns_.push_back(by_name_.extract(it));
  }
}

void CachedCampaigns::ForgetUnaskedSince(absl::Duration then,
                                         CachedCampaign& campaign) {
  auto& questions = campaign.questions;
  for (auto it = questions.begin(); it != questions.end();) {
    const auto each = it++;
    const CachedQuestion& cached = each->second;
    if (!cached.standing && !cached.asked && cached.last_asked < then &&
        cached.Idle()) {
      dropped_.questions_.push_back(questions.extract(each));
    }
  }
}

CachedCampaign* CachedCampaigns::Find(const std::string& name) {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : &it->second;
}

}  // namespace isoshape

#include "coordinator/analysis/next_renewal.h"

#include <algorithm>
#include <cstdint>
#include <tuple>

namespace isoshape {
namespace {

// The first goes first.
enum class Priority {
  kAwaitedAnswer,
  kAwaitedReading,
  kAnswer,
  kReading,
  kNothing,
};

// The most urgent of the work that was considered; of two alike the first.
struct Choice {
  Priority priority = Priority::kNothing;
  int computing = 0;  // answers about the campaign
  uint64_t waiting_since = 0;
  std::string name{};
  CachedCampaign* campaign = nullptr;
  CachedQuestion* question = nullptr;  // null: to read the campaign

  void Consider(const Choice& other) {
    const auto order = [](const Choice& one) {
      return std::tie(one.priority, one.computing, one.waiting_since);
    };
    if (order(other) < order(*this)) *this = other;
  }
};

// Considers the answers of a campaign that are behind its last reading.
// `renewing` of all campaigns are being computed that nobody waited for.
// Returns whether the campaign has such answers, or some are being computed.
bool ConsiderAnswers(const std::string& name, CachedCampaign& campaign,
                     int renewing, int limit, Choice& best) {
  const int64_t read_version = campaign.read_version();
  const int computing = campaign.Computing();
  // What nobody waits for is kept from nobody who does: neither takes it his
  // campaign's place nor the last thread.
  const int before_awaited = computing - campaign.Renewing();
  const int before_others = std::max(computing, renewing);
  bool any = false;
  for (auto& [key, cached] : campaign.questions) {
    const CachedAnswer& answer = cached.answer;
    const bool awaited = answer.IsAwaitedAt(read_version);
    const bool behind = answer.version() < read_version &&
                        (cached.asked || cached.standing || awaited);
    if (behind || cached.computing) any = true;
    if (!behind || cached.computing) continue;
    if ((awaited ? before_awaited : before_others) >= limit) continue;
    best.Consider(
        {.priority = awaited ? Priority::kAwaitedAnswer : Priority::kAnswer,
         .computing = computing,
         .waiting_since = cached.waiting_since,
         .name = name,
         .campaign = &campaign,
         .question = &cached});
  }
  return any;
}

bool IsReadingAwaited(const CachedCampaign& campaign) {
  return std::any_of(
      campaign.questions.begin(), campaign.questions.end(),
      [&](const auto& entry) {
        return entry.second.answer.IsAwaitedAfter(campaign.read_version());
      });
}

// Marks what was chosen as under way.
Renewal Begin(const Choice& best) {
  if (best.question == nullptr) {
    best.campaign->being_read = true;
    best.campaign->busy = absl::ZeroDuration();
    return ReadCampaign{best.name, best.campaign->versions.newest()};
  }
  CachedQuestion& cached = *best.question;
  cached.computing = true;
  // Also of a standing question that has no answer yet.
  cached.renewing = best.priority != Priority::kAwaitedAnswer;
  cached.asked = false;
  return AnswerQuestion{
      .campaign = best.name,
      .question = cached.question,
      .reading = best.campaign->reading,
      .renews = cached.renewing && cached.answer.version() > 0};
}

}  // namespace

// All the state is looked through each time: it is bounded by the limits of the
// cache, some hundreds of questions.
Renewal TakeNextRenewal(CachedCampaigns& campaigns, absl::Duration now) {
  Choice best;
  absl::Duration patience = absl::InfiniteDuration();
  int renewing = 0;  // of all campaigns: a thread is left to who waits
  for (const auto& [name, campaign] : campaigns.by_name()) {
    renewing += campaign.Renewing();
  }
  for (auto& [name, campaign] : campaigns.by_name()) {
    const bool answers_behind = ConsiderAnswers(
        name, campaign, renewing, campaigns.limits().computing, best);
    if (campaign.being_read || !campaign.Stale()) continue;
    if (IsReadingAwaited(campaign)) {
      best.Consider({.priority = Priority::kAwaitedReading,
                     .name = name,
                     .campaign = &campaign});
    } else if (!answers_behind && campaign.rest_until <= now) {
      best.Consider({.priority = Priority::kReading,
                     .name = name,
                     .campaign = &campaign});
    } else if (!answers_behind) {
      patience = std::min(patience, campaign.rest_until - now);
    }
  }
  if (best.priority == Priority::kNothing) return NothingToRenew{patience};
  return Begin(best);
}

}  // namespace isoshape

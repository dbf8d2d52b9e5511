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
    const int64_t read_version = campaign.read_version();
    const int computing = campaign.Computing();
    // What renewals take of the threads is kept from nobody who waits.
    const int before_awaited = computing - campaign.Renewing();
    bool reading_awaited = false;
    bool answers_behind = false;  // the last reading
    for (auto& [key, cached] : campaign.questions) {
      const CachedAnswer& answer = cached.answer;
      const bool awaited = answer.IsAwaitedAt(read_version);
      const bool behind = answer.version() < read_version &&
                          (cached.asked || cached.standing || awaited);
      if (answer.IsAwaitedAfter(read_version)) reading_awaited = true;
      if (behind || cached.computing) answers_behind = true;
      if (behind && !cached.computing &&
          (awaited ? before_awaited : std::max(computing, renewing)) <
              campaigns.limits().computing) {
        best.Consider(
            {.priority = awaited ? Priority::kAwaitedAnswer : Priority::kAnswer,
             .computing = computing,
             .waiting_since = cached.waiting_since,
             .name = name,
             .campaign = &campaign,
             .question = &cached});
      }
    }
    if (campaign.being_read || !campaign.Stale()) continue;
    if (reading_awaited) {
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
  if (best.question == nullptr) {
    best.campaign->being_read = true;
    best.campaign->busy = absl::ZeroDuration();
    return ReadCampaign{best.name, best.campaign->versions.newest()};
  }
  best.question->computing = true;
  best.question->renewing = best.priority != Priority::kAwaitedAnswer &&
                            best.question->answer.version() > 0;
  best.question->asked = false;
  return AnswerQuestion{.campaign = best.name,
                        .question = best.question->question,
                        .reading = best.campaign->reading,
                        .renews = best.question->renewing};
}

}  // namespace isoshape

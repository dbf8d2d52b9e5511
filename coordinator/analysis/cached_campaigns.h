#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_CACHED_CAMPAIGNS_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_CACHED_CAMPAIGNS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/threads/cancellation.h"
#include "coordinator/analysis/analysis_question.h"
#include "coordinator/analysis/cached_answer.h"
#include "coordinator/analysis/campaign_versions.h"
#include "coordinator/analysis/commit_news.h"

namespace isoshape {

// A question about a campaign that was asked, or may be.
struct CachedQuestion {
  AnalysisQuestion question;
  CachedAnswer answer;
  bool standing = false;   // its answer is kept ready for whoever may ask
  bool computing = false;  // on a thread, without the lock
  bool renewing = false;   // and nobody waited for it when that began
  std::shared_ptr<Cancellation> cancellation;  // of the last computation
  bool asked = false;                          // since it was last computed
  absl::Duration last_asked = -absl::InfiniteDuration();
  uint64_t last_use = 0;
  uint64_t waiting_since = 0;  // the last_use at which the first waiter came

  // Whether nobody misses it if it goes, but for the time to answer it anew.
  bool Idle() const { return !computing && !answer.HasWaiters(); }
};

// What is kept of a campaign.
struct CachedCampaign {
  CampaignVersions versions;
  std::shared_ptr<const CampaignReading> reading;  // the last one
  bool being_read = false;                         // on a thread, without lock
  absl::Duration busy;  // computing time of the last renewal, or this one
  absl::Duration rest_until = -absl::InfiniteDuration();
  uint64_t last_use = 0;
  std::map<std::string, CachedQuestion> questions;  // by key

  // The version's number of the last reading; 0 if there is none.
  int64_t read_version() const {
    return reading == nullptr ? 0 : reading->version.number;
  }
  bool Stale() const { return read_version() < versions.newest().number; }
  bool Idle() const;

  // After work on a renewal from `begin` to `now`: no next one, unless somebody
  // waits for it, for `multiple` times what this one took.
  void RestAfterWork(absl::Duration begin, absl::Duration now, double multiple);

  // How many of its questions are being answered, and of these without anybody
  // who waited when that began.
  int Computing() const;
  int Renewing() const;

  // Cancels the renewals of answers that are there, which begin again later. A
  // renewal yields to all else, which who waits need not, and a thread's
  // priority cannot be raised; another question's may hold a fit that he needs.
  void CancelRenewals();
};

// The campaigns in the cache and the questions about each, bounded in number:
// when there is no more room, the least recently used idle one goes. Not
// thread-safe.
class CachedCampaigns {
 public:
  struct Limits {
    size_t campaigns;
    size_t questions;  // for each campaign
    // Answered at the same time for each campaign, so that one about which many
    // long questions are asked leaves a thread to the others.
    int computing = std::numeric_limits<int>::max();
  };
  // The standing questions that each campaign has from the beginning.
  using Standing =
      std::function<std::vector<AnalysisQuestion>(const std::string& campaign)>;

  CachedCampaigns(Limits limits, Standing standing)
      : limits_(limits), standing_(std::move(standing)) {}

  // The campaign or question, which is added if it is not there; counts as a
  // use of it.
  CachedCampaign& FindOrAdd(const std::string& name);
  CachedQuestion& FindOrAdd(CachedCampaign& campaign,
                            const AnalysisQuestion& question);

  // Null if it is not there; no use of it.
  CachedCampaign* Find(const std::string& name);

  // Takes in what commits have changed of a campaign, which is added if it has
  // other results than before.
  void Tell(const std::string& name, const CampaignNews& news);

  void Erase(const std::string& name);

  // Drops the questions of a campaign that are idle and that nobody has asked
  // since `then`; standing ones stay.
  void ForgetUnaskedSince(absl::Duration then, CachedCampaign& campaign);

  // Takes out the waiter that gave this `asker` (CachedAnswer::Wait); none if
  // there is none. If it was the last that wanted this answer, the answer's
  // computation is cancelled, or never begun.
  std::optional<AnalysisDone> Abandon(const void* asker);

  // What has gone since the last call, to be destroyed by whoever holds no
  // lock: readings and answers may be large.
  class Dropped {
   private:
    friend class CachedCampaigns;
    std::vector<std::map<std::string, CachedCampaign>::node_type> campaigns_;
    std::vector<std::map<std::string, CachedQuestion>::node_type> questions_;
    std::vector<std::shared_ptr<const CampaignReading>> readings_;
  };
  Dropped TakeDropped() { return std::exchange(dropped_, {}); }

  const Limits& limits() const { return limits_; }

  std::map<std::string, CachedCampaign>& by_name() { return by_name_; }

 private:
  const Limits limits_;
  const Standing standing_;
  uint64_t uses_ = 0;
  std::map<std::string, CachedCampaign> by_name_;
  Dropped dropped_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_CACHED_CAMPAIGNS_H_

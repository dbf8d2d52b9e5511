#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_COMMIT_NEWS_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_COMMIT_NEWS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/threads/event.h"
#include "coordinator/analysis/campaign_results.h"
#include "storage/store.h"

namespace isoshape {

// What commits have changed of what a campaign's answers rest on.
struct CampaignNews {
  bool deleted = false;     // before all else that is told here
  int64_t succeeded = 0;    // trials
  bool results_go = false;  // some may count no more
  bool changed = false;     // in what matters only if somebody has asked

  bool empty() const {
    return !deleted && succeeded == 0 && !results_go && !changed;
  }
  // What came after this, which deletes nothing.
  void Add(const CampaignNews& later) {
    succeeded += later.succeeded;
    results_go = results_go || later.results_go;
    changed = changed || later.changed;
  }
};

// What commits tell the cache, until it takes that in, and what its threads
// wait by. Who commits must not wait for those threads, which have a low
// priority and may be stopped in the middle of what they do: so this has a lock
// of its own, under which little is done. Thread-safe.
class CommitNews {
 public:
  using NewsByCampaign = std::map<std::string, CampaignNews, std::less<>>;

  // Wakes the threads if a campaign has news, and had none since it was last
  // read: all of them, so that each waits no longer than until that one's rest
  // is over, whatever the others do then. What comes later they see then.
  void Note(const std::vector<Mutation>& mutations);
  // What was noted since the last call.
  NewsByCampaign Take();

  // A campaign is being read, with all that was taken. Until that has ended,
  // what a commit says of it is news, since it may have been read before.
  void ReadingBegins(const std::string& campaign);
  // And no more; what commits say of it is held against what is kept of it now,
  // be it of this reading or, if that failed, the last one; null: nothing.
  void ReadingEnded(const std::string& campaign, const CampaignResults* kept);
  // Forgets campaigns that are not `kept`; for who is about to Wait.
  void Keep(absl::FunctionRef<bool(const std::string& campaign)> kept);

  // Wakes one of those that Wait, or all of them.
  void Wake();
  void WakeAll();
  int64_t wakes();
  // Waits until there are more than so many `wakes`, up to the limit; may
  // return before.
  void Wait(int64_t wakes, absl::Duration limit);

 private:
  // What a commit is held against.
  struct LastReading {
    bool imported_alone = false;
    double target_flops = 0;
    std::vector<double> budgets;
  };
  struct Campaign {
    bool behind = false;  // has had news since its last reading began
    bool being_read = false;
    std::optional<LastReading> reading;
  };

  // The news of the campaign, to be added to.
  CampaignNews& NewsOf(absl::string_view campaign)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether the campaign's stored row, or, with none, a trial of it that has
  // not ended, is other than what was read.
  bool Differs(absl::string_view campaign, const v1::Campaign* row) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WakeAllLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  TimedCondVar woken_;
  int64_t wakes_ ABSL_GUARDED_BY(mutex_) = 0;
  NewsByCampaign news_ ABSL_GUARDED_BY(mutex_);  // not taken yet
  // Those with news, and those that are kept.
  std::map<std::string, Campaign, std::less<>> campaigns_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_COMMIT_NEWS_H_

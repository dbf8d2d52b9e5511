#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_ANALYSIS_CACHE_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_ANALYSIS_CACHE_H_

#include <cstddef>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/threads/cancellation.h"
#include "common/threads/clock.h"
#include "coordinator/analysis/analysis_question.h"
#include "coordinator/analysis/cached_campaigns.h"
#include "coordinator/analysis/commit_news.h"
#include "coordinator/analysis/next_renewal.h"
#include "storage/store.h"

namespace isoshape {

// Results of campaigns and answers about them, renewed by threads of its own so
// that a request needs neither the store nor a fit. A commit that changes what
// a campaign's answers rest on makes them stale; the threads then read the
// results anew, once for all commits since the last reading, and answer again
// what is still asked. After each renewal a campaign rests for a multiple of
// what the renewal took, so that a busy campaign costs a bounded part of one
// core however many trials it has; and an answer that is renewed takes only
// what workers and those who wait leave of the processors. There is no queue of
// jobs: a thread that is free takes what is wanted most of what the campaigns
// are then (next_renewal.h), since each commit changes that.
//
// A stale answer is given at once, with the number of trials that have
// succeeded since; a stale error is not. A question with no answer yet waits.
// Thread-safe. Borrows the store and the clock.
//
//   AnalysisCache cache({.store = store});
//   cache.Ask({.campaign = "campaigns/c1", .key = "fit", .compute = Fit},
//             [](const AnalysisAnswer& answer, auto& basis) { … });
class AnalysisCache {
 public:
  struct Options {
    Store* store = nullptr;
    Clock* clock = Clock::Real();
    int threads = 3;        // so that a long fit holds up no other question
    size_t campaigns = 16;  // kept at most; the least recently used is dropped
    size_t questions = 16;  // kept at most for each campaign
    double rest = 19;       // times as long as a renewal took: 5 % of a core
    // An answer that takes longer is given up, with an error.
    absl::Duration longest_answer = absl::Minutes(10);
    // Questions whose answers are kept ready for every campaign in the cache.
    CachedCampaigns::Standing standing{};
    // For tests: called on the cache's thread before a campaign is read.
    std::function<void(const std::string& campaign)> before_read{};
  };

  explicit AnalysisCache(Options options);
  ~AnalysisCache();

  // Calls `done` once, on the asker's thread or one of the cache's. Errors:
  // those of ReadCampaignResults and of `compute`; RESOURCE_EXHAUSTED if the
  // answer takes too long; CANCELLED after Abandon; UNAVAILABLE after Stop.
  // `asker` tells a question from all others that are waiting, if it is ever
  // to be abandoned.
  void Ask(const AnalysisQuestion& question, AnalysisDone done,
           const void* asker = nullptr);

  // The asker has gone: if its question waits, it ends by CANCELLED, and what
  // nobody else wants is computed no further.
  void Abandon(const void* asker);

  // For how long the campaign rests now: who asks again and again by himself,
  // and was told an error, is to ask no sooner, as a stale error is computed
  // anew for whoever asks. Zero if it does not rest.
  absl::Duration RestOf(const std::string& campaign);

  // To be called after each commit, before it is answered. Quick: takes the
  // lock of the news alone, which threads of the cache hold for moments.
  // Whoever asks or is answered after it takes it in.
  void OnCommit(const std::vector<Mutation>& mutations) {
    news_.Note(mutations);
  }

  // Reads the newest campaigns as if somebody had asked about them; for the
  // start.
  void Warm();

  // Ends waits with UNAVAILABLE, and the computations under way. A second call
  // does nothing.
  void Stop();

 private:
  // Holds the mutex. What has gone meanwhile is destroyed when others may have
  // it again: it may be large, and who asks waits for the mutex.
  class ABSL_SCOPED_LOCKABLE Lock {
   public:
    explicit Lock(AnalysisCache* cache)
        ABSL_EXCLUSIVE_LOCK_FUNCTION(cache->mutex_);
    ~Lock() ABSL_UNLOCK_FUNCTION();
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

   private:
    AnalysisCache* const cache_;
  };

  void Run();
  void TakeNews() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Read(const ReadCampaign& work) ABSL_LOCKS_EXCLUDED(mutex_);
  void Compute(const AnswerQuestion& work) ABSL_LOCKS_EXCLUDED(mutex_);
  // The same on a thread that takes what others leave.
  void Renew(const AnswerQuestion& work) ABSL_LOCKS_EXCLUDED(mutex_);

  const Options options_;
  CommitNews news_;
  absl::Mutex mutex_;  // taken before that of the news
  CachedCampaigns campaigns_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  Cancellation reading_;              // of campaigns; cancelled when it stops
  std::vector<std::thread> threads_;  // last: started when all else is there
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_ANALYSIS_CACHE_H_

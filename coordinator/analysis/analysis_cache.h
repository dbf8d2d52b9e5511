#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_ANALYSIS_CACHE_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_ANALYSIS_CACHE_H_

#include <google/protobuf/message.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "coordinator/analysis/campaign_results.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "storage/store.h"

namespace isoshape {

// Results of campaigns and answers about them, renewed by threads of its own so
// that a request needs neither the store nor a fit. A commit that changes what
// a campaign's answers rest on makes them stale; the threads then read the
// results anew, once for all commits since the last reading, and answer again
// what is still asked. After each renewal a campaign rests for a multiple of
// what the renewal took, so that a busy campaign costs a bounded part of one
// core however many trials it has.
//
// A stale answer is given at once, with the number of trials that have
// succeeded since; a stale error is not. A question with no answer yet waits.
// Thread-safe. Borrows the store and the clock.
//
//   AnalysisCache cache({.store = store});
//   cache.Ask({.campaign = "campaigns/c1", .key = "fit", .compute = Fit},
//             [](const AnalysisCache::Answer& answer, auto& basis) { … });
class AnalysisCache {
 public:
  using Answer =
      absl::StatusOr<std::shared_ptr<const google::protobuf::Message>>;

  struct Question {
    std::string campaign{};  // `campaigns/{campaign}`
    std::string key{};       // tells the questions about a campaign apart
    std::function<Answer(const CampaignResults&)> compute{};
    // Accept only an answer that rests on everything that was committed when
    // the question came.
    bool wait_for_newest = false;
    // Computing it takes less than a few milliseconds, so it is computed on the
    // caller's thread, from the results that are there.
    bool cheap = false;
  };

  // Receives the answer and what it rests on; called once, on the asker's
  // thread or one of the cache's.
  using Done = std::function<void(const Answer&, const v1::DataBasis&)>;

  struct Options {
    Store* store = nullptr;
    Clock* clock = Clock::Real();
    int threads = 2;        // so that a long fit holds up no other question
    size_t campaigns = 16;  // kept at most; the least recently used is dropped
    size_t questions = 16;  // kept at most for each campaign
    double rest = 19;       // times as long as a renewal took: 5 % of a core
    // Questions whose answers are kept ready for every campaign in the cache.
    std::function<std::vector<Question>(const std::string& campaign)>
        standing{};
    // For tests: called on the cache's thread before a campaign is read.
    std::function<void(const std::string& campaign)> before_read{};
  };

  explicit AnalysisCache(Options options);
  ~AnalysisCache();

  // Errors: those of ReadCampaignResults and of `compute`; UNAVAILABLE after
  // Stop.
  void Ask(const Question& question, Done done);

  // To be called after each commit, before it is answered. Quick.
  void OnCommit(const std::vector<Mutation>& mutations);

  // Reads the newest campaigns as if somebody had asked about them; for the
  // start.
  void Warm();

  // Ends waits with UNAVAILABLE. A second call does nothing.
  void Stop();

 private:
  // One reading of a campaign.
  struct Reading {
    CampaignResults results;
    int64_t version = 0;  // of the campaign, before it was read
    int64_t changes = 0;
    absl::Time time;
  };
  struct Waiter {
    Done done;
    int64_t min_version;
    bool any;  // takes any version, but waits once if that is a stale error
  };
  struct Kept {
    Question question;
    Answer answer = absl::UnknownError("not answered yet");
    int64_t version = 0;  // of what it rests on; 0: no answer
    int64_t changes = 0;
    v1::DataBasis basis;
    bool standing = false;
    bool running = false;
    bool asked = false;  // since it was last computed
    uint64_t used = 0;
    std::vector<Waiter> waiters;
  };
  struct Campaign {
    int64_t version = 1;  // grows with every change
    int64_t floor = 1;    // no answer of a lesser version is given
    int64_t changes = 0;  // trials that succeeded since it was cached
    std::shared_ptr<const Reading> reading;
    bool being_read = false;
    absl::Duration busy;  // by the renewal under way or the last one
    absl::Time not_before = absl::InfinitePast();
    uint64_t used = 0;
    std::map<std::string, Kept> kept;  // by key

    bool stale() const {
      return reading == nullptr || reading->version < version;
    }
  };
  struct Step {
    std::string campaign;
    std::string key;
    bool read = false;
    int64_t version = 0, changes = 0;        // to read at
    std::shared_ptr<const Reading> reading;  // to compute from
    std::function<Answer(const CampaignResults&)> compute;
  };
  // Calls to make once the lock is free.
  using Replies = std::vector<std::function<void()>>;

  void Run();
  bool NextStep(Step* step, absl::Duration* patience)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Read(const Step& step) ABSL_LOCKS_EXCLUDED(mutex_);
  void Compute(const Step& step) ABSL_LOCKS_EXCLUDED(mutex_);
  Campaign& Find(const std::string& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Kept& Find(Campaign& campaign, const Question& question)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Rest(Campaign& campaign, absl::Time begin)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  absl::Mutex mutex_;
  absl::CondVar changed_;
  std::map<std::string, Campaign> campaigns_ ABSL_GUARDED_BY(mutex_);
  uint64_t uses_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;  // last: started when all else is there
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_ANALYSIS_CACHE_H_

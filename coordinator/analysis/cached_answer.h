#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_CACHED_ANSWER_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_CACHED_ANSWER_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "coordinator/analysis/analysis_question.h"
#include "coordinator/analysis/campaign_results.h"
#include "coordinator/analysis/campaign_versions.h"
#include "isoshape/v1/analysis_service.pb.h"

namespace isoshape {

// The results of a campaign as they were read once.
struct CampaignReading {
  CampaignResults results;
  CampaignVersion version;  // of the campaign when the reading began
  absl::Time time;

  // What an answer to the question computed from this reading rests on, if the
  // campaign is at `versions` now.
  v1::DataBasis Basis(const CampaignVersions& versions,
                      const AnalysisQuestion& question = {}) const;
};

// The last answer to a question, and who waits for a newer one. A waiter is
// satisfied by an answer of a min version: of the newest one when it asked, or
// of any that is valid. If the latter would receive a stale error, it waits for
// the newest version instead, because newer trials may have mended it; it does
// so once, lest a busy campaign keep it for ever. Not thread-safe.
class CachedAnswer {
 public:
  const AnalysisAnswer& answer() const { return answer_; }
  // What the answer rests on.
  v1::DataBasis Basis(const CampaignVersions& versions) const;
  // The version's number that the answer rests on; 0: there is no answer.
  int64_t version() const { return version_.number; }

  // Whether the answer may be given to who asks now: it is valid, the newest
  // one if `newest_only`, and no stale error.
  bool CanGive(const CampaignVersions& versions, bool newest_only) const;

  // To be called if not CanGive. `asker` is for TakeWaiterOf.
  void Wait(AnalysisDone done, const CampaignVersions& versions,
            bool newest_only, const void* asker = nullptr);

  bool HasWaiters() const { return !waiters_.empty(); }
  // Whether a waiter is satisfied by an answer of `version`.
  bool IsAwaitedAt(int64_t version) const;
  // Whether a waiter needs a newer version than `version`.
  bool IsAwaitedAfter(int64_t version) const;

  // Keeps an answer to the question computed from `reading`; returns the
  // waiters that are to receive it.
  std::vector<AnalysisDone> Set(const AnalysisAnswer& answer,
                                const CampaignReading& reading,
                                const CampaignVersions& versions,
                                const AnalysisQuestion& question = {});

  // Takes out the waiters that an answer of `version` satisfies.
  std::vector<AnalysisDone> TakeWaiters(int64_t version);
  std::vector<AnalysisDone> TakeAllWaiters();
  // Takes out a waiter that gave this `asker`; none if there is none.
  std::optional<AnalysisDone> TakeWaiterOf(const void* asker);

 private:
  struct Waiter {
    AnalysisDone done;
    const void* asker;
    int64_t min_version;
    bool waits_on_if_stale_error;
  };

  AnalysisAnswer answer_ = absl::UnknownError("not answered yet");
  CampaignVersion version_;
  v1::DataBasis basis_;
  std::vector<Waiter> waiters_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_CACHED_ANSWER_H_

#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_NEXT_RENEWAL_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_NEXT_RENEWAL_H_

#include <memory>
#include <string>
#include <variant>

#include "absl/time/time.h"
#include "coordinator/analysis/analysis_question.h"
#include "coordinator/analysis/cached_answer.h"
#include "coordinator/analysis/cached_campaigns.h"
#include "coordinator/analysis/campaign_versions.h"

namespace isoshape {

// Work for a thread of the cache, with all that it needs when it has given up
// the lock: to read a campaign's results, or to answer a question from the last
// reading.
struct ReadCampaign {
  std::string campaign;
  CampaignVersion version;  // that the campaign has now
};
struct AnswerQuestion {
  std::string campaign;
  AnalysisQuestion question;
  std::shared_ptr<const CampaignReading> reading;
  // Nobody waits for it: there is an answer, as of an earlier reading.
  bool renews = false;
  std::shared_ptr<Cancellation> cancellation{};  // to be set by the caller
};
// Nothing to do before `patience` is over, unless something changes.
struct NothingToRenew {
  absl::Duration patience;
};
using Renewal = std::variant<NothingToRenew, ReadCampaign, AnswerQuestion>;

// Chooses what to do next, and marks it as under way. What somebody waits for
// goes first, then answers that are still asked for, then the reading of a
// stale campaign for nobody in particular: when its answers have caught up with
// the last reading, and its rest is over. Of answers alike, that of the
// campaign for which the fewest are being computed goes first, then the one
// that has been waited for longest; a campaign has at most Limits::computing at
// a time.
Renewal TakeNextRenewal(CachedCampaigns& campaigns, absl::Duration now);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_NEXT_RENEWAL_H_

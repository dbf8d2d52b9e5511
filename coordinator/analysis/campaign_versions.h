#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_VERSIONS_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_VERSIONS_H_

#include <cstdint>

namespace isoshape {

// A state of a campaign, as far as answers about it can tell states apart.
struct CampaignVersion {
  int64_t number = 0;  // grows with every change; 0: before the first one
  int64_t trials = 0;  // that had succeeded since the campaign was cached
};

// The versions that a cached campaign goes through.
class CampaignVersions {
 public:
  const CampaignVersion& newest() const { return newest_; }
  // No answer that rests on an older version may be given.
  int64_t oldest_valid() const { return oldest_valid_; }

  // How many trials have succeeded since `version`.
  int64_t NewerTrials(const CampaignVersion& version) const {
    return newest_.trials - version.trials;
  }

  void TrialSucceeded() {
    ++newest_.number;
    ++newest_.trials;
  }
  void CampaignChanged() { ++newest_.number; }
  // What was known of the campaign is not even good as a stale answer.
  void CampaignDeleted() { oldest_valid_ = ++newest_.number; }

 private:
  CampaignVersion newest_ = {.number = 1};
  int64_t oldest_valid_ = 1;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_VERSIONS_H_

#ifndef ISOSHAPE_CLAIMS_OVERLAP_H_
#define ISOSHAPE_CLAIMS_OVERLAP_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "claims/cells.h"

namespace isoshape {

// When the runs of a report were under way, by worker, so that a reader learns
// whether times were measured alone.
class RunOverlap {
 public:
  // Takes the runs that have ended; a trial that claims share counts once.
  void Add(const std::vector<ClaimRuns>& runs);

  // The most runs that were under way at once on a worker while one of these
  // was; 0 if it is not known of them.
  int AtOnce(const std::vector<ClaimRuns>& runs) const;

 private:
  struct Stretch {
    absl::Time begin;
    absl::Time end;
  };
  // By worker, then by the name of the trial.
  std::map<std::string, std::map<std::string, Stretch>> by_worker_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_CLAIMS_OVERLAP_H_

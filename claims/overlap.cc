#include "claims/overlap.h"

#include <algorithm>

#include "messages/json/proto_time.h"
#include "messages/trial/lifecycle.h"

namespace isoshape {

void RunOverlap::Add(const std::vector<ClaimRuns>& runs) {
  for (const ClaimRuns& of_campaign : runs) {
    for (const v1::Trial& trial : of_campaign.trials) {
      if (!IsFinal(trial.state()) || !trial.has_start_time() ||
          !trial.has_end_time()) {
        continue;
      }
      by_worker_[trial.worker()][trial.name()] = {FromProto(trial.start_time()),
                                                  FromProto(trial.end_time())};
    }
  }
}

int RunOverlap::AtOnce(const std::vector<ClaimRuns>& runs) const {
  int64_t most = 0;
  for (const ClaimRuns& of_campaign : runs) {
    for (const v1::Trial& trial : of_campaign.trials) {
      const auto worker = by_worker_.find(trial.worker());
      if (worker == by_worker_.end()) continue;
      const auto own = worker->second.find(trial.name());
      if (own == worker->second.end()) continue;
      std::vector<Stretch> beside;
      for (const auto& [name, stretch] : worker->second) {
        if (stretch.begin < own->second.end &&
            own->second.begin < stretch.end) {
          beside.push_back(stretch);
        }
      }
      // The most are under way when one of them begins.
      for (const Stretch& first : beside) {
        const absl::Time at = std::max(first.begin, own->second.begin);
        most = std::max<int64_t>(most,
                                 std::count_if(beside.begin(), beside.end(),
                                               [at](const Stretch& stretch) {
                                                 return stretch.begin <= at &&
                                                        at < stretch.end;
                                               }));
      }
    }
  }
  return static_cast<int>(most);
}

}  // namespace isoshape

#include "messages/trial/worker_data.h"

#include <algorithm>

#include "messages/campaign/campaign_variants.h"

namespace isoshape {

bool HasOtherData(const v1::Worker& worker, const v1::Campaign& campaign,
                  const std::string& dataset) {
  const std::string& known = DataFingerprint(campaign, dataset);
  return !known.empty() &&
         std::any_of(worker.data().begin(), worker.data().end(),
                     [&](const v1::DataContent& data) {
                       return data.dataset() == dataset &&
                              !data.fingerprint().empty() &&
                              data.fingerprint() != known;
                     });
}

}  // namespace isoshape

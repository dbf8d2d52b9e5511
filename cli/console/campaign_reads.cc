#include "cli/console/campaign_reads.h"

#include <algorithm>

#include "common/status_macros.h"

namespace isoshape {

absl::StatusOr<v1::Campaign> GetCampaign(Client& client,
                                         const std::string& name) {
  v1::GetCampaignRequest request;
  request.set_name(name);
  return client.Call(&Client::CampaignStub::GetCampaign, request);
}

absl::StatusOr<std::vector<v1::Trial>> ListTrials(Client& client,
                                                  const std::string& campaign,
                                                  int64_t limit,
                                                  v1::Trial::State state) {
  std::vector<v1::Trial> trials;
  v1::ListTrialsRequest request;
  request.set_parent(campaign);
  request.set_state(state);
  do {
    const int64_t wanted =
        limit > 0 ? limit - static_cast<int64_t>(trials.size()) : 1000;
    request.set_page_size(
        static_cast<int32_t>(std::min<int64_t>(wanted, 1000)));
    ISOSHAPE_ASSIGN_OR_RETURN(
        const v1::ListTrialsResponse page,
        client.Call(&Client::CampaignStub::ListTrials, request));
    trials.insert(trials.end(), page.trials().begin(), page.trials().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() &&
           (limit == 0 || static_cast<int64_t>(trials.size()) < limit));
  return trials;
}

absl::StatusOr<std::vector<v1::Measurement>> ListMeasurements(
    Client& client, const std::string& trial) {
  std::vector<v1::Measurement> curve;
  v1::ListMeasurementsRequest request;
  request.set_parent(trial);
  request.set_page_size(10000);
  do {
    ISOSHAPE_ASSIGN_OR_RETURN(
        const v1::ListMeasurementsResponse page,
        client.Call(&Client::CampaignStub::ListMeasurements, request));
    curve.insert(curve.end(), page.measurements().begin(),
                 page.measurements().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return curve;
}

}  // namespace isoshape

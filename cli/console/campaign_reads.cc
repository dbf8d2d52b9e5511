#include "cli/console/campaign_reads.h"

#include "absl/strings/str_cat.h"
#include "cli/console/all_pages.h"
#include "common/status/status_macros.h"
#include "messages/names/resource_name.h"

namespace isoshape {

absl::StatusOr<v1::Campaign> GetCampaign(Client& client,
                                         const std::string& name) {
  v1::GetCampaignRequest request;
  request.set_name(name);
  return client.Call(&Client::CampaignStub::GetCampaign, request);
}

absl::StatusOr<v1::Campaign> CreateOrGetCampaign(
    Client& client, const v1::CreateCampaignRequest& request) {
  absl::StatusOr<v1::Campaign> created =
      client.Call(&Client::CampaignStub::CreateCampaign, request);
  if (!absl::IsAlreadyExists(created.status())) return created;
  return GetCampaign(client, MakeCampaignName(request.campaign_id()));
}

absl::StatusOr<v1::ListCampaignsResponse> ListCampaigns(
    Client& client, int64_t limit, const v1::ListCampaignsRequest& filter) {
  return AllPages(client, &Client::CampaignStub::ListCampaigns, filter,
                  &v1::ListCampaignsResponse::campaigns, 1000, limit);
}

absl::StatusOr<ImportedTrials> CountImported(Client& client,
                                             const std::string& campaign) {
  v1::ListTrialTableRequest request;
  request.set_parent(campaign);
  request.set_filter("purpose:imported");
  request.add_columns("number");
  request.set_page_size(1);
  const auto ask = [&] {
    return client.Call(&Client::CampaignStub::ListTrialTable, request);
  };
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::ListTrialTableResponse imported, ask());
  ImportedTrials trials{.count = imported.matching()};
  if (trials.count == 0) return trials;
  request.set_filter("purpose:imported,verification");
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::ListTrialTableResponse others, ask());
  trials.alone = others.matching() == others.total();
  return trials;
}

absl::StatusOr<std::vector<v1::Worker>> ListWorkers(Client& client) {
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::ListWorkersResponse all,
                            AllPages(client, &Client::WorkerStub::ListWorkers,
                                     v1::ListWorkersRequest(),
                                     &v1::ListWorkersResponse::workers, 1000));
  return std::vector<v1::Worker>(all.workers().begin(), all.workers().end());
}

absl::StatusOr<std::vector<v1::Trial>> ListTrials(Client& client,
                                                  const std::string& campaign,
                                                  int64_t limit,
                                                  v1::Trial::State state,
                                                  const std::string& variant) {
  v1::ListTrialsRequest request;
  request.set_parent(campaign);
  request.set_state(state);
  request.set_variant(variant);
  ISOSHAPE_ASSIGN_OR_RETURN(
      const v1::ListTrialsResponse all,
      AllPages(client, &Client::CampaignStub::ListTrials, request,
               &v1::ListTrialsResponse::trials, 1000, limit));
  return std::vector<v1::Trial>(all.trials().begin(), all.trials().end());
}

absl::StatusOr<std::vector<v1::Measurement>> ListMeasurements(
    Client& client, const std::string& trial) {
  v1::ListMeasurementsRequest request;
  request.set_parent(trial);
  ISOSHAPE_ASSIGN_OR_RETURN(
      const v1::ListMeasurementsResponse all,
      AllPages(client, &Client::CampaignStub::ListMeasurements, request,
               &v1::ListMeasurementsResponse::measurements, 10000));
  return std::vector<v1::Measurement>(all.measurements().begin(),
                                      all.measurements().end());
}

}  // namespace isoshape

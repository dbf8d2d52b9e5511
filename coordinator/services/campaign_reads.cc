#include "coordinator/services/campaign_reads.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "coordinator/services/page_token.h"
#include "messages/resource_name.h"

namespace isoshape {

absl::StatusOr<v1::Campaign> ReadCampaign(
    Store& store, const v1::GetCampaignRequest& request) {
  ISOSHAPE_RETURN_IF_ERROR(CheckCampaignName(request.name()));
  return store.GetCampaign(request.name());
}

absl::StatusOr<v1::ListCampaignsResponse> ReadCampaigns(
    Store& store, const v1::ListCampaignsRequest& request) {
  constexpr char kListing[] = "campaigns";
  Page<std::string> page;
  ISOSHAPE_ASSIGN_OR_RETURN(const int size,
                            CheckPageSize(request.page_size(), 50, 1000));
  ISOSHAPE_ASSIGN_OR_RETURN(page.after,
                            ParsePageToken(kListing, request.page_token()));
  page.limit = size + 1;
  ISOSHAPE_ASSIGN_OR_RETURN(std::vector<v1::Campaign> campaigns,
                            store.ListCampaigns(page));
  v1::ListCampaignsResponse response;
  response.set_next_page_token(MovePage(kListing, size, std::move(campaigns),
                                        response.mutable_campaigns(),
                                        std::mem_fn(&v1::Campaign::name)));
  return response;
}

absl::StatusOr<v1::Trial> ReadTrial(Store& store,
                                    const v1::GetTrialRequest& request) {
  ISOSHAPE_RETURN_IF_ERROR(ParseTrialName(request.name()).status());
  return store.GetTrial(request.name());
}

absl::StatusOr<v1::ListTrialsResponse> ReadTrials(
    Store& store, const v1::ListTrialsRequest& request) {
  ISOSHAPE_RETURN_IF_ERROR(CheckCampaignName(request.parent()));
  if (!v1::Trial::State_IsValid(request.state())) {
    return absl::InvalidArgumentError(
        absl::StrCat("state ", static_cast<int>(request.state()),
                     " is not a state of trials; leave it unset for all"));
  }
  const std::string listing =
      absl::StrCat("trials ", request.parent(), " state ",
                   static_cast<int>(request.state()));
  Page<int64_t> page;
  ISOSHAPE_ASSIGN_OR_RETURN(const int size,
                            CheckPageSize(request.page_size(), 100, 1000));
  ISOSHAPE_ASSIGN_OR_RETURN(page.after,
                            ParseNumberToken(listing, request.page_token()));
  page.limit = size + 1;
  std::optional<v1::Trial::State> state;
  if (request.state() != v1::Trial::STATE_UNSPECIFIED) state = request.state();
  ISOSHAPE_ASSIGN_OR_RETURN(std::vector<v1::Trial> trials,
                            store.ListTrials(request.parent(), state, page));
  v1::ListTrialsResponse response;
  response.set_next_page_token(
      MovePage(listing, size, std::move(trials), response.mutable_trials(),
               [](const v1::Trial& trial) {
                 return ParseTrialName(trial.name())->number;
               }));
  return response;
}

absl::StatusOr<v1::ListMeasurementsResponse> ReadMeasurements(
    Store& store, const v1::ListMeasurementsRequest& request) {
  ISOSHAPE_RETURN_IF_ERROR(ParseTrialName(request.parent()).status());
  const std::string listing = absl::StrCat("measurements ", request.parent());
  Page<int64_t> page;
  ISOSHAPE_ASSIGN_OR_RETURN(const int size,
                            CheckPageSize(request.page_size(), 1000, 10000));
  ISOSHAPE_ASSIGN_OR_RETURN(page.after,
                            ParseNumberToken(listing, request.page_token()));
  page.limit = size + 1;
  ISOSHAPE_ASSIGN_OR_RETURN(std::vector<v1::Measurement> measurements,
                            store.ListMeasurements(request.parent(), page));
  v1::ListMeasurementsResponse response;
  response.set_next_page_token(MovePage(listing, size, std::move(measurements),
                                        response.mutable_measurements(),
                                        std::mem_fn(&v1::Measurement::step)));
  return response;
}

}  // namespace isoshape

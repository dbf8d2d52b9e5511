#include "coordinator/services/campaign_reads.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "coordinator/scheduler/why_trials_wait.h"
#include "coordinator/services/hide_tokens.h"
#include "coordinator/services/page_token.h"
#include "coordinator/services/worker_reads.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/names/resource_name.h"

namespace isoshape {

namespace {

// Trials that are looked at for why they wait, each time that a campaign is
// asked for: one may have 100,000.
constexpr int kMaxLookedAt = 1000;

// The labels and the state that a listing asks for.
bool Matches(const v1::Campaign& campaign,
             const v1::ListCampaignsRequest& request) {
  if (request.state() != v1::Campaign::STATE_UNSPECIFIED &&
      campaign.state() != request.state()) {
    return false;
  }
  return std::all_of(
      request.labels().begin(), request.labels().end(), [&](const auto& label) {
        const auto it = campaign.labels().find(label.first);
        return it != campaign.labels().end() &&
               (label.second.empty() || it->second == label.second);
      });
}

// The listing's name in page tokens, with its filters in one order.
std::string ListingOf(const v1::ListCampaignsRequest& request) {
  const std::map<std::string, std::string> labels(request.labels().begin(),
                                                  request.labels().end());
  std::string name =
      absl::StrCat("campaigns state ", static_cast<int>(request.state()));
  for (const auto& [key, value] : labels) {
    absl::StrAppend(&name, " ", key, "=", value);
  }
  return name;
}

}  // namespace

absl::StatusOr<v1::Campaign> ReadCampaign(Store& store,
                                          const v1::GetCampaignRequest& request,
                                          absl::Time now,
                                          absl::Duration lease_duration) {
  ISOSHAPE_RETURN_IF_ERROR(CheckCampaignName(request.name()));
  ISOSHAPE_ASSIGN_OR_RETURN(v1::Campaign campaign,
                            store.GetCampaign(request.name()));
  // A variant of which no trial can be trained, and what is reserved for one
  // worker, may wait while others run.
  if (campaign.trial_counts().pending() == 0) return campaign;
  Page<int64_t> first;
  first.limit = kMaxLookedAt;
  ISOSHAPE_ASSIGN_OR_RETURN(
      const std::vector<v1::Trial> pending,
      store.ListTrials(campaign.name(), v1::Trial::PENDING, first));
  WaitingTrials waiting(campaign, pending, now);
  if (!waiting.IsKnown()) {
    ISOSHAPE_RETURN_IF_ERROR(VisitConnectedWorkers(
        store, now, lease_duration, [&](const v1::Worker& worker) {
          waiting.Add(worker);
          return !waiting.IsKnown();
        }));
  }
  const std::string why = waiting.Why();
  const bool more = campaign.trial_counts().pending() > kMaxLookedAt &&
                    pending.size() == kMaxLookedAt;
  campaign.set_waiting(
      why.empty() || !more
          ? why
          : absl::StrCat("of the first ", kMaxLookedAt, ", ", why));
  return campaign;
}

absl::StatusOr<v1::ListCampaignsResponse> ReadCampaigns(
    Store& store, const v1::ListCampaignsRequest& request) {
  if (!v1::Campaign::State_IsValid(request.state())) {
    return absl::InvalidArgumentError(
        absl::StrCat("state ", static_cast<int>(request.state()),
                     " is not a state of campaigns; leave it unset for all"));
  }
  const std::string listing = ListingOf(request);
  Page<std::string> page;
  ISOSHAPE_ASSIGN_OR_RETURN(const int size,
                            CheckPageSize(request.page_size(), 50, 1000));
  ISOSHAPE_ASSIGN_OR_RETURN(page.after,
                            ParsePageToken(listing, request.page_token()));
  page.limit = size + 1;
  page.max_bytes = kMaxReadBytes;
  std::vector<v1::Campaign> campaigns;
  size_t bytes = 0;
  while (static_cast<int>(campaigns.size()) <= size && bytes < kMaxReadBytes) {
    ISOSHAPE_ASSIGN_OR_RETURN(std::vector<v1::Campaign> read,
                              store.ListCampaigns(page));
    if (read.empty()) break;
    page.after = read.back().name();
    for (v1::Campaign& campaign : read) {
      if (!Matches(campaign, request)) continue;
      bytes += campaign.ByteSizeLong();
      campaigns.push_back(std::move(campaign));
    }
  }
  v1::ListCampaignsResponse response;
  response.set_next_page_token(MovePage(listing, size, std::move(campaigns),
                                        response.mutable_campaigns(),
                                        std::mem_fn(&v1::Campaign::name)));
  return response;
}

absl::StatusOr<v1::Trial> ReadTrial(Store& store,
                                    const v1::GetTrialRequest& request) {
  ISOSHAPE_RETURN_IF_ERROR(ParseTrialName(request.name()).status());
  ISOSHAPE_ASSIGN_OR_RETURN(v1::Trial trial, store.GetTrial(request.name()));
  HideTokens(&trial);
  return trial;
}

absl::StatusOr<v1::ListTrialsResponse> ReadTrials(
    Store& store, const v1::ListTrialsRequest& request) {
  ISOSHAPE_RETURN_IF_ERROR(CheckCampaignName(request.parent()));
  if (!v1::Trial::State_IsValid(request.state())) {
    return absl::InvalidArgumentError(
        absl::StrCat("state ", static_cast<int>(request.state()),
                     " is not a state of trials; leave it unset for all"));
  }
  const std::string listing = absl::StrCat(
      "trials ", request.parent(), " state ", static_cast<int>(request.state()),
      request.variant().empty() ? "" : " variant ", request.variant());
  if (!request.variant().empty()) {
    ISOSHAPE_ASSIGN_OR_RETURN(const v1::Campaign campaign,
                              store.GetCampaign(request.parent()));
    ISOSHAPE_RETURN_IF_ERROR(FindVariant(campaign, request.variant()).status());
  }
  Page<int64_t> page;
  ISOSHAPE_ASSIGN_OR_RETURN(const int size,
                            CheckPageSize(request.page_size(), 100, 1000));
  ISOSHAPE_ASSIGN_OR_RETURN(page.after,
                            ParseNumberToken(listing, request.page_token()));
  page.limit = size + 1;
  page.max_bytes = kMaxReadBytes;
  std::optional<v1::Trial::State> state;
  if (request.state() != v1::Trial::STATE_UNSPECIFIED) state = request.state();
  std::vector<v1::Trial> trials;
  size_t bytes = 0;
  do {
    ISOSHAPE_ASSIGN_OR_RETURN(std::vector<v1::Trial> read,
                              store.ListTrials(request.parent(), state, page));
    if (read.empty()) break;
    ISOSHAPE_ASSIGN_OR_RETURN(const TrialName last,
                              ParseTrialName(read.back().name()));
    page.after = last.number;
    for (v1::Trial& trial : read) {
      if (!request.variant().empty() && VariantOf(trial) != request.variant()) {
        continue;
      }
      HideTokens(&trial);
      bytes += trial.ByteSizeLong();
      trials.push_back(std::move(trial));
    }
    // A page without a filter is read at once.
  } while (!request.variant().empty() && bytes < kMaxReadBytes &&
           static_cast<int>(trials.size()) <= size);
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
  page.max_bytes = kMaxReadBytes;
  ISOSHAPE_ASSIGN_OR_RETURN(std::vector<v1::Measurement> measurements,
                            store.ListMeasurements(request.parent(), page));
  v1::ListMeasurementsResponse response;
  response.set_next_page_token(MovePage(listing, size, std::move(measurements),
                                        response.mutable_measurements(),
                                        std::mem_fn(&v1::Measurement::step)));
  return response;
}

}  // namespace isoshape

#include "cli/claims/claims_plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "cli/console/campaign_reads.h"
#include "cli/console/command.h"
#include "common/files/sha256.h"
#include "common/status/status_macros.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "messages/json/proto_json.h"
#include "messages/names/resource_name.h"
#include "messages/trial/lifecycle.h"

namespace isoshape {
namespace {

constexpr int kHashDigits = 10;

// By what is trained, but for the number of seeds, which can grow.
std::string IdOf(const std::string& label, v1::Campaign campaign) {
  campaign.clear_seeds();
  campaign.clear_display_name();
  const std::string hash =
      absl::BytesToHexString(Sha256(ToJson(campaign).dump()));
  return absl::StrCat("claim-", label.empty() ? "" : label + "-",
                      hash.substr(0, kHashDigits));
}

absl::Status Resume(Client& client, const std::string& name) {
  v1::ResumeCampaignRequest request;
  request.set_name(name);
  return client.Call(&Client::CampaignStub::ResumeCampaign, request).status();
}

absl::Status Extend(Client& client, const v1::Campaign& existing,
                    const PlannedClaimCampaign& planned) {
  if (existing.state() == v1::Campaign::CANCELLED) {
    return absl::FailedPreconditionError(
        absl::StrCat(ShortName(existing.name()),
                     " was cancelled; choose another --directory or server"));
  }
  if (existing.state() == v1::Campaign::PAUSED) {
    ISOSHAPE_RETURN_IF_ERROR(Resume(client, existing.name()));
  }
  if (existing.seeds() >= planned.campaign.seeds()) return absl::OkStatus();
  v1::UpdateCampaignRequest request;
  request.mutable_campaign()->set_name(existing.name());
  request.mutable_campaign()->set_seeds(planned.campaign.seeds());
  request.mutable_update_mask()->add_paths("seeds");
  request.set_request_id(
      absl::StrCat("claims-", planned.id, "-", planned.campaign.seeds()));
  return client.Call(&Client::CampaignStub::UpdateCampaign, request).status();
}

v1::CreateCampaignRequest RequestOf(const PlannedClaimCampaign& planned) {
  v1::CreateCampaignRequest request;
  *request.mutable_campaign() = planned.campaign;
  request.set_campaign_id(planned.id);
  return request;
}

// An error that names its campaign.
absl::Status Named(const PlannedClaimCampaign& campaign,
                   const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      absl::StrCat(campaign.id, ": ", status.message()));
}

absl::Status Ensure(Client& client, const PlannedClaimCampaign& planned) {
  v1::CreateCampaignRequest request = RequestOf(planned);
  // With the seeds, which the id does not know: one call's answer is not that
  // of a later one with more.
  request.set_request_id(
      absl::StrCat("create-", planned.id, "-", planned.campaign.seeds()));
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::Campaign created,
                            CreateOrGetCampaign(client, request));
  // As it is now: a request that is repeated gets the answer of the first,
  // before the campaign was paused.
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::Campaign campaign,
                            GetCampaign(client, created.name()));
  return Extend(client, campaign, planned);
}

// Whether a verdict on the claim rests on what else the machine does.
bool DependsOnMachine(const v1::Claim& claim) {
  return std::any_of(
      claim.parts().begin(), claim.parts().end(),
      [](const v1::ClaimPart& part) { return part.depends_on_machine(); });
}

}  // namespace

absl::StatusOr<std::vector<PlannedClaim>> PlanClaims(
    const std::vector<v1::Claim>& claims, const std::string& scale, int seeds) {
  std::vector<PlannedClaim> plan;
  std::set<std::string> alone;
  absl::Status lacking;
  for (const v1::Claim& claim : claims) {
    const absl::StatusOr<v1::ClaimDesign> design = DesignOf(claim, scale);
    if (!design.ok()) {
      lacking = design.status();
      continue;
    }
    PlannedClaim planned;
    planned.claim = claim;
    for (const v1::ClaimCampaign& of_design : design->campaigns()) {
      PlannedClaimCampaign campaign;
      campaign.label = of_design.label();
      campaign.setting = of_design.setting();
      campaign.campaign = CampaignOf(*design, of_design);
      if (seeds > 0) campaign.campaign.set_seeds(seeds);
      (*campaign.campaign.mutable_labels())["claims"] = scale;
      campaign.id = IdOf(campaign.label, campaign.campaign);
      if (DependsOnMachine(claim)) alone.insert(campaign.id);
      planned.campaigns.push_back(std::move(campaign));
    }
    plan.push_back(std::move(planned));
  }
  if (plan.empty()) return lacking;
  for (PlannedClaim& planned : plan) {
    for (PlannedClaimCampaign& campaign : planned.campaigns) {
      campaign.alone = alone.contains(campaign.id);
    }
  }
  return plan;
}

std::vector<PlannedClaimCampaign> CampaignsOf(
    const std::vector<PlannedClaim>& plan) {
  std::vector<PlannedClaimCampaign> campaigns;
  std::set<std::string> ids;
  for (const PlannedClaim& claim : plan) {
    for (const PlannedClaimCampaign& campaign : claim.campaigns) {
      if (ids.insert(campaign.id).second) campaigns.push_back(campaign);
    }
  }
  return campaigns;
}

PlannedRuns CountRuns(const v1::Campaign& campaign) {
  const v1::ListedAlgorithm& listed = campaign.algorithm().listed();
  std::set<int64_t> depths(listed.depths().begin(), listed.depths().end());
  if (!depths.empty()) {
    for (const v1::Shape& shape : listed.shapes()) depths.insert(shape.depth());
  }
  const int shapes =
      depths.empty() ? listed.shapes_size() : static_cast<int>(depths.size());
  PlannedRuns runs;
  for (const double budget : campaign.budgets()) {
    const int trials =
        shapes * campaign.seeds() * (1 + campaign.variants_size());
    runs.trials += trials;
    runs.flops += budget * trials;
  }
  return runs;
}

absl::Status EnsureCampaigns(Client& client,
                             const std::vector<PlannedClaimCampaign>& campaigns,
                             int max_seeds) {
  for (PlannedClaimCampaign campaign : campaigns) {
    if (max_seeds > 0) {
      campaign.campaign.set_seeds(
          std::min(max_seeds, campaign.campaign.seeds()));
    }
    ISOSHAPE_RETURN_IF_ERROR(Named(campaign, Ensure(client, campaign)));
  }
  return absl::OkStatus();
}

absl::Status CheckCampaigns(
    Client& client, const std::vector<PlannedClaimCampaign>& campaigns) {
  for (const PlannedClaimCampaign& campaign : campaigns) {
    v1::CreateCampaignRequest request = RequestOf(campaign);
    request.set_validate_only(true);
    ISOSHAPE_RETURN_IF_ERROR(
        Named(campaign, CreateOrGetCampaign(client, request).status()));
  }
  return absl::OkStatus();
}

absl::Status PauseOthers(Client& client,
                         const std::vector<PlannedClaimCampaign>& campaigns) {
  std::set<std::string> kept;
  for (const PlannedClaimCampaign& campaign : campaigns) {
    kept.insert(MakeCampaignName(campaign.id));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::ListCampaignsResponse all,
                            ListCampaigns(client, 0));
  for (const v1::Campaign& campaign : all.campaigns()) {
    if (campaign.state() != v1::Campaign::RUNNING ||
        kept.contains(campaign.name())) {
      continue;
    }
    v1::PauseCampaignRequest request;
    request.set_name(campaign.name());
    ISOSHAPE_RETURN_IF_ERROR(
        client.Call(&Client::CampaignStub::PauseCampaign, request).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ClaimRecord>> ReadRecords(
    Client& client, const std::vector<PlannedClaim>& plan) {
  std::map<std::string, ClaimRuns> read;
  std::vector<ClaimRecord> records;
  for (const PlannedClaim& planned : plan) {
    ClaimRecord record;
    record.claim = planned.claim;
    for (const PlannedClaimCampaign& campaign : planned.campaigns) {
      const std::string name = MakeCampaignName(campaign.id);
      if (!read.contains(campaign.id)) {
        ClaimRuns runs;
        absl::StatusOr<v1::Campaign> found = GetCampaign(client, name);
        if (found.ok()) {
          runs.campaign = *std::move(found);
          ISOSHAPE_ASSIGN_OR_RETURN(runs.trials, ListTrials(client, name));
          std::erase_if(runs.trials, [](const v1::Trial& trial) {
            return !IsTrainedHere(trial);
          });
        } else if (absl::IsNotFound(found.status())) {
          runs.campaign = campaign.campaign;
        } else {
          return found.status();
        }
        read[campaign.id] = std::move(runs);
      }
      record.runs.push_back(read[campaign.id]);
      record.runs.back().label = campaign.label;
      record.runs.back().setting = campaign.setting;
    }
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace isoshape

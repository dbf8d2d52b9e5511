#include "cli/claims/claims_run.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "cli/claims/claims_data.h"
#include "cli/claims/phase_progress.h"
#include "cli/console/client.h"
#include "cli/console/interruption.h"
#include "cli/local/local_folder.h"
#include "cli/local/local_processes.h"
#include "common/status/status_macros.h"
#include "common/text/time_text.h"

namespace isoshape {
namespace {

constexpr char kDatabase[] = "claims.db";

LocalProcesses::Options CoordinatorAlone(const ClaimsPlace& place) {
  LocalProcesses::Options options;
  options.binaries = place.binaries;
  options.directory = place.directory;
  options.database = kDatabase;
  options.worker_name = "claims";
  options.coordinator_alone = true;
  options.notice = [](const std::string& line) { std::cerr << line << '\n'; };
  return options;
}

// Campaigns that are trained together: by a worker whose runs are each shared
// by so many processes, and either side by side or one run at a time.
struct Phase {
  bool alone = false;
  int processes = 1;
  std::vector<PlannedClaimCampaign> campaigns;
};

// One after another, since runs that share the processors with others measure
// these as well. What is measured alone comes first: a call that is stopped
// half way has it.
std::vector<Phase> PhasesOf(const std::vector<PlannedClaim>& plan) {
  std::map<std::pair<bool, int>, Phase> phases;
  for (PlannedClaimCampaign& campaign : CampaignsOf(plan)) {
    const int processes = ClaimDataOf(campaign.campaign.dataset()).processes;
    Phase& phase = phases[{!campaign.alone, processes}];
    phase.alone = campaign.alone;
    phase.processes = processes;
    phase.campaigns.push_back(std::move(campaign));
  }
  std::vector<Phase> ordered;
  for (auto& [key, phase] : phases) ordered.push_back(std::move(phase));
  return ordered;
}

// The worker of a phase, with its data, beside a coordinator.
absl::StatusOr<LocalProcesses::Options> WorkerOf(const ClaimsPlace& place,
                                                 const Phase& phase) {
  LocalProcesses::Options options = CoordinatorAlone(place);
  options.coordinator_alone = false;
  options.worker_flags = place.worker_flags;
  for (const PlannedClaimCampaign& campaign : phase.campaigns) {
    const std::string& dataset = campaign.campaign.dataset();
    const ClaimData data = ClaimDataOf(dataset);
    if (!data.is_text || options.data.contains(dataset)) continue;
    options.data[dataset] = place.data;
    if (data.kibibytes == 0) continue;
    ISOSHAPE_ASSIGN_OR_RETURN(
        options.data[dataset],
        WriteSlice(place.data, data.kibibytes, place.directory));
  }
  if (phase.alone || phase.processes > 1) {
    options.worker_flags.push_back("--slots=1");
  }
  if (phase.processes > 1) {
    options.worker_flags.push_back(absl::StrCat(
        "--trainer=isoshape-trainer --processes ", phase.processes));
  }
  return options;
}

absl::StatusOr<JudgedClaims> ReportOf(Client& client,
                                      const std::vector<PlannedClaim>& plan,
                                      const std::string& scale) {
  JudgedClaims judged;
  ISOSHAPE_ASSIGN_OR_RETURN(judged.records, ReadRecords(client, plan));
  judged.report = Judge(judged.records, scale);
  judged.report.set_time(UtcText(absl::Now()));
  return judged;
}

double PlannedFlops(const std::vector<PlannedClaimCampaign>& campaigns,
                    int from_seed) {
  double flops = 0;
  for (PlannedClaimCampaign campaign : campaigns) {
    campaign.campaign.set_seeds(
        std::max(0, campaign.campaign.seeds() - from_seed));
    flops += CountRuns(campaign.campaign).flops;
  }
  return flops;
}

// Trains a phase. What is measured alone takes seed after seed, so that the
// shapes take turns: what drifts on the machine is not taken for a difference
// between them.
absl::Status TrainPhase(const ClaimsPlace& place, const Phase& phase) {
  const int first = phase.alone ? 1 : 0;  // 0: all seeds
  {
    // Before there is a worker: it would take what is to rest.
    ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<LocalProcesses> coordinator,
                              LocalProcesses::Start(CoordinatorAlone(place)));
    Client client(coordinator->address());
    ISOSHAPE_RETURN_IF_ERROR(PauseOthers(client, phase.campaigns));
    ISOSHAPE_RETURN_IF_ERROR(EnsureCampaigns(client, phase.campaigns, first));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const LocalProcesses::Options options,
                            WorkerOf(place, phase));
  ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<LocalProcesses> processes,
                            LocalProcesses::Start(options));
  std::cerr << "coordinator at " << processes->address()
            << ", database and logs in " << place.directory
            << (phase.alone ? "; one run at a time, for times" : "") << '\n';
  Client client(processes->address());
  PhaseProgress progress;
  if (!phase.alone) {
    return progress.Follow(client, phase.campaigns, processes.get());
  }
  int seeds = 0;
  for (const PlannedClaimCampaign& campaign : phase.campaigns) {
    seeds = std::max(seeds, campaign.campaign.seeds());
  }
  for (int seed = first; seed <= seeds; ++seed) {
    progress.Expect(PlannedFlops(phase.campaigns, seed));
    ISOSHAPE_RETURN_IF_ERROR(EnsureCampaigns(client, phase.campaigns, seed));
    ISOSHAPE_RETURN_IF_ERROR(
        progress.Follow(client, phase.campaigns, processes.get()));
  }
  return absl::OkStatus();
}

// By a coordinator that others look after.
absl::StatusOr<JudgedClaims> RunThere(const ClaimsPlace& place,
                                      const std::vector<PlannedClaim>& plan,
                                      const std::string& scale) {
  Client client(place.server);
  const std::vector<PlannedClaimCampaign> campaigns = CampaignsOf(plan);
  // Of some campaigns alone there is no report, but their trials would run.
  ISOSHAPE_RETURN_IF_ERROR(CheckCampaigns(client, campaigns));
  ISOSHAPE_RETURN_IF_ERROR(EnsureCampaigns(client, campaigns));
  ISOSHAPE_RETURN_IF_ERROR(PhaseProgress().Follow(client, campaigns, nullptr));
  return ReportOf(client, plan, scale);
}

absl::Status CheckData(const ClaimsPlace& place,
                       const std::vector<PlannedClaim>& plan) {
  std::error_code error;
  if (place.data.empty()) {
    const std::vector<PlannedClaimCampaign> campaigns = CampaignsOf(plan);
    const auto needy =
        std::find_if(campaigns.begin(), campaigns.end(),
                     [](const PlannedClaimCampaign& campaign) {
                       return ClaimDataOf(campaign.campaign.dataset()).is_text;
                     });
    if (needy == campaigns.end()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(
        needy->id, " trains on text; name a text file or folder with --data"));
  }
  if (std::filesystem::exists(place.data, error)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("data ", place.data,
                   " is not there; name a text file or folder with --data"));
}

// Whether all campaigns can be created, before hours go by with the first of
// them.
absl::Status CheckCampaignsHere(const ClaimsPlace& place,
                                const std::vector<PlannedClaim>& plan) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<LocalProcesses> coordinator,
                            LocalProcesses::Start(CoordinatorAlone(place)));
  Client client(coordinator->address());
  return CheckCampaigns(client, CampaignsOf(plan));
}

// What was trained in a folder, by a coordinator without a worker.
absl::StatusOr<JudgedClaims> ReportHere(const ClaimsPlace& place,
                                        const std::vector<PlannedClaim>& plan,
                                        const std::string& scale) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<LocalProcesses> processes,
                            LocalProcesses::Start(CoordinatorAlone(place)));
  Client client(processes->address());
  return ReportOf(client, plan, scale);
}

}  // namespace

absl::StatusOr<JudgedClaims> RunClaims(const ClaimsPlace& place,
                                       const std::vector<PlannedClaim>& plan,
                                       const std::string& scale) {
  const Interruption interruption;
  if (!place.server.empty()) return RunThere(place, plan, scale);
  ISOSHAPE_RETURN_IF_ERROR(CheckData(place, plan));
  LocalFolder folder;
  ISOSHAPE_RETURN_IF_ERROR(folder.Open(place.directory, "claims"));
  ISOSHAPE_RETURN_IF_ERROR(CheckCampaignsHere(place, plan));
  for (const Phase& phase : PhasesOf(plan)) {
    const absl::Status trained = TrainPhase(place, phase);
    if (absl::IsCancelled(trained)) {
      return absl::CancelledError(
          "stopped; run the same command again to go on from here");
    }
    ISOSHAPE_RETURN_IF_ERROR(trained);
  }
  return ReportHere(place, plan, scale);
}

absl::StatusOr<JudgedClaims> ReportClaims(const ClaimsPlace& place,
                                          const std::vector<PlannedClaim>& plan,
                                          const std::string& scale) {
  if (!place.server.empty()) {
    Client client(place.server);
    return ReportOf(client, plan, scale);
  }
  std::error_code error;
  const std::string database = absl::StrCat(place.directory, "/", kDatabase);
  if (!std::filesystem::exists(database, error)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "nothing was run in ", place.directory,
        "; run isoshape claims run, or name its --directory or --server"));
  }
  LocalFolder folder;
  ISOSHAPE_RETURN_IF_ERROR(folder.Open(place.directory, "claims"));
  return ReportHere(place, plan, scale);
}

}  // namespace isoshape

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
#include "cli/console/client.h"
#include "cli/console/interruption.h"
#include "cli/local/follow.h"
#include "cli/local/local_folder.h"
#include "cli/local/local_processes.h"
#include "cli/output/progress.h"
#include "common/status/status_macros.h"
#include "common/text/time_text.h"
#include "messages/names/resource_name.h"
#include "messages/trial/lifecycle.h"

namespace isoshape {
namespace {

constexpr char kDatabase[] = "claims.db";
constexpr absl::Duration kPollInterval = absl::Seconds(1);
// Where no line can be drawn in place, one is printed so often.
constexpr absl::Duration kLineInterval = absl::Minutes(1);

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

// Campaigns that one kind of worker trains: the number of processes that share
// each of its runs, the names of the campaigns, the names of their data.
struct Phase {
  int processes = 1;
  std::set<std::string> campaigns;
  std::set<std::string> datasets;
};

// One after another, since runs that share the processors with others measure
// these as well.
std::vector<Phase> PhasesOf(const std::vector<PlannedClaim>& plan) {
  std::map<int, Phase> phases;
  for (const PlannedClaim& claim : plan) {
    for (const PlannedClaimCampaign& campaign : claim.campaigns) {
      const std::string& dataset = campaign.campaign.dataset();
      const int processes = ClaimDataOf(dataset).processes;
      Phase& phase = phases[processes];
      phase.processes = processes;
      phase.campaigns.insert(MakeCampaignName(campaign.id));
      phase.datasets.insert(dataset);
    }
  }
  std::vector<Phase> ordered;
  for (auto& [processes, phase] : phases) ordered.push_back(std::move(phase));
  return ordered;
}

// A coordinator and the worker of a phase.
absl::StatusOr<std::unique_ptr<LocalProcesses>> StartPhase(
    const ClaimsPlace& place, const Phase& phase) {
  LocalProcesses::Options options = CoordinatorAlone(place);
  options.coordinator_alone = false;
  options.worker_flags = place.worker_flags;
  for (const std::string& dataset : phase.datasets) {
    const ClaimData data = ClaimDataOf(dataset);
    if (!data.is_text) continue;
    options.data[dataset] = place.data;
    if (data.kibibytes == 0) continue;
    ISOSHAPE_ASSIGN_OR_RETURN(
        options.data[dataset],
        WriteSlice(place.data, data.kibibytes, place.directory));
  }
  if (phase.processes > 1) {
    for (const std::string& flag :
         {std::string("--slots=1"),
          absl::StrCat("--trainer=isoshape-trainer --processes ",
                       phase.processes)}) {
      options.worker_flags.push_back(flag);
    }
  }
  return LocalProcesses::Start(options);
}

// Follows campaigns until all have ended, with a line of progress. CANCELLED if
// a signal came. `processes` may be nullptr.
absl::Status Follow(Client& client, std::set<std::string> campaigns,
                    LocalProcesses* processes) {
  CampaignProgress progress;
  ProgressLine bar(std::cerr);
  bool started = false;
  absl::Time printed = absl::InfinitePast();
  const auto show = [&] {
    const absl::Time now = absl::Now();
    if (!started) progress.Start(now);
    started = true;
    if (ProgressLine::CanDraw()) {
      bar.Draw(progress.Line(now));
    } else if (now - printed >= kLineInterval) {
      printed = now;
      std::cerr << progress.Line(now) << '\n' << std::flush;
    }
  };
  return FollowCampaigns(client, std::move(campaigns),
                         {.processes = processes,
                          .interval = kPollInterval,
                          .look =
                              [&](const v1::Campaign& campaign,
                                  const std::vector<v1::Trial>& trials) {
                                for (const v1::Trial& trial : trials)
                                  progress.Update(trial);
                                return IsOver(campaign);
                              },
                          .after = show});
}

absl::StatusOr<v1::ClaimsReport> ReportOf(Client& client,
                                          const std::vector<PlannedClaim>& plan,
                                          const std::string& scale) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<ClaimRecord> records,
                            ReadRecords(client, plan));
  v1::ClaimsReport report = Judge(records, scale);
  report.set_time(UtcText(absl::Now()));
  return report;
}

// By a coordinator that others look after.
absl::StatusOr<v1::ClaimsReport> RunThere(const ClaimsPlace& place,
                                          const std::vector<PlannedClaim>& plan,
                                          const std::string& scale) {
  Client client(place.server);
  ISOSHAPE_RETURN_IF_ERROR(EnsureCampaigns(client, plan));
  std::set<std::string> campaigns;
  for (Phase& phase : PhasesOf(plan)) campaigns.merge(phase.campaigns);
  ISOSHAPE_RETURN_IF_ERROR(Follow(client, std::move(campaigns), nullptr));
  return ReportOf(client, plan, scale);
}

absl::Status CheckData(const ClaimsPlace& place,
                       const std::vector<Phase>& phases) {
  std::error_code error;
  if (place.data.empty()) {
    const bool needed =
        std::any_of(phases.begin(), phases.end(), [](const Phase& phase) {
          return std::any_of(phase.datasets.begin(), phase.datasets.end(),
                             [](const std::string& name) {
                               return ClaimDataOf(name).is_text;
                             });
        });
    if (!needed) return absl::OkStatus();
    return absl::InvalidArgumentError(
        "these claims train on text; name a text file or folder with --data");
  }
  if (std::filesystem::exists(place.data, error)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("data ", place.data,
                   " is not there; name a text file or folder with --data"));
}

}  // namespace

absl::StatusOr<v1::ClaimsReport> RunClaims(
    const ClaimsPlace& place, const std::vector<PlannedClaim>& plan,
    const std::string& scale) {
  const Interruption interruption;
  if (!place.server.empty()) return RunThere(place, plan, scale);
  const std::vector<Phase> phases = PhasesOf(plan);
  ISOSHAPE_RETURN_IF_ERROR(CheckData(place, phases));
  LocalFolder folder;
  ISOSHAPE_RETURN_IF_ERROR(folder.Open(place.directory, "claims"));
  for (const Phase& phase : phases) {
    ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<LocalProcesses> processes,
                              StartPhase(place, phase));
    std::cerr << "coordinator at " << processes->address()
              << ", database and logs in " << place.directory << '\n';
    Client client(processes->address());
    ISOSHAPE_RETURN_IF_ERROR(EnsureCampaigns(client, plan));
    const absl::Status trained =
        Follow(client, phase.campaigns, processes.get());
    if (absl::IsCancelled(trained)) {
      return absl::CancelledError(
          "stopped; run the same command again to go on from here");
    }
    ISOSHAPE_RETURN_IF_ERROR(trained);
    if (&phase == &phases.back()) return ReportOf(client, plan, scale);
  }
  return absl::InternalError("no claims were planned");
}

absl::StatusOr<v1::ClaimsReport> ReportClaims(
    const ClaimsPlace& place, const std::vector<PlannedClaim>& plan,
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
  ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<LocalProcesses> processes,
                            LocalProcesses::Start(CoordinatorAlone(place)));
  Client client(processes->address());
  return ReportOf(client, plan, scale);
}

}  // namespace isoshape

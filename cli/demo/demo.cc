#include "cli/demo/demo.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "cli/console/campaign_reads.h"
#include "cli/console/client.h"
#include "cli/console/interruption.h"
#include "cli/console/output_file.h"
#include "cli/demo/demo_campaign.h"
#include "cli/demo/demo_progress.h"
#include "cli/demo/demo_report.h"
#include "cli/local/follow.h"
#include "cli/local/local_folder.h"
#include "cli/local/local_processes.h"
#include "common/status/status_macros.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"
#include "messages/trial/lifecycle.h"
#include "report/make_report.h"

namespace isoshape {
namespace {

// Waits until `done` says so of the newest trials, drawing progress and keeping
// the processes running. CANCELLED if a signal came.
absl::Status Follow(
    Client& client, const std::string& name, LocalProcesses& processes,
    DemoProgress& progress,
    const std::function<bool(const v1::Campaign&,
                             const std::vector<v1::Trial>&)>& done) {
  const absl::Status status =
      FollowCampaigns(client, {name},
                      {.processes = &processes,
                       .interval = absl::Milliseconds(500),
                       .look = [&](const v1::Campaign& campaign,
                                   const std::vector<v1::Trial>& trials) {
                         progress.Show(campaign, trials, absl::Now());
                         return done(campaign, trials);
                       }});
  progress.Finish();
  return status;
}

bool VerificationEnded(const v1::Campaign& /*campaign*/,
                       const std::vector<v1::Trial>& trials) {
  return std::all_of(trials.begin(), trials.end(), [](const v1::Trial& trial) {
    return IsFinal(trial.state());
  });
}

// The search has ended if the campaign was completed, or if trials that check
// its prediction are there already.
bool SearchEnded(const v1::Campaign& campaign,
                 const std::vector<v1::Trial>& trials) {
  return campaign.state() != v1::Campaign::RUNNING ||
         std::any_of(trials.begin(), trials.end(), [](const v1::Trial& trial) {
           return trial.purpose() == v1::Trial::VERIFICATION;
         });
}

// Writes the report of the campaign beside its database and names it.
absl::Status WritePage(const DemoOptions& options, Client& client,
                       const std::string& name, DemoProgress& progress) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string html,
                            MakeReport(client.channel(), {.campaign = name}));
  const std::string path = absl::StrCat(options.directory, "/report.html");
  ISOSHAPE_RETURN_IF_ERROR(WriteOutput(path, html));
  progress.Note(absl::StrCat("report with all figures, for a browser: ", path));
  return absl::OkStatus();
}

absl::Status RunCampaign(const DemoOptions& options, Client& client,
                         LocalProcesses& processes, DemoProgress& progress) {
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::Campaign campaign,
                            EnsureCampaign(client, options));
  const std::string& name = campaign.name();
  if (campaign.state() == v1::Campaign::CANCELLED) {
    return absl::FailedPreconditionError(
        absl::StrCat(name, " was cancelled; start anew with --fresh"));
  }
  ISOSHAPE_RETURN_IF_ERROR(
      Follow(client, name, processes, progress, SearchEnded));

  using Analysis = Client::AnalysisStub;
  DemoResult result;
  ISOSHAPE_ASSIGN_OR_RETURN(result.prediction,
                            client.Ask(&Analysis::PredictShape, name));
  std::cerr << PredictionLine(result.prediction) << '\n' << std::flush;
  ISOSHAPE_RETURN_IF_ERROR(EnsureVerification(client, name, result.prediction));
  ISOSHAPE_RETURN_IF_ERROR(
      Follow(client, name, processes, progress, VerificationEnded));

  ISOSHAPE_ASSIGN_OR_RETURN(result.campaign, GetCampaign(client, name));
  ISOSHAPE_ASSIGN_OR_RETURN(result.trials, ListTrials(client, name));
  ISOSHAPE_ASSIGN_OR_RETURN(result.fit, client.Ask(&Analysis::FitLaw, name));
  v1::ListBestShapesRequest all;
  all.set_top(100);
  ISOSHAPE_ASSIGN_OR_RETURN(result.best,
                            client.Ask(&Analysis::ListBestShapes, name, all));
  ISOSHAPE_RETURN_IF_ERROR(PrintReport(options, result, std::cout));
  std::cout << std::flush;
  return WritePage(options, client, name, progress);
}

}  // namespace

absl::Status RunDemo(const DemoOptions& options) {
  std::error_code error;
  if (!std::filesystem::exists(options.data, error)) {
    return absl::InvalidArgumentError(
        absl::StrCat("data ", options.data,
                     " is not there; name a text file or folder with --data"));
  }
  LocalFolder folder;
  ISOSHAPE_RETURN_IF_ERROR(folder.Open(options.directory, "demo"));
  if (options.fresh) folder.Clear();
  const Interruption interruption;

  DemoProgress progress(std::cerr, isatty(STDERR_FILENO) != 0);
  LocalProcesses::Options process_options;
  process_options.binaries = options.binaries;
  process_options.directory = options.directory;
  process_options.database = "demo.db";
  process_options.worker_name = "demo";
  process_options.data = {{DemoDataset(options.data), options.data}};
  process_options.worker_flags = options.worker_flags;
  process_options.notice = [&progress](const std::string& line) {
    progress.Note(line);
  };
  ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<LocalProcesses> processes,
                            LocalProcesses::Start(process_options));
  progress.Note(absl::StrCat("coordinator at ", processes->address(),
                             ", database and logs in ", options.directory));
  Client client(processes->address());
  absl::Status status = RunCampaign(options, client, *processes, progress);
  if (absl::IsCancelled(status)) {
    progress.Note("stopping; run the same command again to go on from here");
  }
  processes->Stop();
  return status;
}

}  // namespace isoshape

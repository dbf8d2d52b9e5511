#include <iostream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "cli/console/campaign_reads.h"
#include "cli/console/client.h"
#include "cli/console/command.h"
#include "cli/console/output_file.h"
#include "cli/flags/analysis_flags.h"
#include "cli/output/format.h"
#include "cli/output/progress.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "report/make_report.h"

namespace isoshape {
namespace {

struct ReportFlags {
  std::string campaign;
  FileFlags output;  // no file: the campaign's id and .html
  bool redact = false;
  bool imported = false;
  std::string input;  // a file of runs, which are brought in first
};

absl::Status Report(const CommandContext& context, const ReportFlags& flags) {
  ReportOptions options;
  options.redact = flags.redact;
  options.imported = flags.imported;
  if (!flags.output.form.empty()) {
    return UsageError(
        absl::StrCat("a report is HTML, and has no form ", flags.output.form,
                     "; 'isoshape export' writes trials as csv or json"));
  }
  if (!flags.input.empty()) {
    return UsageError(absl::StrCat(
        "a report is of a campaign, which says where each run is from; bring "
        "the runs into one: isoshape import ",
        OneLine(flags.input),
        " --campaign old-runs, then isoshape report old-runs"));
  }
  if (flags.campaign.empty()) {
    return UsageError("name the campaign to report: isoshape report c1");
  }
  ISOSHAPE_ASSIGN_OR_RETURN(options.campaign, CampaignArgument(flags.campaign));
  Client client(context.server);
  // Says what is wrong with a server or a name, as all commands do.
  ISOSHAPE_RETURN_IF_ERROR(GetCampaign(client, options.campaign).status());
  ProgressLine line(std::cerr);
  if (ProgressLine::CanDraw()) {
    options.progress = [&line](int done, int total,
                               const std::string& waits_for) {
      line.Draw(absl::StrCat("report: ", done, " of ", total,
                             " parts are there; waits for ", waits_for));
    };
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string html,
                            MakeReport(client.channel(), options));
  line.Clear();
  const std::string& file = flags.output.file;
  if (file == "-") {
    std::cout << html;
    return absl::OkStatus();
  }
  const std::string path =
      file.empty() ? absl::StrCat(ShortName(options.campaign), ".html") : file;
  ISOSHAPE_RETURN_IF_ERROR(WriteOutput(path, html));
  std::cerr << "isoshape: report of " << ShortName(options.campaign)
            << " written to " << OneLine(path) << " ("
            << FormatBytes(static_cast<double>(html.size()))
            << "); it opens in a browser, without a server\n";
  return absl::OkStatus();
}

}  // namespace

void RegisterReport(CLI::App& app, CommandContext& context) {
  CLI::App* command = AddCommand(
      app, "report",
      "A campaign as one HTML file: figures, tables, setup and every trial",
      "isoshape report c1\n"
      "isoshape report c1 --file for-a-colleague.html --redact");
  // Lives as long as the callbacks that hold it.
  const auto flags = std::make_shared<ReportFlags>();
  command->add_option("campaign", flags->campaign, "Campaign, such as c1");
  command
      ->add_option("--input", flags->input,
                   "Refused with the commands that make a report of the runs "
                   "of a file")
      ->type_name("FILE");
  AddFileFlags(*command,
               "File to write (default: the campaign's id and .html); '-' is "
               "standard output",
               flags->output);
  command->add_flag("--redact", flags->redact,
                    "Leave out what may name machines or people: workers, "
                    "devices, errors, labels");
  AddImportedFlag(*command, flags->imported);
  AddServerFlag(*command, context);
  command->callback([flags, &context] {
    context.action = [flags, &context] { return Report(context, *flags); };
  });
}

}  // namespace isoshape

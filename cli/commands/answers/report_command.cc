#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cli/commands/answers/report_of_file.h"
#include "cli/commands/commands.h"
#include "cli/console/campaign_reads.h"
#include "cli/console/client.h"
#include "cli/console/command.h"
#include "cli/console/output_file.h"
#include "cli/flags/analysis_flags.h"
#include "cli/flags/law_flags.h"
#include "cli/flags/run_table_flags.h"
#include "cli/output/format.h"
#include "cli/output/progress.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "report/make_report.h"
#include "report/report_data.h"

namespace isoshape {
namespace {

struct ReportFlags {
  std::string campaign;
  FileFlags output;  // no file: the campaign's id and .html
  bool redact = false;
  bool imported = false;
  RunTableFlags runs;
  std::optional<std::string> size;  // of a file
  double target_flops = 0;          // of a file; 0: the default
};

// Writes the report to the file, or to standard output.
absl::Status Write(const std::string& html, const std::string& name,
                   const std::string& path) {
  if (path == "-") {
    std::cout << html;
    return absl::OkStatus();
  }
  ISOSHAPE_RETURN_IF_ERROR(WriteOutput(path, html));
  std::cerr << "isoshape: report of " << OneLine(name) << " written to "
            << OneLine(path) << " ("
            << FormatBytes(static_cast<double>(html.size()))
            << "); it opens in a browser, without a server\n";
  return absl::OkStatus();
}

// The report's file, if none is given, of the runs in a file: never that one.
std::string DefaultFileOfRuns(const std::string& input) {
  if (input == "-") return "report.html";
  const std::string runs = std::filesystem::path(input).filename().string();
  const std::string path =
      std::filesystem::path(runs).replace_extension("html").string();
  return path == runs ? absl::StrCat(runs, ".report.html") : path;
}

absl::Status Report(const CommandContext& context, const ReportFlags& flags) {
  ReportOptions options;
  options.redact = flags.redact;
  options.imported = flags.imported;
  if (!flags.output.form.empty()) {
    return UsageError(
        absl::StrCat("a report is HTML, and has no form ", flags.output.form,
                     "; 'isoshape export' writes trials as csv or json"));
  }
  if (flags.runs.given() != flags.campaign.empty()) {
    return UsageError(
        "report takes a campaign (isoshape report c1) or the runs of a file "
        "(isoshape report --input runs.csv), one of them");
  }
  if (flags.runs.given()) {
    if (flags.redact) {
      return UsageError(
          "--redact is of a campaign's report: that of a file has its name, "
          "and "
          "no workers, devices, errors or labels");
    }
    ISOSHAPE_RETURN_IF_ERROR(CheckVariantFlag(
        {.campaign = "", .variant = "", .imported = flags.imported},
        /*of_file=*/true));
    const std::string path = flags.output.file.empty()
                                 ? DefaultFileOfRuns(flags.runs.input)
                                 : flags.output.file;
    ISOSHAPE_RETURN_IF_ERROR(
        CheckOutputs(flags.runs.input, {{"--file", path}}));
    ISOSHAPE_ASSIGN_OR_RETURN(
        const ReportData data,
        ReportDataOfFile(flags.runs, flags.size, flags.target_flops));
    return Write(ReportOf(data, options), data.file, path);
  }
  ISOSHAPE_ASSIGN_OR_RETURN(options.campaign, CampaignArgument(flags.campaign));
  const std::string name = ShortName(options.campaign);
  const std::string path = flags.output.file.empty()
                               ? absl::StrCat(name, ".html")
                               : flags.output.file;
  ISOSHAPE_RETURN_IF_ERROR(CheckOutput(path));
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
  return Write(html, name, path);
}

}  // namespace

void RegisterReport(CLI::App& app, CommandContext& context) {
  CLI::App* command = AddCommand(
      app, "report",
      "A campaign, or runs in a file, as one HTML file: figures, tables, "
      "setup and every trial",
      "isoshape report c1\n"
      "isoshape report c1 --file for-a-colleague.html --redact\n"
      "isoshape report --input runs.csv");
  // Lives as long as the callbacks that hold it.
  const auto flags = std::make_shared<ReportFlags>();
  command->add_option("campaign", flags->campaign, "Campaign, such as c1");
  CLI::Option* const input = AddRunTableFlags(*command, flags->runs);
  AddSizeFlag(*command, flags->size, input);
  command
      ->add_option("--target,--compute", flags->target_flops,
                   "Of a file, the compute to predict for, FLOPs (default: 3 "
                   "times that of the largest run)")
      ->transform(PositiveNumber())
      ->needs(input);
  AddFileFlags(*command,
               "File to write (default: the campaign's id, or the name of the "
               "file of runs, and .html); '-' is standard output",
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

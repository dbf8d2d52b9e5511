#include <unistd.h>

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/commands/commands.h"
#include "cli/console/client.h"
#include "cli/console/command.h"
#include "cli/console/output_file.h"
#include "cli/flags/analysis_flags.h"
#include "cli/flags/figure_flags.h"
#include "cli/flags/law_flags.h"
#include "cli/flags/run_table_flags.h"
#include "cli/output/format.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "figures/build_figure.h"
#include "figures/gnuplot/render_figure.h"
#include "messages/json/enum_name.h"
#include "scaling/runs/run_file.h"
#include "scaling/runs/runs.h"

namespace isoshape {
namespace {

struct PlotFlags {
  std::string campaign;
  bool cached = false;
  bool imported = false;
  FigureFlags figure;
  PictureFlags picture;
  RunTableFlags runs;
  std::optional<std::string> size;  // of a file
};

absl::StatusOr<v1::Figure> FigureOfCampaign(const CommandContext& context,
                                            const PlotFlags& flags) {
  v1::GetFigureRequest request = flags.figure.request;
  ISOSHAPE_ASSIGN_OR_RETURN(*request.mutable_campaign(),
                            CampaignArgument(flags.campaign));
  request.set_filter(absl::StrJoin(flags.figure.where, " "));
  request.set_imported(flags.imported);
  request.set_wait_for_newest(!flags.cached);
  Client client(context.server);
  return client.Call(&Client::FigureStub::GetFigure, request);
}

absl::StatusOr<v1::Figure> FigureOfFile(const PlotFlags& flags) {
  ISOSHAPE_RETURN_IF_ERROR(
      CheckVariantFlag({.campaign = flags.campaign,
                        .variant = flags.figure.request.variant(),
                        .imported = flags.imported},
                       /*of_file=*/true));
  const v1::Figure::Kind kind = flags.figure.request.kind();
  if (kind == v1::Figure::CURVES || kind == v1::Figure::PROGRESS) {
    return UsageError(absl::StrCat(
        "a file of runs has their ends alone, and a figure of the kind ",
        EnumName(kind),
        " is of campaigns, which keep what happens on the way: isoshape plot "
        "c1 --kind ",
        EnumName(kind)));
  }
  RunTableFlags table = flags.runs;
  for (const std::string& one : flags.figure.where) {
    ISOSHAPE_RETURN_IF_ERROR(AddWhere(one, table.format));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(RunFile file, ReadRunTable(table, {}));
  ISOSHAPE_ASSIGN_OR_RETURN(const Runs runs, SizedRuns(flags.size, file));
  FigureData data;
  data.name = InputName(table);
  data.runs = &runs;
  data.warnings = file.warnings;
  return BuildFigure(std::move(data), flags.figure.request);
}

// What a reader must know besides the picture.
void PrintWords(const v1::Figure& figure, std::ostream& out) {
  if (!figure.sentence().empty()) out << Printable(figure.sentence()) << '\n';
  if (figure.drawn() < figure.total()) {
    out << "drawn: " << FormatInteger(figure.drawn()) << " of "
        << FormatInteger(figure.total()) << " points; "
        << Printable(figure.thinning()) << '\n';
  }
  if (!figure.method().empty()) out << Printable(figure.method()) << '\n';
  for (const std::string& warning : figure.warnings()) {
    out << "warning: " << Printable(warning) << '\n';
  }
}

absl::Status Plot(const CommandContext& context, const PlotFlags& flags) {
  // Before anything is computed.
  ISOSHAPE_ASSIGN_OR_RETURN(const RenderOptions options,
                            ToRenderOptions(flags.picture));
  const std::string& path = flags.picture.output.file;
  const bool to_file = !flags.picture.output.standard_output();
  const bool binary = options.format == FigureFormat::kPdf ||
                      options.format == FigureFormat::kPng;
  if (!to_file && binary && isatty(STDOUT_FILENO) != 0) {
    return UsageError(
        "a picture of bytes would garble the terminal; name a file with "
        "--file, or lead standard output elsewhere");
  }
  if (flags.runs.given() != flags.campaign.empty()) {
    return UsageError(
        "plot takes a campaign (isoshape plot c1) or the runs of a file "
        "(isoshape plot --input runs.csv), one of them");
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckOutputs(flags.runs.input, {{"--file", path}}));
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::Figure figure,
                            flags.runs.given()
                                ? FigureOfFile(flags)
                                : FigureOfCampaign(context, flags));
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string picture,
                            RenderFigure(figure, options));
  if (!to_file) {
    std::cout << picture;
    if (options.format == FigureFormat::kText) {
      std::cout << '\n';
      PrintWords(figure, std::cout);
    }
    return absl::OkStatus();
  }
  ISOSHAPE_RETURN_IF_ERROR(WriteOutput(path, picture));
  std::cerr << "isoshape: " << OneLine(figure.title()) << " written to "
            << OneLine(path) << " (" << FormatBytes(picture.size()) << ")\n";
  PrintWords(figure, std::cerr);
  return absl::OkStatus();
}

}  // namespace

void RegisterPlot(CLI::App& app, CommandContext& context) {
  CLI::App* command = AddCommand(
      app, "plot",
      "A figure of a campaign or of runs in a file: a file for "
      "papers and pages, "
      "or characters",
      "isoshape plot c1\n"
      "isoshape plot c1 --kind trends --file trends.pdf --width 90mm\n"
      "isoshape plot c1 --kind heatmap --budget 9e11 --file shapes.svg\n"
      "isoshape plot c1 --where 'depth>4' --format csv\n"
      "isoshape plot --input runs.csv --kind trends --file trends.tex");
  // Lives as long as the callbacks that hold it.
  const auto flags = std::make_shared<PlotFlags>();
  command->add_option("campaign", flags->campaign, "Campaign, such as c1");
  command->add_flag("--cached", flags->cached,
                    "Draw at once what the coordinator has ready, which may "
                    "lack trials that ended a moment ago");
  AddFigureFlags(*command, flags->figure);
  AddImportedFlag(*command, flags->imported);
  AddPictureFlags(*command, flags->picture);
  CLI::Option* const input =
      AddRunTableFlags(*command, flags->runs, /*where=*/false);
  AddSizeFlag(*command, flags->size, input);
  AddServerFlag(*command, context);
  command->callback([flags, &context] {
    context.action = [flags, &context] { return Plot(context, *flags); };
  });
}

}  // namespace isoshape

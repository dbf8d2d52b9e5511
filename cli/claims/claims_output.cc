#include "cli/claims/claims_output.h"

#include <filesystem>
#include <iostream>
#include <map>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "claims/report.h"
#include "cli/claims/claim_figures.h"
#include "cli/console/command.h"
#include "cli/console/output_file.h"
#include "cli/output/format.h"
#include "cli/output/table.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "common/text/one_line.h"
#include "figures/gnuplot/render_figure.h"
#include "messages/json/proto_json.h"
#include "report/html.h"
#include "report/page_assets.h"

namespace isoshape {
namespace {

namespace fs = std::filesystem;

constexpr double kWidthMm = 150;

// A drawn picture, and where it belongs.
struct Picture {
  ClaimFigure source;
  std::string svg;
};

// All that can be drawn. Without gnuplot nothing is, which is said once.
std::vector<Picture> Draw(const JudgedClaims& judged, FigureTheme theme) {
  std::vector<ClaimFigure> figures = EffectFigures(judged.report);
  for (ClaimFigure& figure : CurveFigures(judged.records)) {
    figures.push_back(std::move(figure));
  }
  std::vector<Picture> pictures;
  for (ClaimFigure& figure : figures) {
    absl::StatusOr<std::string> svg =
        RenderFigure(figure.figure, {.width_mm = kWidthMm, .theme = theme});
    if (!svg.ok()) {
      std::cerr << "isoshape: no pictures: " << svg.status().message() << '\n';
      break;
    }
    pictures.push_back({std::move(figure), *std::move(svg)});
  }
  return pictures;
}

std::string PictureHtml(const Picture& picture) {
  const v1::Figure& figure = picture.source.figure;
  std::string words = Paragraph(figure.sentence());
  words +=
      Sentences({figure.warnings().begin(), figure.warnings().end()}, "warn");
  if (!figure.method().empty()) words += Paragraph(figure.method());
  return absl::StrCat("<figure><div class=\"picture\" tabindex=\"0\">",
                      picture.svg, "</div><figcaption>", words,
                      "</figcaption></figure>\n");
}

std::string ClaimSection(const v1::ClaimResult& result,
                         const std::string& picture) {
  const v1::Claim& claim = result.claim();
  std::string html = Paragraph(claim.statement());
  if (!claim.original().empty()) html += Paragraph(claim.original());
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> remarks;
  for (int i = 0; i < result.parts_size(); ++i) {
    rows.push_back({claim.parts(i).figure(),
                    EffectText(claim.parts(i), result.parts(i)),
                    VerdictText(result.parts(i))});
    for (const std::string& remark : RemarksOn(result.parts(i))) {
      remarks.push_back(absl::StrCat(claim.parts(i).name(), ": ", remark));
    }
  }
  html += HtmlTable("", {"figure", "measured, 95 %", "verdict"}, rows);
  html += Sentences(remarks, "notes");
  if (!claim.remark().empty()) html += Paragraph(claim.remark());
  if (!claim.references().empty()) {
    html += Paragraph(
        absl::StrCat("See ", absl::StrJoin(claim.references(), "; "), "."));
  }
  html += picture;
  return Section(claim.id(), claim.id(), html);
}

// The report as a page: one HTML file without scripts.
std::string ClaimsPage(const JudgedClaims& judged,
                       const std::vector<std::string>& notes) {
  const v1::ClaimsReport& report = judged.report;
  std::map<std::string, std::string> of_claims;
  std::string of_all;
  for (const Picture& picture : Draw(judged, FigureTheme::kAuto)) {
    std::string& html =
        picture.source.claim.empty() ? of_all : of_claims[picture.source.claim];
    html += PictureHtml(picture);
  }
  std::string body = Paragraph(ReportBasis(report));
  for (const std::string& note : notes) body += Paragraph(note);
  std::vector<std::vector<std::string>> rows;
  for (const v1::ClaimResult& result : report.claims()) {
    rows.push_back({result.claim().id(), result.claim().statement(),
                    ClaimSummary(result)});
  }
  body += HtmlTable("Claims", {"claim", "statement", "outcome"}, rows);
  if (const std::vector<std::string> otherwise = CameOutOtherwise(report);
      !otherwise.empty()) {
    body += Subheading("Came out against the statement");
    body += Sentences(otherwise, "notes");
  }
  body += of_all;
  for (const v1::ClaimResult& result : report.claims()) {
    body += ClaimSection(result, of_claims[result.claim().id()]);
  }
  return absl::StrCat(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<title>What is true of depth and width</title>\n<style>",
      PageStyle(),
      "</style></head><body><main>\n<h1>What is true of depth and width, as "
      "measured</h1>\n",
      body, "</main></body></html>\n");
}

enum class Format { kMarkdown, kPage, kJson };

// What the name of the file says; a usage error if nothing.
absl::StatusOr<Format> FormatOf(const std::string& path) {
  if (path.ends_with(".md")) return Format::kMarkdown;
  if (path.ends_with(".html")) return Format::kPage;
  if (path.ends_with(".json")) return Format::kJson;
  return UsageError(
      absl::StrCat("--write ", OneLine(path),
                   ": its name says no format; end it in .md, .html or "
                   ".json"));
}

// The pictures as files of a folder beside the page `path`.
absl::StatusOr<ReportExtras> WritePictures(const JudgedClaims& judged,
                                           const std::string& path) {
  ReportExtras extras;
  const std::vector<Picture> pictures = Draw(judged, FigureTheme::kLight);
  if (pictures.empty()) return extras;
  const fs::path page = path;
  const std::string folder = absl::StrCat(page.stem().string(), "-figures");
  std::error_code error;
  fs::create_directories(page.parent_path() / folder, error);
  for (const Picture& picture : pictures) {
    const std::string file =
        absl::StrCat(folder, "/", picture.source.name, ".svg");
    ISOSHAPE_RETURN_IF_ERROR(
        WriteOutput((page.parent_path() / file).string(), picture.svg));
    ReportPicture linked = {file, picture.source.figure.title()};
    if (picture.source.claim.empty()) {
      extras.pictures.push_back(std::move(linked));
    } else {
      extras.pictures_of_claims[picture.source.claim] = std::move(linked);
    }
  }
  return extras;
}

}  // namespace

void PrintPlan(const std::vector<PlannedClaim>& plan,
               const std::optional<ClaimsTime>& time, std::ostream& out) {
  std::vector<Table::Column> columns = {
      {"CLAIM"}, {"RUNS", Table::kRight}, {"FLOPS", Table::kRight}};
  if (time.has_value()) columns.push_back({"TIME", Table::kRight});
  columns.push_back({"STATEMENT"});
  Table table(columns);
  for (const PlannedClaim& claim : plan) {
    PlannedRuns runs;
    absl::Duration duration;
    for (const PlannedClaimCampaign& campaign : claim.campaigns) {
      const PlannedRuns more = CountRuns(campaign.campaign);
      runs.flops += more.flops;
      runs.trials += more.trials;
      if (time.has_value()) duration += time->Of(campaign);
    }
    std::vector<std::string> row = {claim.claim.id(), absl::StrCat(runs.trials),
                                    FormatFlops(runs.flops)};
    if (time.has_value()) row.push_back(DurationText(duration));
    row.push_back(claim.claim.statement());
    table.AddRow(row);
  }
  table.Print(out);
  PlannedRuns all;
  absl::Duration duration;
  for (const PlannedClaimCampaign& campaign : CampaignsOf(plan)) {
    const PlannedRuns runs = CountRuns(campaign.campaign);
    all.flops += runs.flops;
    all.trials += runs.trials;
    if (time.has_value()) duration += time->Of(campaign);
  }
  out << '\n'
      << Counted(all.trials, "run") << ", " << FormatFlops(all.flops)
      << " FLOPs";
  if (time.has_value()) {
    out << ", about " << DurationText(duration) << " on " << time->basis();
  }
  out << " in all; runs that several claims share count once here\n";
}

void PrintClaims(const v1::ClaimsReport& report, std::ostream& out) {
  std::string group;
  for (const v1::ClaimResult& result : report.claims()) {
    const v1::Claim& claim = result.claim();
    if (claim.group() != group) {
      group = claim.group();
      out << Printable(group) << "\n\n";
    }
    out << Printable(claim.id()) << ": " << Printable(claim.statement())
        << '\n';
    for (int i = 0; i < result.parts_size(); ++i) {
      const v1::ClaimPart& part = claim.parts(i);
      out << "  " << VerdictText(result.parts(i)) << "  "
          << Printable(part.figure()) << ": "
          << EffectText(part, result.parts(i)) << '\n';
      for (const std::string& remark : RemarksOn(result.parts(i))) {
        out << "    " << Printable(remark) << '\n';
      }
    }
    if (result.runs_missing() > 0) {
      out << "  " << Counted(result.runs_missing(), "run")
          << (result.runs_missing() == 1 ? " is" : " are")
          << " still to come; isoshape claims run goes on with them\n";
    }
    out << '\n';
  }
  out << ReportBasis(report) << '\n';
}

absl::Status CheckClaimsFile(const std::string& path) {
  if (!path.empty()) ISOSHAPE_RETURN_IF_ERROR(FormatOf(path).status());
  return CheckOutput(path);
}

absl::Status WriteClaims(const JudgedClaims& judged,
                         const std::vector<std::string>& notes,
                         const std::string& path) {
  ISOSHAPE_ASSIGN_OR_RETURN(const Format format, FormatOf(path));
  if (format == Format::kPage) {
    return WriteOutput(path, ClaimsPage(judged, notes));
  }
  if (format == Format::kJson) {
    return WriteOutput(path, ToJson(judged.report).dump(2) + "\n");
  }
  ISOSHAPE_ASSIGN_OR_RETURN(ReportExtras extras, WritePictures(judged, path));
  extras.notes = notes;
  return WriteOutput(path, ClaimsMarkdown(judged.report, extras));
}

}  // namespace isoshape

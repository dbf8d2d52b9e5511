#include "cli/claims/claims_output.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "claims/report.h"
#include "cli/console/command.h"
#include "cli/console/output_file.h"
#include "cli/output/table.h"
#include "common/text/format_number.h"
#include "common/text/one_line.h"
#include "messages/json/proto_json.h"
#include "report/html.h"
#include "report/page_assets.h"

namespace isoshape {
namespace {

// What several claims share is trained once.
PlannedRuns CountAll(const std::vector<PlannedClaim>& plan) {
  PlannedRuns all;
  std::set<std::string> counted;
  for (const PlannedClaim& claim : plan) {
    for (const PlannedClaimCampaign& campaign : claim.campaigns) {
      if (!counted.insert(campaign.id).second) continue;
      const PlannedRuns runs = CountRuns(campaign.campaign);
      all.flops += runs.flops;
      all.trials += runs.trials;
    }
  }
  return all;
}

std::string ClaimSection(const v1::ClaimResult& result) {
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
  return Section(claim.id(), claim.id(), html);
}

// The report as a page: one HTML file without scripts.
std::string ClaimsPage(const v1::ClaimsReport& report) {
  std::string body = Paragraph(ReportBasis(report));
  std::vector<std::vector<std::string>> rows;
  for (const v1::ClaimResult& result : report.claims()) {
    rows.push_back({result.claim().id(), result.claim().statement(),
                    ClaimSummary(result)});
  }
  body += HtmlTable("Claims", {"claim", "statement", "outcome"}, rows);
  for (const v1::ClaimResult& result : report.claims()) {
    body += ClaimSection(result);
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

}  // namespace

void PrintPlan(const std::vector<PlannedClaim>& plan, std::ostream& out) {
  Table table({{"CLAIM"},
               {"RUNS", Table::kRight},
               {"FLOPS", Table::kRight},
               {"STATEMENT"}});
  for (const PlannedClaim& claim : plan) {
    PlannedRuns runs;
    for (const PlannedClaimCampaign& campaign : claim.campaigns) {
      const PlannedRuns more = CountRuns(campaign.campaign);
      runs.flops += more.flops;
      runs.trials += more.trials;
    }
    table.AddRow({claim.claim.id(), absl::StrCat(runs.trials),
                  FormatFlops(runs.flops), claim.claim.statement()});
  }
  table.Print(out);
  const PlannedRuns all = CountAll(plan);
  out << '\n'
      << all.trials << " runs, " << FormatFlops(all.flops)
      << " FLOPs in all; runs that several claims share count once here\n";
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
      out << "  " << result.runs_missing()
          << " runs are still to come; isoshape claims run goes on with them\n";
    }
    out << '\n';
  }
  out << ReportBasis(report) << '\n';
}

absl::Status WriteClaims(const v1::ClaimsReport& report,
                         const std::string& path) {
  if (path.ends_with(".md")) return WriteOutput(path, ClaimsMarkdown(report));
  if (path.ends_with(".html")) return WriteOutput(path, ClaimsPage(report));
  if (path.ends_with(".json")) {
    return WriteOutput(path, ToJson(report).dump(2) + "\n");
  }
  return UsageError(
      absl::StrCat("--write ", path,
                   ": its name says no format; end it in .md, .html or "
                   ".json"));
}

}  // namespace isoshape

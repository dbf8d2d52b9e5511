#include "report/make_report.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/files/sha256.h"
#include "common/status/status_macros.h"
#include "figures/gnuplot/svg.h"
#include "messages/json/enum_name.h"
#include "report/html.h"
#include "report/page_assets.h"
#include "report/report_data.h"
#include "report/report_sections.h"

namespace isoshape {
namespace {

std::string Hash(absl::string_view text) {
  return absl::StrCat("'sha256-", absl::Base64Escape(Sha256(text)), "'");
}

// Nothing is loaded, and nothing runs but the page's own script. Data in
// `application/json` do not run, so they need no hash.
std::string Head(const std::string& title, const std::string& style,
                 const std::string& script) {
  return absl::StrCat(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta "
      "charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" "
      "content=\"default-src 'none'; style-src ",
      Hash(style), "; script-src ", Hash(script),
      "; base-uri 'none'; form-action 'none'\">\n<meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-"
      "scheme\" content=\"light dark\">\n<title>",
      XmlText(title), "</title>\n<style>", style, "</style>\n</head>\n");
}

std::string Contents() {
  return "<nav aria-label=\"Contents\"><a href=\"#summary\">Summary</a><a "
         "href=\"#figures\">Figures</a><a href=\"#results\">Tables</a><a "
         "href=\"#setup\">Setup</a><a href=\"#trials\">Trials</a></nav>\n";
}

}  // namespace

absl::StatusOr<std::string> MakeReport(
    const std::shared_ptr<grpc::ChannelInterface>& channel,
    const ReportOptions& options) {
  ISOSHAPE_ASSIGN_OR_RETURN(const ReportData data,
                            ReadReportData(channel, options));
  return ReportOf(data, options);
}

std::string ReportOf(const ReportData& data, const ReportOptions& options) {
  const v1::Campaign& campaign = data.campaign;
  const bool of_file = !data.file.empty();
  const std::string title = of_file ? data.file
                            : campaign.display_name().empty()
                                ? campaign.name()
                                : campaign.display_name();
  const std::string style = PageStyle();
  const std::string script = PageScript();
  return absl::StrCat(
      Head(absl::StrCat(title, " - isoshape"), style, script),
      "<body>\n<header><h1>", XmlText(title), "</h1>\n<p class=\"meta\">",
      XmlText(absl::StrCat(of_file ? "runs of a file"
                                   : absl::StrCat(campaign.name(), ", ",
                                                  EnumName(campaign.state())),
                           "; isoshape " ISOSHAPE_VERSION ", ",
                           absl::FormatTime("%Y-%m-%d %H:%M UTC", absl::Now(),
                                            absl::UTCTimeZone()))),
      "</p></header>\n", Contents(), "<main>\n",
      Section("summary", "Summary", SummaryHtml(data)),
      Section("figures", "Figures", FiguresHtml(data)),
      Section("results", "Tables", ResultsHtml(data)),
      Section("setup", of_file ? "Where they are from" : "What was asked",
              SetupHtml(data, options)),
      Section("trials", of_file ? "Runs" : "Trials", TrialsHtml(data)),
      "</main>\n<script>", script, "</script>\n</body>\n</html>\n");
}

}  // namespace isoshape

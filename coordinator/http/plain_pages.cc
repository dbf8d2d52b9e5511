#include "coordinator/http/plain_pages.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "common/text/counted.h"
#include "common/text/short_exponent.h"
#include "coordinator/http/http_error.h"
#include "coordinator/http/rpc_route.h"
#include "figures/gnuplot/svg.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "messages/json/enum_name.h"
#include "messages/names/name_parts.h"
#include "messages/names/resource_name.h"

namespace isoshape {
namespace {

using google::protobuf::Message;

constexpr absl::string_view kPrefix = "/plain/";
// More is what the dashboard is for.
constexpr int kTrials = 1000;

constexpr char kStyle[] =
    ":root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}"
    "body{max-width:72rem;margin:auto;padding:1rem}"
    "table{border-collapse:collapse}"
    "th,td{padding:.2rem .7rem;text-align:left;border-bottom:1px solid #8884}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums}"
    "img{max-width:100%;height:auto;background:#fff}";

HttpResponse Page(const AnswerMemory& memory, absl::string_view title,
                  absl::string_view body) {
  HttpResponse response = KeptResponse(
      memory, "text/html; charset=utf-8",
      absl::StrCat(
          "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
          "<meta name=\"viewport\" content=\"width=device-width\"><title>",
          XmlText(title), "</title><style>", kStyle,
          "</style></head><body><h1>", XmlText(title), "</h1>", body,
          "</body></html>\n"));
  if (response.status != 200) return response;
  response.cache_control = "no-store";
  // Text of others is escaped; the style above is the only one.
  response.policy =
      "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri "
      "'none'; form-action 'none'; frame-ancestors 'none'";
  return response;
}

std::string Cell(absl::string_view text) {
  return absl::StrCat("<td>", XmlText(text), "</td>");
}

std::string NumberCell(double number) {
  return absl::StrCat("<td class=\"n\">", FormatDigits(number, 7), "</td>");
}

HttpResponse CampaignsPage(const AnswerMemory& memory,
                           const v1::ListCampaignsResponse& list) {
  if (list.campaigns().empty()) {
    return Page(memory, "isoshape",
                "<p>There is no campaign yet: <code>isoshape campaign "
                "create</code> makes one, <code>isoshape demo</code> shows "
                "one.</p>");
  }
  std::string body =
      "<table><tr><th>Campaign</th><th>State</th><th>Succeeded</th>"
      "<th>Running</th><th>Waiting</th><th>Failed</th><th>Note</th></tr>";
  for (const v1::Campaign& campaign : list.campaigns()) {
    const std::string id = ShortName(campaign.name());
    const v1::TrialCounts& counts = campaign.trial_counts();
    absl::StrAppend(&body, "<tr><td><a href=\"/plain/campaigns/", XmlText(id),
                    "\">", XmlText(id), "</a></td>",
                    Cell(EnumName(campaign.state())),
                    NumberCell(counts.succeeded()), NumberCell(counts.leased()),
                    NumberCell(counts.pending()),
                    NumberCell(counts.failed() + counts.diverged()),
                    Cell(campaign.planner_note()), "</tr>");
  }
  absl::StrAppend(&body, "</table>");
  if (!list.next_page_token().empty()) {
    absl::StrAppend(&body, "<p>The newest ", list.campaigns_size(),
                    " are shown; <code>isoshape campaign list</code> lists "
                    "all.</p>");
  }
  return Page(memory, "isoshape", body);
}

HttpResponse CampaignPage(const AnswerMemory& memory, const std::string& id,
                          const v1::ListTrialsResponse& list) {
  std::string body = "<p><a href=\"/plain/\">All campaigns</a></p>";
  for (const char* kind : {"isoflop", "trends"}) {
    absl::StrAppend(&body, "<p><img src=\"/v1/campaigns/", XmlText(id),
                    "/figures/", kind, ".svg\" alt=\"", kind,
                    ": drawn when trials have succeeded, if gnuplot is "
                    "installed\"></p>");
  }
  absl::StrAppend(&body,
                  "<table><tr><th>Trial</th><th>State</th><th>Depth</th>"
                  "<th>Width</th><th>Budget, FLOPs</th><th>Loss</th>"
                  "<th>Worker</th><th>Note</th></tr>");
  for (const v1::Trial& trial : list.trials()) {
    const absl::StatusOr<TrialName> name = ParseTrialName(trial.name());
    const double loss = trial.shape_card().validation_loss();
    absl::StrAppend(
        &body, "<tr>", NumberCell(name.ok() ? name->number : 0),
        Cell(EnumName(trial.state())),
        trial.has_shape() ? NumberCell(trial.shape().depth()) : Cell("?"),
        trial.has_shape() ? NumberCell(trial.shape().width()) : Cell("?"),
        NumberCell(trial.budget_flops()),
        loss > 0 ? NumberCell(loss) : Cell(""), Cell(trial.worker()),
        Cell(trial.error().empty() ? trial.reason() : trial.error()), "</tr>");
  }
  absl::StrAppend(&body, "</table>");
  if (!list.next_page_token().empty()) {
    absl::StrAppend(&body, "<p>The first ",
                    Counted(list.trials_size(), "trial"),
                    list.trials_size() == 1 ? " is" : " are",
                    " shown; <code>isoshape trial list</code> lists "
                    "all.</p>");
  }
  return Page(memory, absl::StrCat("Campaign ", id), body);
}

// One call, and a page of its answer.
template <typename Response>
std::function<void()> AnswerPage(
    RpcBridge& bridge, const char* method, const Message& message,
    std::function<HttpResponse(const Response&)> page, HttpReply reply) {
  return bridge.Call(
      *FindUnaryMethod(method), message, kCallDeadline,
      [page = std::move(page),
       reply = std::move(reply)](absl::StatusOr<RpcBridge::Answer> answer) {
        reply(answer.ok() ? page(static_cast<const Response&>(**answer))
                          : ErrorResponse(answer.status()));
      });
}

}  // namespace

std::function<void()> AnswerPlain(RpcBridge& bridge, const AnswerMemory& memory,
                                  const HttpRequest& request, HttpReply reply) {
  absl::string_view rest = request.path;
  absl::ConsumePrefix(&rest, kPrefix);
  if (rest.empty()) {
    v1::ListCampaignsRequest list;
    list.set_page_size(1000);
    return AnswerPage<v1::ListCampaignsResponse>(
        bridge, "/isoshape.v1.CampaignService/ListCampaigns", list,
        [&memory](const v1::ListCampaignsResponse& campaigns) {
          return CampaignsPage(memory, campaigns);
        },
        std::move(reply));
  }
  const std::string name(rest);
  if (!CheckCampaignName(name).ok()) {
    reply(ErrorResponse(absl::NotFoundError(absl::StrCat(
        "there is no page ", request.path, "; /plain/ lists the campaigns"))));
    return [] {};
  }
  v1::ListTrialsRequest list;
  list.set_parent(name);
  list.set_page_size(kTrials);
  return AnswerPage<v1::ListTrialsResponse>(
      bridge, "/isoshape.v1.CampaignService/ListTrials", list,
      [&memory, id = name.substr(name.find('/') + 1)](
          const v1::ListTrialsResponse& trials) {
        return CampaignPage(memory, id, trials);
      },
      std::move(reply));
}

}  // namespace isoshape

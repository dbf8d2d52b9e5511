#include "coordinator/http/campaign_route.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "coordinator/http/http_error.h"
#include "coordinator/http/query_message.h"
#include "figures/gnuplot/render_figure.h"
#include "isoshape/v1/figure_service.pb.h"
#include "messages/json/json_text.h"
#include "messages/json/proto_json.h"
#include "messages/names/resource_name.h"
#include "report/make_report.h"

namespace isoshape {
namespace {

using google::protobuf::Message;

absl::StatusOr<std::string> MakeJson(const Message* message) {
  return JsonText(*message);
}

// Whether a figure rests on all trials that had succeeded.
bool IsNewest(const Message& figure) {
  return static_cast<const v1::Figure&>(figure).basis().newer_trials() == 0;
}

// Asks for the report over the channel, as the command line does.
CachedRoute ReportRoute(const CachedRoutes& routes, const std::string& campaign,
                        const HttpRequest& request) {
  const ReportOptions options = {
      .campaign = campaign,
      .redact = QueryValue(request, "redact").value_or("0") != "0"};
  CachedRoute route;
  route.form = absl::StrCat("report ", options.redact, " ", campaign);
  route.content_type = "text/html; charset=utf-8";
  // The file's own policy names its script and style by their hashes. It is of
  // no origin, so that its script can ask nothing of this coordinator.
  route.policy =
      "default-src 'none'; style-src 'unsafe-inline'; script-src "
      "'unsafe-inline'; sandbox allow-scripts allow-downloads; "
      "frame-ancestors 'none'";
  route.slow = true;
  route.make = [channel = routes.channel, options](const Message*) {
    return MakeReport(channel, options);
  };
  return route;
}

// A list of a campaign as JSON: the fields of its request are the parameters.
template <typename Request>
absl::StatusOr<CachedRoute> ListRoute(const char* method,
                                      const std::string& campaign,
                                      const HttpRequest& request) {
  auto message = std::make_shared<Request>();
  ISOSHAPE_RETURN_IF_ERROR(FillFromQuery(request, {}, message.get()));
  // The path says whose.
  message->set_parent(campaign);
  CachedRoute route;
  route.method = method;
  route.message = std::move(message);
  route.make = MakeJson;
  route.large = true;
  return route;
}

// How a figure is drawn: its format, and what the query says of it.
absl::StatusOr<RenderOptions> DrawingOf(absl::string_view format,
                                        const HttpRequest& request) {
  RenderOptions options;
  const std::optional<FigureFormat> found = FindFigureFormat(format);
  if (!found.has_value()) {
    return absl::NotFoundError(absl::StrCat(
        "figures are not written as '", OneLine(format, 20),
        "'; ask for one of ", absl::StrJoin(FigureFormatNames(), ", ")));
  }
  options.format = *found;
  const std::string width = QueryValue(request, "width").value_or("160");
  if (!absl::SimpleAtod(absl::StripSuffix(width, "mm"), &options.width_mm)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "width '", width, "' is no number of millimetres; give 40 to 1000"));
  }
  const std::string theme = QueryValue(request, "theme").value_or("light");
  if (theme == "dark") {
    options.theme = FigureTheme::kDark;
  } else if (theme == "auto") {
    options.theme = FigureTheme::kAuto;
  } else if (theme != "light") {
    return absl::InvalidArgumentError(absl::StrCat(
        "theme '", theme, "' is none; give light, dark or, for svg, auto"));
  }
  return options;
}

// `isoflop.svg`: the fields of GetFigureRequest are the parameters.
absl::StatusOr<CachedRoute> FigureRoute(absl::string_view file,
                                        const std::string& campaign,
                                        const HttpRequest& request) {
  const size_t dot = file.rfind('.');
  ISOSHAPE_ASSIGN_OR_RETURN(
      const RenderOptions options,
      DrawingOf(dot == absl::string_view::npos ? "" : file.substr(dot + 1),
                request));
  auto message = std::make_shared<v1::GetFigureRequest>();
  ISOSHAPE_RETURN_IF_ERROR(
      FillFromQuery(request, {"width", "theme"}, message.get()));
  // The path says whose and which.
  const nlohmann::json kind = {{"kind", std::string(file.substr(0, dot))}};
  ISOSHAPE_RETURN_IF_ERROR(FromJson(kind, message.get()));
  message->set_campaign(campaign);
  CachedRoute route;
  route.method = "/isoshape.v1.FigureService/GetFigure";
  route.message = std::move(message);
  route.newest = IsNewest;
  if (options.format == FigureFormat::kJson) {
    route.make = MakeJson;
    return route;
  }
  route.slow = true;
  route.content_type = FigureContentType(options.format);
  // An SVG that is opened by itself runs nothing and loads nothing.
  route.policy =
      "default-src 'none'; style-src 'unsafe-inline'; sandbox; "
      "frame-ancestors 'none'";
  route.form =
      absl::StrCat(static_cast<int>(options.format), " ", options.width_mm, " ",
                   static_cast<int>(options.theme));
  route.make = [options](const Message* figure) {
    return RenderFigure(static_cast<const v1::Figure&>(*figure), options);
  };
  return route;
}

absl::StatusOr<CachedRoute> RouteOf(const CachedRoutes& routes,
                                    const HttpRequest& request) {
  absl::string_view rest = request.path;
  absl::ConsumePrefix(&rest, "/v1/campaigns/");
  const size_t slash = rest.find('/');
  const std::string campaign = MakeCampaignName(rest.substr(0, slash));
  rest = slash == absl::string_view::npos ? "" : rest.substr(slash + 1);
  if (rest == "table") {
    return ListRoute<v1::ListTrialTableRequest>(
        "/isoshape.v1.CampaignService/ListTrialTable", campaign, request);
  }
  if (rest == "curves") {
    return ListRoute<v1::ListCurvesRequest>(
        "/isoshape.v1.CampaignService/ListCurves", campaign, request);
  }
  if (rest == "report.html") return ReportRoute(routes, campaign, request);
  if (absl::ConsumePrefix(&rest, "figures/")) {
    return FigureRoute(rest, campaign, request);
  }
  return absl::NotFoundError(
      absl::StrCat("there is nothing at ", request.path,
                   "; below a campaign are table, curves, report.html and "
                   "figures/KIND.FORMAT"));
}

absl::StatusOr<v1::WatchChangesRequest> EventsRequest(
    const HttpRequest& request) {
  v1::WatchChangesRequest watch;
  ISOSHAPE_RETURN_IF_ERROR(FillFromQuery(request, {"after"}, &watch));
  // Ids and full names alike.
  for (std::string& name : *watch.mutable_campaigns()) {
    if (!absl::StartsWith(name, "campaigns/")) name = MakeCampaignName(name);
  }
  const std::string after = request.last_event_id.empty()
                                ? QueryValue(request, "after").value_or("")
                                : request.last_event_id;
  int64_t sequence = watch.after_sequence();
  if (!after.empty() && !absl::SimpleAtoi(after, &sequence)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "after '", after,
        "' is no sequence; give the id of the last event, or leave it out"));
  }
  watch.set_after_sequence(sequence);
  return watch;
}

}  // namespace

std::function<void()> AnswerCampaign(const CachedRoutes& routes,
                                     const HttpRequest& request,
                                     const HttpReply& reply) {
  absl::StatusOr<CachedRoute> route = RouteOf(routes, request);
  if (!route.ok()) {
    reply(ErrorResponse(route.status()));
    return [] {};
  }
  return AnswerCached(routes, request, *route, reply);
}

HttpResponse AnswerEvents(const StartEvents& start,
                          std::function<absl::Status()> standing,
                          const HttpRequest& request) {
  const absl::StatusOr<v1::WatchChangesRequest> watch = EventsRequest(request);
  if (!watch.ok()) return ErrorResponse(watch.status());
  HttpResponse response;
  response.content_type = "text/event-stream";
  response.cache_control = "no-store";
  if (request.method == "HEAD") return response;
  absl::StatusOr<std::unique_ptr<HttpStream>> stream =
      start(*watch, std::move(standing));
  if (!stream.ok()) return ErrorResponse(stream.status());
  response.stream = *std::move(stream);
  return response;
}

}  // namespace isoshape

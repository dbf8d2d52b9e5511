#include "coordinator/http/router.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/net/request_id.h"
#include "coordinator/http/http_error.h"
#include "coordinator/http/plain_pages.h"
#include "coordinator/http/rpc_route.h"
#include "coordinator/http/sign_in.h"

namespace isoshape {
namespace {

// Kept in memory of tables and figures.
constexpr size_t kBodyBytes = 64 << 20;
// Of those, how much at most of the memory of all answers.
constexpr size_t kKeptShare = 4;
// Large answers that are made at once: one takes some six times its bytes
// meanwhile.
constexpr int kLargeAnswers = 2;
// Threads that write and compress them.
constexpr int kWorkers = 2;
// A check of readiness that has taken so long says by itself that requests are
// not answered.
constexpr absl::Duration kCheckPatience = absl::Seconds(5);

HttpResponse WrongMethod(absl::string_view path, std::string allowed) {
  HttpResponse response =
      ErrorResponse(405, absl::StatusCode::kUnimplemented,
                    absl::StrCat(path, " takes ", allowed, " only"));
  response.allow = std::move(allowed);
  return response;
}

HttpResponse CheckHangs() {
  return ErrorResponse(
      503, absl::StatusCode::kUnavailable,
      absl::StrCat("the check has not ended after ",
                   absl::FormatDuration(kCheckPatience),
                   ": the database or the scheduler has not answered yet"));
}

HttpResponse VersionResponse(bool read_only, bool dashboard, int grpc_port) {
  const nlohmann::ordered_json body = {{"version", ISOSHAPE_VERSION},
                                       {"read_only", read_only},
                                       {"dashboard", dashboard},
                                       {"grpc_port", grpc_port}};
  return TextResponse(200, "application/json", body.dump());
}

}  // namespace

Router::Router(Options options)
    : options_(std::move(options)),
      assets_(options_.assets),
      memory_(options_.answer_bytes),
      gate_(kLargeAnswers),
      bodies_(std::min(kBodyBytes, options_.answer_bytes / kKeptShare)),
      work_(kWorkers),
      slow_work_(kWorkers),
      ready_work_(2),
      reads_(kWorkers),
      check_(std::make_shared<ReadyCheck>()),
      bridge_(options_.channel, &memory_, options_.secret),
      routes_{.bridge = &bridge_,
              .channel = options_.channel,
              .memory = &memory_,
              .gate = &gate_,
              .bodies = &bodies_,
              .under_way = &under_way_,
              .pace = &pace_,
              .work = &work_,
              .slow_work = &slow_work_,
              .sequence = options_.sequence,
              .rest_of = options_.rest_of,
              .epoch = RandomBits().substr(0, 12)} {}

// Before the bridge, so that no call begins that it does not wait for.
Router::~Router() {
  gate_.Close();
  absl::MutexLock lock(&check_->mutex);
  if (check_->end != nullptr) check_->end->Notify();
}

std::function<void()> Router::Handle(const HttpRequest& received,
                                     HttpReply reply) {
  HttpRequest request = received;
  if (!ParseTarget(&request)) {
    reply(ErrorResponse(absl::InvalidArgumentError(
        absl::StrCat("the request's path ", request.target,
                     " is not a path of percent-encoded UTF-8 from / on"))));
    return [] {};
  }
  if (options_.asks_for_certificates && request.certificate.empty() &&
      !IsOpenToAll(request.path)) {
    reply(ErrorResponse(absl::PermissionDeniedError(
        "this coordinator asks for a certificate of the client; show one that "
        "its --tls-client-ca has signed (a browser takes it from its settings, "
        "curl by --cert and --key)")));
    return [] {};
  }
  // What every page is made of says nothing of anybody's campaigns.
  const bool asset = request.path != "/" && assets_.Has(request.path) &&
                     request.path != "/index.html";
  if (options_.access != nullptr && !asset) {
    if (std::optional<HttpResponse> answer =
            AnswerCaller(options_.access, request)) {
      reply(*std::move(answer));
      return [] {};
    }
  }
  const bool rpc = absl::StartsWith(request.path, "/isoshape.");
  if (rpc && request.method == "POST") {
    request.caller = CallerOf(options_.access, request);
    return AnswerRpc(routes_, options_.read_only, request, reply);
  }
  if (rpc || !request.read_only()) {
    reply(WrongMethod(request.path, rpc ? "POST" : "GET, HEAD"));
    return [] {};
  }
  return Get(request, std::move(reply));
}

// Probes come every few seconds, and a check may take half a minute: they must
// not queue up behind it, and the thread of HTTP must not wait for it. Those
// that come while one is under way are told what it finds, or that it hangs
// once it has had its time: who asks all the time, as anybody may without a
// token, keeps no other from an answer.
void Router::AnswerReady(HttpReply reply) {
  if (options_.unready) {
    if (const absl::Status known = options_.unready(); !known.ok()) {
      reply(ErrorResponse(503, known.code(), known.message()));
      return;
    }
  }
  const absl::Duration now = options_.clock->Elapsed();
  absl::ReleasableMutexLock lock(&check_->mutex);
  if (check_->end != nullptr && now - check_->begun >= kCheckPatience) {
    lock.Release();
    reply(CheckHangs());
    return;
  }
  check_->waiting.push_back(std::move(reply));
  if (check_->end != nullptr) return;
  const auto end = std::make_shared<Event>();
  check_->end = end;
  check_->begun = now;
  lock.Release();
  BeginCheck(end, now);
}

void Router::BeginCheck(const std::shared_ptr<Event>& end,
                        absl::Duration begun) {
  ready_work_.Add([this, check = check_, end] {
    options_.ready([check, end](const absl::Status& status) {
      std::vector<HttpReply> waiting;
      {
        // First: who has the answer may ask again at once.
        absl::MutexLock lock(&check->mutex);
        check->end = nullptr;
        waiting.swap(check->waiting);
      }
      end->Notify();
      for (const HttpReply& one : waiting) {
        one(status.ok()
                ? TextResponse(200, "text/plain; charset=utf-8", "ready\n")
                : ErrorResponse(503, status.code(), status.message()));
      }
    });
  });
  // No other check begins before this has ended, and with it the wait for it:
  // one of the two threads is free for a check, however long one hangs.
  ready_work_.Add([this, check = check_, end, begun] {
    const absl::Duration left =
        begun + kCheckPatience - options_.clock->Elapsed();
    if (options_.clock->SleepUntil(*end, left)) return;
    std::vector<HttpReply> in_vain;
    {
      absl::MutexLock lock(&check->mutex);
      if (check->end == end) in_vain.swap(check->waiting);
    }
    for (const HttpReply& one : in_vain) one(CheckHangs());
  });
}

std::function<void()> Router::Get(const HttpRequest& request, HttpReply reply) {
  if (request.path == "/healthz") {
    reply(TextResponse(200, "text/plain; charset=utf-8", "live\n"));
  } else if (request.path == "/readyz") {
    AnswerReady(std::move(reply));
  } else if (absl::StartsWith(request.path, "/v1/campaigns/")) {
    return AnswerCampaign(routes_, request, reply);
  } else if (absl::StartsWith(request.path, "/plain/") ||
             (request.path == "/" && !assets_.Has("/index.html"))) {
    HttpRequest page = request;
    if (page.path == "/") page.path = "/plain/";
    return AnswerPlain(bridge_, memory_, page, std::move(reply));
  } else if (request.path == "/v1/events") {
    reads_.Add([this, request, reply = std::move(reply)] {
      HttpResponse response = AnswerEvents(
          options_.start_events, StandingOf(options_.access, request), request);
      if (response.stream != nullptr) response.owner = pace_.PageOpened();
      reply(std::move(response));
    });
  } else if (request.path == "/metrics" && options_.metrics != nullptr) {
    reads_.Add([this, reply = std::move(reply)] {
      reply(TextResponse(200, "text/plain; version=0.0.4; charset=utf-8",
                         options_.metrics()));
    });
  } else if (request.path == "/v1/version") {
    reply(VersionResponse(options_.read_only, assets_.Has("/index.html"),
                          options_.grpc_port));
  } else if (request.path == "/" && assets_.Has("/index.html")) {
    HttpRequest index = request;
    index.path = "/index.html";
    reply(assets_.Serve(index));
  } else if (assets_.Has(request.path)) {
    reply(assets_.Serve(request));
  } else {
    reply(ErrorResponse(
        absl::NotFoundError(absl::StrCat("there is nothing at ", request.path,
                                         "; docs/http.md lists what is"))));
  }
  return [] {};
}

}  // namespace isoshape

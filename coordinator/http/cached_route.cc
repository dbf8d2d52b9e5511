#include "coordinator/http/cached_route.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/files/gzip.h"
#include "common/status/out_of_memory.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "common/threads/processor_time.h"
#include "coordinator/http/http_error.h"
#include "coordinator/http/rpc_route.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "isoshape/v1/figure_service.pb.h"

namespace isoshape {
namespace {

using google::protobuf::Message;

// How long an answer that is behind is given to clients that have heard of no
// newer event: as long as batches of events are apart.
constexpr absl::Duration kBehind = absl::Milliseconds(250);

// How one client is answered.
struct Form {
  std::string key;
  std::string etag;
  bool get = true;
  bool gzip = false;
  AnswerPace* pace = nullptr;  // of clients that hear of events
};

HttpResponse MakeResponse(const CachedRoute& route, const Form& form,
                          BodyCache::Body body, int64_t sequence) {
  HttpResponse response;
  if (form.pace != nullptr) {
    response.as_of = sequence;
    response.pace = form.pace->Asked(body == nullptr ? 0 : body->size());
  }
  response.content_type = route.content_type;
  response.policy = route.policy;
  if (form.get) {
    response.cache_control = "no-cache";
    response.etag = form.etag;
  }
  response.vary_encoding = true;
  if (body == nullptr) {
    response.status = 304;
    return response;
  }
  if (form.gzip && body->size() >= 2 && (*body)[0] == '\x1f') {
    response.content_encoding = "gzip";
  }
  response.body = *body;
  response.owner = std::move(body);
  return response;
}

// A client that hears of events asks again when it is told that there is
// something newer.
HttpResponse MakeRefusal(BodyCache& bodies, const Form& form,
                         const absl::Status& why) {
  HttpResponse response = ErrorResponse(why);
  if (form.pace == nullptr) return response;
  response.pace = form.pace->Asked(0);
  const absl::Time now = absl::Now();
  const BodyCache::Refusal kept = bodies.FindRefusal(form.key, now);
  if (!kept.why.ok() && kept.why == why) {
    response.as_of = kept.sequence;
    response.pace = std::max(response.pace, kept.until - now);
  }
  return response;
}

// How long at most a refusal is kept, as docs/http.md says of paces: the rest
// follows all that was computed of a campaign, which may be much more than it
// takes to see that its trials are too few.
constexpr absl::Duration kLongestRefusal = absl::Seconds(30);

// Whether an answer is what AnalysisCache rests for: no law or figure of one
// stands behind the others, which may be asked for at any time.
bool IsComputed(const Message& question) {
  const auto* const type = question.GetDescriptor();
  if (type == v1::GetFigureRequest::descriptor()) {
    const auto kind = static_cast<const v1::GetFigureRequest&>(question).kind();
    return kind != v1::Figure::PROGRESS && kind != v1::Figure::CURVES;
  }
  return type == v1::FitLawRequest::descriptor() ||
         type == v1::PredictShapeRequest::descriptor() ||
         type == v1::CompareVariantsRequest::descriptor();
}

// Keeps why trials do not tell an answer yet, as long as who asks is to wait
// before it is tried again.
void KeepRefusal(const CachedRoutes& routes, const std::string& key,
                 const Message& question, int64_t sequence,
                 const absl::Status& why) {
  const auto* const field =
      question.GetDescriptor()->FindFieldByName("campaign");
  if (!routes.rest_of || !absl::IsFailedPrecondition(why) ||
      !IsComputed(question) || field == nullptr) {
    return;
  }
  const absl::Duration rest =
      routes.rest_of(question.GetReflection()->GetString(question, field));
  if (rest <= absl::ZeroDuration()) return;
  routes.bodies->PutRefusal(
      key, {why, sequence, absl::Now() + std::min(rest, kLongestRefusal)});
}

// Makes the body. `response` may be null.
absl::StatusOr<SharedAnswers::Made> MakeBody(const AnswerMemory& memory,
                                             const CachedRoute& route,
                                             const HttpRequest& head,
                                             const Message* response,
                                             int64_t sequence) {
  ISOSHAPE_ASSIGN_OR_RETURN(std::string text, route.make(response));
  if (IsCompressed(head, text.size())) text = Gzip(text);
  ISOSHAPE_ASSIGN_OR_RETURN(AnswerMemory::Body body,
                            memory.Keep(std::move(text)));
  return SharedAnswers::Made{
      .body = std::move(body),
      .newest = response == nullptr || !route.newest || route.newest(*response),
      .sequence = sequence};
}

// Of which no more is counted as spent on the call of a service: what takes
// longer waits, or is what AnalysisCache spends.
constexpr absl::Duration kLongestCall = absl::Milliseconds(5);

// Makes a body for all who wait for it, and keeps it.
SharedAnswers::Start StartOf(const CachedRoutes& routes, const Form& form,
                             int64_t sequence, const CachedRoute& route,
                             const HttpRequest& head) {
  return [routes, key = form.key, pace = form.pace, sequence, route,
          head](const SharedAnswers::Done& done) -> std::function<void()> {
    const absl::Time asked = absl::Now();
    const auto make = [bodies = routes.bodies, memory = routes.memory, pace,
                       key, sequence, route, head, done,
                       asked](const RpcBridge::Answer& response) {
      const absl::Duration begin = ThreadProcessorTime();
      const auto make_and_keep = [&]() -> absl::StatusOr<SharedAnswers::Made> {
        ISOSHAPE_ASSIGN_OR_RETURN(
            SharedAnswers::Made body,
            MakeBody(*memory, route, head, response.get(), sequence));
        bodies->Put(key, sequence, body.body, asked, !body.newest);
        return body;
      };
      const absl::StatusOr<SharedAnswers::Made> made =
          UnlessOutOfMemory(make_and_keep);
      if (pace != nullptr) pace->Spent(ThreadProcessorTime() - begin);
      done(made);
    };
    WorkQueue* const work = route.slow ? routes.slow_work : routes.work;
    if (route.method.empty()) {
      work->Add([make] { make(nullptr); });
      return [] {};
    }
    // `place`: of the gate, if the answer may be large.
    const auto call = [routes, work, route, make, done, asked, pace, key,
                       sequence](const CallGate::Place& place) {
      return routes.bridge->Call(
          *FindUnaryMethod(route.method), *route.message, kCallDeadline,
          [routes, work, route, make, done, asked, pace, key, sequence,
           place](absl::StatusOr<RpcBridge::Answer> answer) {
            if (pace != nullptr) {
              pace->Spent(std::min(absl::Now() - asked, kLongestCall));
            }
            if (!answer.ok()) {
              KeepRefusal(routes, key, *route.message, sequence,
                          answer.status());
              return done(answer.status());
            }
            work->Add([make, place, response = *std::move(answer)] {
              make(response);
            });
          },
          route.caller);
    };
    return route.large ? routes.gate->EnterCall(call, done) : call(nullptr);
  };
}

// The event that an answer must be as of at least: the newest, unless the
// client says of which it has heard.
absl::StatusOr<int64_t> AtLeast(const std::optional<std::string>& as_of,
                                int64_t newest) {
  if (!as_of) return newest;
  int64_t heard = 0;
  if (!absl::SimpleAtoi(*as_of, &heard) || heard < 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "as_of '", OneLine(*as_of, 40),
        "' is no sequence; give that of the last batch of /v1/events, or leave "
        "it out"));
  }
  return std::min(heard, newest);
}

}  // namespace

HttpRequest HeadOf(const HttpRequest& request) {
  HttpRequest head;
  head.loopback = request.loopback;
  head.accept_encoding = request.accept_encoding;
  return head;
}

bool IsCompressed(const HttpRequest& request, size_t bytes) {
  constexpr size_t kFrom = 1024;  // shorter ones gain nothing
  return bytes >= kFrom && !request.loopback &&
         Accepts(request.accept_encoding, "gzip");
}

std::function<void()> AnswerCached(const CachedRoutes& routes,
                                   const HttpRequest& request,
                                   const CachedRoute& route,
                                   const HttpReply& reply) {
  const int64_t sequence = routes.sequence();
  const std::optional<std::string> as_of = QueryValue(request, "as_of");
  const absl::StatusOr<int64_t> at_least = AtLeast(as_of, sequence);
  if (!at_least.ok()) {
    reply(ErrorResponse(at_least.status()));
    return [] {};
  }
  Form form;
  form.get = request.read_only();
  form.gzip = IsCompressed(request, std::numeric_limits<size_t>::max());
  form.key = absl::StrCat(route.method, "\n", form.gzip, route.form, "\n",
                          route.caller, "\n");
  if (route.message != nullptr) {
    absl::StrAppend(&form.key, route.message->SerializeAsString());
  }
  form.etag = absl::StrCat("W/\"", routes.epoch, "-", sequence, "\"");
  if (form.get && request.if_none_match == form.etag) {
    reply(MakeResponse(route, form, nullptr, sequence));
    return [] {};
  }
  const absl::Time now = absl::Now();
  absl::Duration pace;
  if (as_of) {
    form.pace = routes.pace;
    pace = routes.pace->Now();
  }
  BodyCache::Found found = routes.bodies->Find(
      form.key, *at_least,
      as_of ? now - std::max(kBehind, pace) : absl::InfiniteFuture(),
      pace > absl::ZeroDuration() ? now - pace : absl::InfiniteFuture());
  if (found.body != nullptr) {
    // It may be as of an earlier event than the newest.
    if (*at_least < sequence || found.sequence < sequence) form.etag.clear();
    reply(MakeResponse(route, form, std::move(found.body), found.sequence));
    return [] {};
  }
  if (as_of) {
    const absl::Status refused = routes.bodies->FindRefusal(form.key, now).why;
    if (!refused.ok()) {
      reply(MakeRefusal(*routes.bodies, form, refused));
      return [] {};
    }
  }
  return routes.under_way->Ask(
      form.key, pace > absl::ZeroDuration() ? 0 : *at_least, sequence,
      [form, route, reply, sequence, older = *at_least < sequence,
       bodies =
           routes.bodies](const absl::StatusOr<SharedAnswers::Made>& made) {
        if (!made.ok()) {
          return reply(MakeRefusal(*bodies, form, made.status()));
        }
        Form own = form;
        if (!made->newest || older || made->sequence < sequence) {
          own.etag.clear();
        }
        reply(MakeResponse(route, own, made->body, made->sequence));
      },
      StartOf(routes, form, sequence, route, HeadOf(request)));
}

}  // namespace isoshape

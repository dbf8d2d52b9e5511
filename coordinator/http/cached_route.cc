#include "coordinator/http/cached_route.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/files/gzip.h"
#include "coordinator/http/http_error.h"
#include "coordinator/http/rpc_route.h"

namespace isoshape {
namespace {

using google::protobuf::Message;

// Shorter bodies gain nothing.
constexpr size_t kCompressFrom = 1024;

// How one client is answered.
struct Form {
  std::string key;
  std::string etag;
  bool gzip = false;
};

HttpResponse MakeResponse(const CachedRoute& route, const Form& form,
                          BodyCache::Body body) {
  HttpResponse response;
  response.content_type = route.content_type;
  response.policy = route.policy;
  response.cache_control = "no-cache";
  response.etag = form.etag;
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

// Makes the body and replies. `response` may be null.
void MakeAndReply(BodyCache* bodies, int64_t sequence, Form form,
                  const CachedRoute& route, const Message* response,
                  const HttpReply& reply) {
  absl::StatusOr<std::string> made = route.make(response);
  if (!made.ok()) return reply(ErrorResponse(made.status()));
  auto body = std::make_shared<const std::string>(
      form.gzip && made->size() >= kCompressFrom ? Gzip(*made)
                                                 : *std::move(made));
  if (response != nullptr && route.newest && !route.newest(*response)) {
    form.etag.clear();
  } else {
    bodies->Put(form.key, sequence, body);
  }
  reply(MakeResponse(route, form, std::move(body)));
}

}  // namespace

std::function<void()> AnswerCached(const CachedRoutes& routes,
                                   const HttpRequest& request,
                                   const CachedRoute& route,
                                   const HttpReply& reply) {
  const int64_t sequence = routes.sequence();
  Form form;
  form.gzip = !request.loopback && Accepts(request.accept_encoding, "gzip");
  form.key = absl::StrCat(route.method, "\n", form.gzip, route.form, "\n");
  if (route.message != nullptr) {
    absl::StrAppend(&form.key, route.message->SerializeAsString());
  }
  form.etag = absl::StrCat("W/\"", routes.epoch, "-", sequence, "\"");
  if (request.if_none_match == form.etag) {
    reply(MakeResponse(route, form, nullptr));
    return [] {};
  }
  if (BodyCache::Body body = routes.bodies->Find(form.key, sequence)) {
    reply(MakeResponse(route, form, std::move(body)));
    return [] {};
  }
  WorkQueue* const work = route.slow ? routes.slow_work : routes.work;
  BodyCache* const bodies = routes.bodies;
  if (*route.method == '\0') {
    work->Add([bodies, sequence, form, route, reply] {
      MakeAndReply(bodies, sequence, form, route, nullptr, reply);
    });
    return [] {};
  }
  return routes.bridge->Call(
      *FindUnaryMethod(route.method), *route.message, kCallDeadline,
      [work, bodies, sequence, form, route,
       reply](absl::StatusOr<std::unique_ptr<Message>> answer) {
        if (!answer.ok()) return reply(ErrorResponse(answer.status()));
        work->Add([bodies, sequence, form, route, reply,
                   response = std::shared_ptr<Message>(*std::move(answer))] {
          MakeAndReply(bodies, sequence, form, route, response.get(), reply);
        });
      });
}

}  // namespace isoshape

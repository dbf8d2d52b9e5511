#include "coordinator/http/rpc_route.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/files/gzip.h"
#include "common/status/out_of_memory.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "coordinator/http/cached_route.h"
#include "coordinator/http/http_error.h"
#include "coordinator/http/rpc_bridge.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "messages/json/json_text.h"
#include "messages/json/proto_json.h"

namespace isoshape {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// Deeper than any message of ours, and shallow enough for readers that call
// themselves.
constexpr int kMaxDepth = 32;

bool IsProto(const HttpRequest& request) {
  return absl::StartsWithIgnoreCase(request.content_type, "application/proto");
}

// How deep lists and objects of a JSON text are nested.
int NestingOf(absl::string_view text) {
  int depth = 0;
  int deepest = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return deepest;
}

// Looks for a member that is named twice in one object, and for what is no
// JSON. By SAX, since the callback of nlohmann's parser has it look at all
// values of a list again at the end of each object in it.
class BodyCheck final : public nlohmann::json_sax<nlohmann::json> {
 public:
  absl::Status status() const {
    if (!problem_.ok() || twice_.empty()) return problem_;
    return absl::InvalidArgumentError(absl::StrCat(
        "the body says '", OneLine(twice_, 60), "' twice; say it once"));
  }

  bool key(string_t& name) override {
    if (!members_.back().insert(name).second) twice_ = name;
    return true;
  }
  bool start_object(size_t) override {
    members_.emplace_back();
    return true;
  }
  bool end_object() override {
    members_.pop_back();
    return true;
  }
  bool parse_error(size_t byte, const std::string&,
                   const nlohmann::detail::exception& error) override {
    problem_ = absl::InvalidArgumentError(
        dynamic_cast<const nlohmann::json::out_of_range*>(&error) != nullptr
            ? "the body has a number beyond what 64 bits hold, such as 1e400; "
              "send a smaller one"
            : absl::StrCat("the body is not JSON from byte ", byte,
                           " on; send the request's message as one JSON "
                           "object"));
    return false;
  }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_array(size_t) override { return true; }
  bool end_array() override { return true; }

 private:
  std::vector<std::set<std::string>> members_;  // of the objects that are open
  std::string twice_;
  absl::Status problem_;
};

// Reads a JSON text. INVALID_ARGUMENT if it is none, or names a member twice:
// readers differ in which of the two they take.
absl::StatusOr<nlohmann::json> ParseBody(const std::string& body) {
  BodyCheck check;
  nlohmann::json::sax_parse(body, &check);
  ISOSHAPE_RETURN_IF_ERROR(check.status());
  return nlohmann::json::parse(body);
}

absl::Status ReadJson(const std::string& body, Message* message) {
  if (body.empty()) return absl::OkStatus();
  if (NestingOf(body) > kMaxDepth) {
    return absl::InvalidArgumentError(
        absl::StrCat("the body is nested deeper than ", kMaxDepth,
                     " levels; send the request's message as one JSON object"));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const nlohmann::json json, ParseBody(body));
  return FromJson(json, message);
}

absl::StatusOr<std::unique_ptr<Message>> ReadRequest(
    const MethodDescriptor& method, const HttpRequest& request) {
  std::unique_ptr<Message> message = NewMessage(*method.input_type());
  if (!IsProto(request)) {
    ISOSHAPE_RETURN_IF_ERROR(ReadJson(request.body, message.get()));
  } else if (!message->ParseFromString(request.body)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the body is not a ", method.input_type()->full_name(),
                     "; send its bytes, or JSON as application/json"));
  }
  return message;
}

// Tables of trials and curves, which may have many megabytes and wait for
// nobody.
bool IsLarge(const MethodDescriptor& method) {
  return method.name() == "ListTrialTable" || method.name() == "ListCurves";
}

// Methods whose answers follow from events and fits alone, and which every open
// page asks for: what is told of trials and their analysis.
bool IsShared(const MethodDescriptor& method) {
  const std::string& service = method.service()->name();
  return service == "FigureService" || service == "AnalysisService" ||
         IsLarge(method);
}

// Whether an answer rests on all trials that had ended, if it says.
bool IsNewest(const Message& answer) {
  const auto* field = answer.GetDescriptor()->FindFieldByName("basis");
  if (field == nullptr ||
      field->message_type() != v1::DataBasis::descriptor()) {
    return true;
  }
  const Message& basis = answer.GetReflection()->GetMessage(answer, field);
  return static_cast<const v1::DataBasis&>(basis).newer_trials() == 0;
}

// Whether it is shared by those who hear of events, though no event tells when
// its answer is another one: why trials wait depends on workers, too, and takes
// looking at a thousand trials.
bool IsSharedForAMoment(const MethodDescriptor& method,
                        const HttpRequest& request) {
  return method.name() == "GetCampaign" &&
         QueryValue(request, "as_of").has_value();
}

CachedRoute SharedRoute(const HttpRequest& request, bool for_a_moment,
                        bool large, std::unique_ptr<Message> message) {
  CachedRoute route;
  route.method = request.path;
  route.large = large;
  route.message = std::move(message);
  route.caller = request.caller;
  route.form = "rpc";
  route.make = [](const Message* answer) { return JsonText(*answer); };
  route.newest = [for_a_moment](const Message& answer) {
    return !for_a_moment && IsNewest(answer);
  };
  return route;
}

// Replies with JSON, compressed on a thread of `work` if it is to be. `held` is
// what the JSON was made of, whose room stands for it while it waits.
void ReplyJson(WorkQueue* work, const AnswerMemory* memory,
               const HttpRequest& request, bool compress, std::string json,
               std::shared_ptr<const void> held, const HttpReply& reply) {
  if (!compress || !IsCompressed(request, json.size())) {
    return reply(KeptResponse(*memory, "application/json", std::move(json)));
  }
  work->Add([memory, json = std::move(json), held = std::move(held), reply] {
    const auto answer = [&](const absl::Status& status) {
      if (!status.ok()) return reply(ErrorResponse(status));
      HttpResponse response =
          KeptResponse(*memory, "application/json", Gzip(json));
      if (response.status == 200) response.content_encoding = "gzip";
      response.vary_encoding = true;
      reply(std::move(response));
    };
    TellDespiteOutOfMemory(answer, absl::OkStatus());
  });
}

}  // namespace

std::function<void()> AnswerRpc(const CachedRoutes& routes, bool read_only,
                                const HttpRequest& request,
                                const HttpReply& reply) {
  const MethodDescriptor* method = FindUnaryMethod(request.path);
  if (method == nullptr) {
    reply(ErrorResponse(absl::NotFoundError(
        absl::StrCat("there is no method ", request.path,
                     "; docs/http.md says how methods are called"))));
    return [] {};
  }
  const bool may_change = MayChange(*method);
  if (read_only) {
    if (const absl::Status reads = CheckReadsAlone(*method); !reads.ok()) {
      reply(ErrorResponse(reads));
      return [] {};
    }
  }
  absl::StatusOr<std::unique_ptr<Message>> message =
      ReadRequest(*method, request);
  if (!message.ok()) {
    reply(ErrorResponse(message.status()));
    return [] {};
  }
  const bool for_a_moment = IsSharedForAMoment(*method, request);
  if (!IsProto(request) && !may_change && (IsShared(*method) || for_a_moment)) {
    return AnswerCached(routes, request,
                        SharedRoute(request, for_a_moment, IsLarge(*method),
                                    *std::move(message)),
                        reply);
  }
  const auto call = [routes, method, reply, head = HeadOf(request),
                     message =
                         std::shared_ptr<const Message>(*std::move(message)),
                     proto = IsProto(request), may_change,
                     caller = request.caller](const CallGate::Place& place) {
    return routes.bridge->Call(
        *method, *message, kCallDeadline,
        [work = routes.work, memory = routes.memory, head, reply, proto,
         may_change, place](absl::StatusOr<RpcBridge::Answer> answer) {
          if (!answer.ok()) {
            reply(ErrorResponse(answer.status()));
          } else if (proto) {
            reply(KeptResponse(*memory, "application/proto",
                               (*answer)->SerializeAsString()));
          } else {
            ReplyJson(work, memory, head, !may_change, JsonText(**answer),
                      *answer, reply);
          }
        },
        caller);
  };
  if (!IsLarge(*method)) return call(nullptr);
  return routes.gate->EnterCall(call, [reply](const absl::Status& status) {
    reply(ErrorResponse(status));
  });
}

}  // namespace isoshape

#ifndef ISOSHAPE_COORDINATOR_HTTP_CACHED_ROUTE_H_
#define ISOSHAPE_COORDINATOR_HTTP_CACHED_ROUTE_H_

#include <google/protobuf/message.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/threads/work_queue.h"
#include "coordinator/http/answer_memory.h"
#include "coordinator/http/answer_pace.h"
#include "coordinator/http/body_cache.h"
#include "coordinator/http/call_gate.h"
#include "coordinator/http/http_message.h"
#include "coordinator/http/rpc_bridge.h"
#include "coordinator/http/shared_answers.h"

namespace isoshape {

// The objects that answers made of one call's response rest on.
struct CachedRoutes {
  RpcBridge* bridge = nullptr;
  std::shared_ptr<grpc::ChannelInterface> channel;  // of the bridge
  const AnswerMemory* memory = nullptr;             // of the bridge, too
  const CallGate* gate = nullptr;  // of answers whose size none can tell
  BodyCache* bodies = nullptr;
  SharedAnswers* under_way = nullptr;
  AnswerPace* pace = nullptr;
  WorkQueue* work = nullptr;       // where bodies are made
  WorkQueue* slow_work = nullptr;  // and those that take seconds
  // Largest sequence of an event that was committed.
  std::function<int64_t()> sequence;
  // AnalysisCache::RestOf; null: none rests.
  std::function<absl::Duration(const std::string& campaign)> rest_of;
  std::string epoch;  // another one each time the program starts
};

// An answer, described.
struct CachedRoute {
  // `/isoshape.v1.CampaignService/ListTrialTable`; empty: `make` gets no
  // response, and makes the calls that it needs by itself.
  std::string method;
  std::shared_ptr<const google::protobuf::Message> message;
  std::string form;    // what else the body depends on, such as `svg light`
  std::string caller;  // as of RpcBridge::Call; each has bodies of his own
  std::string content_type = "application/json";
  std::string policy;  // as of HttpResponse
  bool slow = false;   // to make
  // The answer may have many megabytes, and its call waits for nobody: few such
  // are under way at once.
  bool large = false;
  // The body of the response, on a thread of `work` or `slow_work`.
  std::function<absl::StatusOr<std::string>(const google::protobuf::Message*)>
      make;
  // Returns true if the response is as of the newest event; else it is not
  // kept.
  std::function<bool(const google::protobuf::Message&)> newest;
};

// Answers with a body that is kept until the next event and made once for all
// who ask for it meanwhile, compressed if the client is not on this machine;
// 304 to a GET of a client that has it. A request that says by `as_of=SEQUENCE`
// which event it has heard of is given any body made since then, one that is
// behind for a moment too: pages hear of events together, and ask for what
// followed from them at different times. While pages take more of the processor
// than they may, it is given any that was made within their pace, and told as
// of which event it is. Such a one is also given what a refused answer was
// refused with until the campaign's rest is over (AnalysisCache), for half a
// minute at most, and told to wait until then: a campaign whose trials do not
// tell an answer yet would have it tried all the time by pages that ask again
// at each event. `reply` is called once, from any thread.
std::function<void()> AnswerCached(const CachedRoutes& routes,
                                   const HttpRequest& request,
                                   const CachedRoute& route,
                                   const HttpReply& reply);

// Of a request what the form of its answer depends on, to be kept until there
// is one: its body may be large.
HttpRequest HeadOf(const HttpRequest& request);

// Whether answers of that many bytes are compressed for this client: not on
// this machine, where they only cost time, nor if they are short.
bool IsCompressed(const HttpRequest& request, size_t bytes);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_CACHED_ROUTE_H_

#ifndef ISOSHAPE_COORDINATOR_HTTP_ROUTER_H_
#define ISOSHAPE_COORDINATOR_HTTP_ROUTER_H_

#include <grpcpp/grpcpp.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "access/access_policy.h"
#include "common/threads/clock.h"
#include "common/threads/event.h"
#include "common/threads/work_queue.h"
#include "coordinator/http/answer_memory.h"
#include "coordinator/http/body_cache.h"
#include "coordinator/http/cached_route.h"
#include "coordinator/http/call_gate.h"
#include "coordinator/http/campaign_route.h"
#include "coordinator/http/http_message.h"
#include "coordinator/http/rpc_bridge.h"
#include "coordinator/http/shared_answers.h"
#include "coordinator/http/static_assets.h"
#include "dashboard/assets.h"

namespace isoshape {

// Finds the answer to a path; docs/http.md lists them. Thread-safe.
class Router {
 public:
  struct Options {
    // The channel to the services of this process.
    std::shared_ptr<grpc::ChannelInterface> channel;
    std::string secret{};            // of RpcBridge
    AccessPolicy* access = nullptr;  // null: whoever reaches HTTP may use it
    // Who shows no certificate of TLS may only probe.
    bool asks_for_certificates = false;
    bool read_only = false;
    int grpc_port = 0;  // where workers find it; 0: a socket of the machine
    // Of all answers together, those that are kept among them.
    size_t answer_bytes = size_t{512} << 20;
    // Calls back once, from any thread: OK if requests can be answered. It may
    // block, as it has a thread of its own, and is called again only after it
    // has called back.
    std::function<void(std::function<void(const absl::Status&)>)> ready;
    // An error if it is known without asking anything that requests cannot be
    // answered; null: that is never known.
    std::function<absl::Status()> unready{};
    // Largest sequence of an event that was committed.
    std::function<int64_t()> sequence;
    // AnalysisCache::RestOf; null: none rests.
    std::function<absl::Duration(const std::string& campaign)> rest_of{};
    // What Prometheus scrapes.
    std::function<std::string()> metrics;
    StartEvents start_events;
    std::span<const DashboardAsset> assets = DashboardAssets();
    Clock* clock = Clock::Real();  // of how long a check of readiness takes
  };

  explicit Router(Options options);
  ~Router();

  // HttpServer::Handler.
  std::function<void()> Handle(const HttpRequest& request, HttpReply reply);

 private:
  std::function<void()> Get(const HttpRequest& request, HttpReply reply);
  void AnswerReady(HttpReply reply);
  void BeginCheck(const std::shared_ptr<Event>& end, absl::Duration begun);

  const Options options_;
  const StaticAssets assets_;
  const AnswerMemory memory_;
  CallGate gate_;
  BodyCache bodies_;
  SharedAnswers under_way_;
  AnswerPace pace_;
  WorkQueue work_;
  WorkQueue slow_work_;  // each gnuplot is a process
  // A database that does not answer must hold up nothing but probes of it, and
  // what begins with reading it.
  WorkQueue ready_work_;  // a check, and who waits with patience for its end
  WorkQueue reads_;
  // A check of readiness, which may end after this.
  struct ReadyCheck {
    absl::Mutex mutex;
    // Of the one that is under way; null: none is.
    std::shared_ptr<Event> end ABSL_GUARDED_BY(mutex);
    absl::Duration begun ABSL_GUARDED_BY(mutex);
    std::vector<HttpReply> waiting ABSL_GUARDED_BY(mutex);  // for its answer
  };
  const std::shared_ptr<ReadyCheck> check_;
  RpcBridge bridge_;  // last but one: its calls use the others
  const CachedRoutes routes_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_ROUTER_H_

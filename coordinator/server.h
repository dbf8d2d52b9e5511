#ifndef ISOSHAPE_COORDINATOR_SERVER_H_
#define ISOSHAPE_COORDINATOR_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "access/access_policy.h"
#include "common/net/request_id.h"
#include "common/threads/cancellation.h"
#include "common/threads/clock.h"
#include "coordinator/analysis/analysis_cache.h"
#include "coordinator/call_admission.h"
#include "coordinator/flood_watch.h"
#include "coordinator/health_service.h"
#include "coordinator/http/http_server.h"
#include "coordinator/http/router.h"
#include "coordinator/http/tls_files.h"
#include "coordinator/listen_address.h"
#include "coordinator/listener.h"
#include "coordinator/metrics/metrics.h"
#include "coordinator/scheduler/executor.h"
#include "coordinator/served_certificates.h"
#include "coordinator/services/analysis_service.h"
#include "coordinator/services/campaign_service.h"
#include "coordinator/services/changes/change_hub.h"
#include "coordinator/services/changes/watch_hub.h"
#include "coordinator/services/changes/watch_places.h"
#include "coordinator/services/figure_service.h"
#include "coordinator/services/read_queue.h"
#include "coordinator/services/worker_service.h"
#include "coordinator/table/table_cache.h"
#include "coordinator/transport_security.h"
#include "storage/store.h"

namespace isoshape {

// The running coordinator: a store, the executor with its scheduler, and a gRPC
// server with the services, health checking and reflection; beside it, on a
// port of its own, HTTP. The destructor drains and stops it. Thread-safe.
//
//   auto server = Server::Start({.address = "127.0.0.1:0", .db = "a.db"});
//   std::cout << (*server)->address();
class Server {
 public:
  struct Options {
    std::string address = "127.0.0.1:50551";  // ParseListenAddress
    std::string db = "isoshape.db";           // OpenStore
    // Waits for the lead of the database, and answers as Standby meanwhile.
    bool standby = false;
    // Told where it listens before it waits for the lead.
    std::function<void(const std::string& address)> on_standby{};
    // Called once, on any thread, if another coordinator has taken the lead: it
    // is to be stopped, as it can write nothing any more.
    std::function<void(const std::string& why)> on_lead_lost{};
    // Ends the wait for a database that is being read, or that another
    // coordinator leads; may be null.
    const Cancellation* opening = nullptr;
    absl::Duration lease_duration = absl::Seconds(30);
    Clock* clock = Clock::Real();
    // How long calls under way may take when it stops.
    absl::Duration drain = absl::Seconds(5);
    // HOST:PORT for HTTP, port 0: any that is free; empty: none.
    std::string http{};
    // If the port of `http` is taken, any that is free instead.
    bool http_any_port = false;
    std::vector<std::string> allow_hosts{};  // see RequestPolicy
    // Whatever may change something is refused, and nothing changes by itself:
    // leases do not end, and nothing is planned.
    bool read_only = false;
    TransportSecurity security{};
    HttpLimits http_limits{};
    size_t watch_places = WatchPlaces::kPlaces;
    // Told of each commit, before it is answered.
    std::function<void(const std::vector<Mutation>&)> on_commit{};
  };

  // INVALID_ARGUMENT if an option is out of range; UNAVAILABLE if the
  // address is in use or not of this machine, which a standby finds out before
  // it waits, for HTTP too; CANCELLED by `opening`; the
  // errors of OpenStore and Scheduler::Load.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const Options& options);
  ~Server();

  // Where it listens, with the port that was chosen.
  std::string address() const { return listener_->address().ToString(); }
  int port() const { return listener_->address().port; }
  // Where a browser finds it (DashboardName), `http://127.0.0.1:50580/`, with
  // TLS `https://…`; empty without HTTP.
  std::string http_address() const;
  // That the port of Options.http was taken, which one is used instead, and
  // what clients need to be told; empty if it was not.
  std::string MovedHttp() const;
  // `127.0.0.1:50580`; empty without HTTP.
  std::string http_host_port() const {
    return http_listener_ == nullptr ? ""
                                     : http_listener_->address().ToString();
  }

  // Accepts nothing more, answers what is under way, ends waits and streams
  // with UNAVAILABLE. Returns when all of it is over. A second call does
  // nothing.
  void Stop();

  // Makes the server look at the clock again after a test moved it.
  void Poke() { executor_->Poke(); }

 private:
  explicit Server(const Options& options);

  // The steps of Start, in their order.
  absl::Status CheckHttp();
  // Whether the port for HTTP is free now; it is left so.
  absl::Status CheckHttpPort();
  // Before anybody can connect to the port; 0: a Unix socket.
  void WatchForFloods(uint16_t port);
  absl::Status ReadTokens();
  absl::Status ReadTls();
  absl::Status MakeServices();
  absl::Status StartGrpc(
      const std::shared_ptr<grpc::ServerCredentials>& credentials,
      std::unique_ptr<Listener> listener);
  absl::Status StartHttp();
  // Calls back with OK if the store and the executor answer. Blocks for as long
  // as a database takes that does not answer.
  void CheckReady(std::function<void(const absl::Status&)> done);

  const Options options_;
  ListenAddress http_at_;  // of options_.http, if it is not empty
  // Shows the services that a call is HTTP's; nobody else knows it.
  const std::string http_secret_ = RandomBits();
  // In the order of borrowing: the later ones use the earlier ones.
  std::unique_ptr<AccessPolicy> access_;  // null: no tokens are asked for
  std::unique_ptr<TlsFiles> tls_;         // null: the bytes as they are
  std::unique_ptr<ServedCertificates> certificates_;  // null as well
  // Both of the address that it has bound; null and 0 for a Unix socket, which
  // is its owner's.
  std::unique_ptr<FloodWatch> floods_;
  uint16_t grpc_port_ = 0;
  CallAdmission admission_;
  HealthService health_{&admission_, /*serving=*/true};
  std::unique_ptr<Store> store_;
  std::unique_ptr<WatchHub> hub_;
  std::unique_ptr<TableCache> tables_;
  std::unique_ptr<ChangeHub> changes_;
  WatchPlaces watch_places_{options_.watch_places};
  std::unique_ptr<AnalysisCache> cache_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<Executor> executor_;
  ReadQueue reads_;
  std::unique_ptr<CampaignService> campaigns_;
  std::unique_ptr<WorkerService> workers_;
  std::unique_ptr<AnalysisService> analysis_;
  std::unique_ptr<FigureService> figures_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  std::unique_ptr<grpc::Server> grpc_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<HttpServer> http_;
  std::unique_ptr<Router> router_;  // replies to http_
  std::unique_ptr<Listener> http_listener_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVER_H_

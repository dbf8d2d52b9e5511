#ifndef ISOSHAPE_COORDINATOR_SERVER_H_
#define ISOSHAPE_COORDINATOR_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "coordinator/analysis/analysis_cache.h"
#include "coordinator/listener.h"
#include "coordinator/scheduler/executor.h"
#include "coordinator/services/analysis_service.h"
#include "coordinator/services/campaign_service.h"
#include "coordinator/services/figure_service.h"
#include "coordinator/services/watch_hub.h"
#include "coordinator/services/worker_service.h"
#include "storage/store.h"

namespace isoshape {

// The running coordinator: a store, the executor with its scheduler, and a gRPC
// server with the four services, health checking and reflection. The
// destructor drains and stops it. Thread-safe.
//
//   auto server = Server::Start({.address = "127.0.0.1:0", .db = "a.db"});
//   std::cout << (*server)->address();
class Server {
 public:
  struct Options {
    std::string address = "127.0.0.1:50551";  // ParseListenAddress
    std::string db = "isoshape.db";           // the SQLite file
    absl::Duration lease_duration = absl::Seconds(30);
    Clock* clock = Clock::Real();
    // How long calls under way may take when it stops.
    absl::Duration drain = absl::Seconds(5);
  };

  // INVALID_ARGUMENT if an option is out of range; UNAVAILABLE if the
  // address is in use or not of this machine; the errors of SqliteStore::Open
  // and Scheduler::Load.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const Options& options);
  ~Server();

  // Where it listens, with the port that was chosen.
  std::string address() const { return listener_->address().ToString(); }
  int port() const { return listener_->address().port; }

  // Accepts nothing more, answers what is under way, ends waits and streams
  // with UNAVAILABLE. Returns when all of it is over. A second call does
  // nothing.
  void Stop();

  // Makes the server look at the clock again after a test moved it.
  void Poke() { executor_->Poke(); }

 private:
  explicit Server(const Options& options) : options_(options) {}

  const Options options_;
  // In the order of borrowing: the later ones use the earlier ones.
  std::unique_ptr<Store> store_;
  std::unique_ptr<WatchHub> hub_;
  std::unique_ptr<AnalysisCache> cache_;
  std::unique_ptr<Executor> executor_;
  std::unique_ptr<CampaignService> campaigns_;
  std::unique_ptr<WorkerService> workers_;
  std::unique_ptr<AnalysisService> analysis_;
  std::unique_ptr<FigureService> figures_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  std::unique_ptr<grpc::Server> grpc_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVER_H_

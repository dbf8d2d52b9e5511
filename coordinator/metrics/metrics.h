#ifndef ISOSHAPE_COORDINATOR_METRICS_METRICS_H_
#define ISOSHAPE_COORDINATOR_METRICS_METRICS_H_

#include <grpcpp/support/server_interceptor.h>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "coordinator/scheduler/executor.h"
#include "storage/store.h"

namespace isoshape {

// What Prometheus scrapes of a coordinator: counts of what happened since its
// start, and what is so at the moment of the scrape. docs/operations.md lists
// the names. No label has more values than the service has methods, codes and
// states, however many campaigns there are. Thread-safe.
class Metrics {
 public:
  struct Options {
    Store* store = nullptr;
    Clock* clock = Clock::Real();
    absl::Duration lease_duration;  // after which a silent worker is offline
    std::function<Executor::Load()> load;
    // Connections that wait until those before them have been read.
    std::function<size_t()> waiting_connections{};
  };

  explicit Metrics(Options options);
  ~Metrics();

  // What is counted of the calls of one method.
  class Method;
  // Of `/isoshape.v1.WorkerService/LeaseTrials`; null if there is no such
  // method of this service: names that strangers send are counted nowhere.
  // Lives as long as this.
  Method* MethodOf(absl::string_view path) const;
  // A call of it has ended. Takes no lock but that of the method's own
  // histogram.
  void CallEnded(Method& method, grpc::StatusCode code, absl::Duration took);
  // For Executor::Options::on_commit.
  void OnCommit(const std::vector<Mutation>& mutations);

  // Everything in the text format of Prometheus, version 0.0.4. Reads campaigns
  // and workers from the store; what it cannot read is left out, as it is while
  // the disk does not answer, and isoshape_scrape_errors_total says so.
  std::string Text();

  // Calls CallEnded of what must outlive the server.
  static std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
  MeasureCalls(Metrics* metrics);

 private:
  using Methods =
      std::map<std::string, std::unique_ptr<Method>, std::less<>>;  // by path

  // All there are.
  static Methods MakeMethods();
  std::vector<prometheus::MetricFamily> NowOfStore();
  static std::vector<prometheus::MetricFamily> NowOfExecutor(
      const Executor::Load& load);

  const Options options_;
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Histogram>& calls_;
  prometheus::Family<prometheus::Counter>& codes_;
  prometheus::Family<prometheus::Counter>& events_;
  prometheus::Counter& commits_;
  prometheus::Counter& scrape_errors_;
  const Methods methods_;
  // Of events_, by the state; on the thread that commits.
  std::map<v1::Trial::State, prometheus::Counter*> states_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_METRICS_METRICS_H_

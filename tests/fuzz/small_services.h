#ifndef ISOSHAPE_TESTS_FUZZ_SMALL_SERVICES_H_
#define ISOSHAPE_TESTS_FUZZ_SMALL_SERVICES_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "common/threads/clock.h"
#include "coordinator/services/analysis_service.h"
#include "coordinator/services/campaign_service.h"
#include "coordinator/services/changes/watch_places.h"
#include "coordinator/services/figure_service.h"
#include "coordinator/services/read_queue.h"
#include "coordinator/services/worker_service.h"
#include "tests/coordinator/memory_store.h"

namespace isoshape {

// What requests find: campaigns/c1, of which workers/w1 has trained trials/1
// and holds trials/2, by the token that follows from the clock
// (1000000000000002).
MemoryStore::Data SmallBeginning(FakeClock* clock);

// The services over a copy of the data, in this process alone.
class SmallServices {
 public:
  // The clock is borrowed.
  SmallServices(MemoryStore::Data data, FakeClock* clock);
  ~SmallServices();

  std::shared_ptr<grpc::Channel> channel() {
    return grpc_->InProcessChannel({});
  }
  Executor& executor() { return *executor_; }
  ChangeHub& changes() { return changes_; }
  const std::shared_ptr<MemoryStore::Data>& data() const { return data_; }

 private:
  const std::shared_ptr<MemoryStore::Data> data_;
  MemoryStore store_;
  WatchHub hub_{&store_};
  TableCache tables_{TableCache::Options{.store = &store_}};
  ChangeHub changes_{ChangeHub::Options{.store = &store_, .tables = &tables_}};
  WatchPlaces watch_places_;
  AnalysisCache cache_{AnalysisCache::Options{
      .store = &store_, .standing = [](const std::string&) {
        return std::vector<AnalysisQuestion>();
      }}};
  std::unique_ptr<Executor> executor_;
  ReadQueue reads_;
  std::unique_ptr<CampaignService> campaigns_;
  std::unique_ptr<WorkerService> workers_;
  std::unique_ptr<AnalysisService> analysis_;
  std::unique_ptr<FigureService> figures_;
  std::unique_ptr<grpc::Server> grpc_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_FUZZ_SMALL_SERVICES_H_

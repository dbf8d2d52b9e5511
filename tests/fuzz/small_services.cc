#include "tests/fuzz/small_services.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/coordinator/small_campaign.h"
#include "tests/fuzz/fuzzer.h"

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
// libFuzzer looks for leaks between two inputs, and gRPC starts threads when it
// likes: what one holds that has just begun is found by no pointer then. Leaks
// are found where the corpus is replayed (the preset asan).
// NOLINTNEXTLINE(bugprone-reserved-identifier): LeakSanitizer's name
extern "C" int __lsan_is_turned_off() { return 1; }
#endif

namespace isoshape {
namespace {

using Data = MemoryStore::Data;

template <typename Request, typename Response>
Response Do(Scheduler& scheduler, MemoryStore& store,
            absl::StatusOr<Response> (Scheduler::*verb)(const Request&),
            const Request& request) {
  absl::StatusOr<Response> response = (scheduler.*verb)(request);
  Expect(response.ok(), std::string(response.status().message()));
  Expect(store.Commit(scheduler.TakeMutations()).ok(), "nothing is stored");
  return *std::move(response);
}

}  // namespace

Data SmallBeginning(FakeClock* clock) {
  const auto data = std::make_shared<Data>();
  MemoryStore store(data);
  const auto scheduler = *Scheduler::Load({.store = &store, .clock = clock});
  v1::CreateCampaignRequest create;
  *create.mutable_campaign() = SmallCampaign();
  create.mutable_campaign()->set_total_flops(1e13);
  create.set_campaign_id("c1");
  Do(*scheduler, store, &Scheduler::CreateCampaign, create);
  v1::RegisterWorkerRequest worker;
  worker.mutable_worker()->set_name("workers/w1");
  worker.mutable_worker()->set_slots(8);
  worker.mutable_worker()->add_datasets("text");
  Do(*scheduler, store, &Scheduler::RegisterWorker, worker);
  v1::LeaseTrialsRequest lease;
  lease.set_worker("workers/w1");
  lease.set_max_trials(2);
  const auto leased =
      Do(*scheduler, store, &Scheduler::LeaseTrials, lease).leases();
  v1::CompleteTrialRequest complete;
  complete.set_worker("workers/w1");
  complete.set_trial(leased[0].trial().name());
  complete.set_fencing_token(leased[0].fencing_token());
  complete.set_state(v1::Trial::SUCCEEDED);
  complete.mutable_shape_card()->set_validation_loss(2.5);
  Do(*scheduler, store, &Scheduler::CompleteTrial, complete);
  return *data;
}

SmallServices::SmallServices(Data data, FakeClock* clock)
    : data_(std::make_shared<Data>(std::move(data))), store_(data_) {
  Executor::Options options;
  options.scheduler = {.store = &store_, .clock = clock};
  options.on_commit = [this](const auto& mutations) {
    tables_.OnCommit(mutations);
    changes_.OnCommit(mutations);
    hub_.OnCommit(mutations);
    cache_.OnCommit(mutations);
  };
  options.token_jump = 0;  // the same each time
  auto started = Executor::Start(std::move(options));
  Expect(started.ok(), "the scheduler does not load");
  executor_ = *std::move(started);
  campaigns_ = std::make_unique<CampaignService>(
      &store_, executor_.get(), &reads_, Callers(nullptr), &hub_, &tables_,
      &changes_, &watch_places_, clock, absl::Seconds(30));
  workers_ = std::make_unique<WorkerService>(
      WorkerService::Options{.store = &store_,
                             .executor = executor_.get(),
                             .reads = &reads_,
                             .clock = clock});
  analysis_ = std::make_unique<AnalysisService>(&cache_);
  figures_ =
      std::make_unique<FigureService>(FigureService::Options{.cache = &cache_,
                                                             .store = &store_,
                                                             .reads = &reads_,
                                                             .tables = &tables_,
                                                             .clock = clock});
  grpc::ServerBuilder builder;
  builder.RegisterService(campaigns_.get());
  builder.RegisterService(workers_.get());
  builder.RegisterService(analysis_.get());
  builder.RegisterService(figures_.get());
  grpc_ = builder.BuildAndStart();
}

SmallServices::~SmallServices() {
  hub_.Stop();
  changes_.Stop();
  tables_.Stop();
  executor_->EndWaits();
  cache_.Stop();
  grpc_->Shutdown();
  grpc_->Wait();
}

}  // namespace isoshape

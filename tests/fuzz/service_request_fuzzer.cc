// Requests of strangers, through the handlers of all services over a real
// scheduler: the first line names the method (`WorkerService/LeaseTrials`; any
// other text stands for one of them), what follows is the request, as JSON if
// it begins with `{`, else as bytes. Each is answered once, by a result or by
// one line; one that is refused changes nothing; and the counts of every
// campaign are those of its trials, none of which was given a budget that is no
// number.
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/files/hash.h"
#include "common/threads/work_queue.h"
#include "coordinator/http/cached_route.h"
#include "coordinator/http/rpc_bridge.h"
#include "coordinator/http/rpc_route.h"
#include "coordinator/services/analysis_service.h"
#include "coordinator/services/campaign_service.h"
#include "coordinator/services/figure_service.h"
#include "coordinator/services/worker_service.h"
#include "messages/names/rpc_path.h"
#include "tests/coordinator/memory_store.h"
#include "tests/coordinator/small_campaign.h"
#include "tests/fuzz/fuzzer.h"

namespace isoshape {
namespace {

using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using Data = MemoryStore::Data;

// A call that waits is cancelled after this long; then its answer must come.
constexpr absl::Duration kPatience = absl::Milliseconds(500);
constexpr absl::Duration kLongest = absl::Seconds(30);

// `CampaignService/GetTrial` of every unary method.
std::vector<std::string> Methods() {
  std::vector<std::string> methods;
  for (const char* service : {"CampaignService", "WorkerService",
                              "AnalysisService", "FigureService"}) {
    const ServiceDescriptor* const found =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
            absl::StrCat("isoshape.v1.", service));
    for (int i = 0; i < found->method_count(); ++i) {
      const MethodDescriptor& method = *found->method(i);
      if (!method.server_streaming()) {
        methods.push_back(absl::StrCat(service, "/", method.name()));
      }
    }
  }
  return methods;
}

// The services over a copy of the data, in this process alone.
class Services {
 public:
  Services(Data data, FakeClock* clock)
      : data_(std::make_shared<Data>(std::move(data))), store_(data_) {
    Executor::Options options;
    options.scheduler = {.store = &store_, .clock = clock};
    options.on_commit = [this](const auto& mutations) {
      tables_.OnCommit(mutations);
      changes_.OnCommit(mutations);
      hub_.OnCommit(mutations);
      cache_.OnCommit(mutations);
    };
    auto started = Executor::Start(std::move(options));
    Expect(started.ok(), "the scheduler does not load");
    executor_ = *std::move(started);
    campaigns_ = std::make_unique<CampaignService>(
        &store_, executor_.get(), Callers(nullptr), &hub_, &tables_, &changes_,
        clock, absl::Seconds(30));
    workers_ = std::make_unique<WorkerService>(WorkerService::Options{
        .store = &store_, .executor = executor_.get(), .clock = clock});
    analysis_ = std::make_unique<AnalysisService>(&cache_);
    figures_ = std::make_unique<FigureService>(
        FigureService::Options{.cache = &cache_,
                               .store = &store_,
                               .tables = &tables_,
                               .clock = clock});
    grpc::ServerBuilder builder;
    builder.RegisterService(campaigns_.get());
    builder.RegisterService(workers_.get());
    builder.RegisterService(analysis_.get());
    builder.RegisterService(figures_.get());
    grpc_ = builder.BuildAndStart();
    bridge_ =
        std::make_unique<RpcBridge>(grpc_->InProcessChannel({}), &memory_);
    routes_.bridge = bridge_.get();
    routes_.memory = &memory_;
    routes_.gate = &gate_;
    routes_.bodies = &bodies_;
    routes_.under_way = &under_way_;
    routes_.pace = &pace_;
    routes_.work = routes_.slow_work = &work_;
    routes_.sequence = [this] { return ++asked_; };
  }
  ~Services() {
    bridge_.reset();
    hub_.Stop();
    changes_.Stop();
    tables_.Stop();
    executor_->EndWaits();
    cache_.Stop();
    grpc_->Shutdown();
    grpc_->Wait();
  }

  // The answer, as HTTP gives it.
  HttpResponse Ask(const HttpRequest& request) {
    struct Waiting {
      absl::Notification come;
      HttpResponse response;
    };
    const auto waiting = std::make_shared<Waiting>();
    const auto cancel =
        AnswerRpc(routes_, false, request, [waiting](HttpResponse response) {
          Expect(!waiting->come.HasBeenNotified(), "a call is answered twice");
          waiting->response = std::move(response);
          waiting->come.Notify();
        });
    if (!waiting->come.WaitForNotificationWithTimeout(kPatience)) {
      cancel();
      executor_->Poke();
      Expect(waiting->come.WaitForNotificationWithTimeout(kLongest),
             "a call hangs");
    }
    return std::move(waiting->response);
  }
  const std::shared_ptr<Data>& data() const { return data_; }

 private:
  const std::shared_ptr<Data> data_;
  MemoryStore store_;
  WatchHub hub_{&store_};
  TableCache tables_{TableCache::Options{.store = &store_}};
  ChangeHub changes_{ChangeHub::Options{.store = &store_, .tables = &tables_}};
  AnalysisCache cache_{AnalysisCache::Options{
      .store = &store_, .standing = [](const std::string&) {
        return std::vector<AnalysisQuestion>();
      }}};
  std::unique_ptr<Executor> executor_;
  std::unique_ptr<CampaignService> campaigns_;
  std::unique_ptr<WorkerService> workers_;
  std::unique_ptr<AnalysisService> analysis_;
  std::unique_ptr<FigureService> figures_;
  std::unique_ptr<grpc::Server> grpc_;
  const AnswerMemory memory_{size_t{512} << 20};
  const CallGate gate_{2};
  std::unique_ptr<RpcBridge> bridge_;
  // No answer is given twice: each is asked for after one more event.
  BodyCache bodies_{1 << 20};
  SharedAnswers under_way_;
  AnswerPace pace_;
  WorkQueue work_{1};
  std::atomic<int64_t> asked_ = 0;
  CachedRoutes routes_;
};

template <typename Request, typename Response>
Response Do(Scheduler& scheduler, MemoryStore& store,
            absl::StatusOr<Response> (Scheduler::*verb)(const Request&),
            const Request& request) {
  absl::StatusOr<Response> response = (scheduler.*verb)(request);
  Expect(response.ok(), std::string(response.status().message()));
  Expect(store.Commit(scheduler.TakeMutations()).ok(), "nothing is stored");
  return *std::move(response);
}

// What the requests find: campaigns/c1, of which workers/w1 has trained
// trials/1 and holds trials/2, by the token that follows from the clock
// (1000000000000002).
Data Beginning(FakeClock* clock) {
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

// What a request that is refused must leave as it is.
std::map<std::string, std::string> Kept(const Data& data) {
  std::map<std::string, std::string> kept;
  for (const auto& [name, campaign] : data.campaigns) {
    kept[name] = campaign.SerializeAsString();
  }
  for (const auto& [key, trial] : data.trials) {
    v1::Trial copy = trial;
    copy.clear_lease_expire_time();  // moves with any sign of life
    kept[trial.name()] = copy.SerializeAsString();
  }
  for (const auto& [trial, points] : data.measurements) {
    for (const auto& [step, point] : points) {
      kept[absl::StrCat(trial, " ", step)] = point.SerializeAsString();
    }
  }
  return kept;
}

void CheckCampaigns(const Data& data) {
  std::map<std::string, std::map<v1::Trial::State, int>> counts;
  for (const auto& [key, trial] : data.trials) {
    ++counts[key.first][trial.state()];
    Expect(std::isfinite(trial.budget_flops()) && trial.budget_flops() > 0,
           absl::StrCat(trial.name(), " has a budget that is none"));
    Expect(data.campaigns.contains(key.first), "a trial is nobody's");
  }
  for (const auto& [name, campaign] : data.campaigns) {
    auto& counted = counts[name];
    const v1::TrialCounts& said = campaign.trial_counts();
    Expect(said.pending() == counted[v1::Trial::PENDING] &&
               said.leased() == counted[v1::Trial::LEASED] &&
               said.succeeded() == counted[v1::Trial::SUCCEEDED],
           absl::StrCat(name, " counts its trials wrongly"));
    for (const double budget : campaign.budgets()) {
      Expect(std::isfinite(budget) && budget > 0, "a budget is none");
    }
  }
}

void CheckError(const HttpResponse& response) {
  const auto json = nlohmann::json::parse(std::string(response.body), nullptr,
                                          /*allow_exceptions=*/false);
  Expect(json.is_object() && json["code"].is_string() &&
             json["message"].is_string(),
         "an error is no error");
  const std::string code = json["code"];
  const std::string message = json["message"];
  Expect(code != "internal" && code != "unknown" && code != "data_loss",
         absl::StrCat("a request is refused as if it were our fault: ", code,
                      ": ", OneLine(message)));
  ExpectOneLine(message);
  Expect(message.size() < 4000, "a message has no bound");
}

void Fuzz(const std::string& input) {
  static FakeClock& clock = *new FakeClock();
  static const Data& beginning = *new Data(Beginning(&clock));
  static const std::vector<std::string>& methods =
      *new std::vector<std::string>(Methods());
  const size_t end = std::min(input.find('\n'), input.size());
  const std::string name = input.substr(0, end);
  HttpRequest request;
  const bool known =
      std::find(methods.begin(), methods.end(), name) != methods.end();
  request.path = absl::StrCat(
      kRpcPathPrefix, known ? name : methods[Fnv1a64(name) % methods.size()]);
  request.body = end < input.size() ? input.substr(end + 1) : "";
  request.content_type =
      request.body.starts_with('{') ? "application/json" : "application/proto";
  std::shared_ptr<Data> data;
  int status = 0;
  {
    Services services(beginning, &clock);
    const HttpResponse response = services.Ask(request);
    status = response.status;
    if (status != 200) CheckError(response);
    data = services.data();
  }
  CheckCampaigns(*data);
  // A wait that nobody waits for may have got its trial before.
  if (status != 200 && status != 499) {
    Expect(Kept(*data) == Kept(beginning),
           "a request that is refused has changed something");
  }
}

}  // namespace
}  // namespace isoshape

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  isoshape::Fuzz(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}

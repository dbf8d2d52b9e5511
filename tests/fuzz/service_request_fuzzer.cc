// Requests of strangers, through the handlers of all services over a real
// scheduler: the first line names the method (`WorkerService/LeaseTrials`; any
// other text stands for one of them), what follows is the request, as JSON if
// it begins with `{`, else as bytes. Each is answered once, by a result or by
// one line; one that is refused changes nothing; and the counts of every
// campaign are those of its trials, none of which was given a budget that is no
// number. Half of the search changes fields of requests (message_mutator.h).
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
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
#include "messages/json/proto_json.h"
#include "messages/names/rpc_path.h"
#include "tests/coordinator/memory_store.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/json_error.h"
#include "tests/fuzz/message_mutator.h"
#include "tests/fuzz/small_services.h"

namespace isoshape {
namespace {

using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using Data = MemoryStore::Data;

// A call that is not answered is cancelled after this long, one that may wait
// after a shorter time; then its answer must come.
constexpr absl::Duration kPatience = absl::Milliseconds(500);
constexpr absl::Duration kWait = absl::Milliseconds(20);
constexpr absl::Duration kLongest = absl::Seconds(30);

// `CampaignService/GetTrial` of every unary method.
const std::vector<std::string>& Methods() {
  static const std::vector<std::string>& methods = *[] {
    auto* const found = new std::vector<std::string>();
    for (const char* service : {"CampaignService", "WorkerService",
                                "AnalysisService", "FigureService"}) {
      const ServiceDescriptor* const descriptor =
          google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
              absl::StrCat("isoshape.v1.", service));
      for (int i = 0; i < descriptor->method_count(); ++i) {
        const MethodDescriptor& method = *descriptor->method(i);
        if (!method.server_streaming()) {
          found->push_back(absl::StrCat(service, "/", method.name()));
        }
      }
    }
    return found;
  }();
  return methods;
}

// An input, read.
struct Question {
  std::string method;
  std::string body;
};

Question QuestionOf(const std::string& input) {
  const size_t end = std::min(input.find('\n'), input.size());
  Question question;
  question.method = input.substr(0, end);
  const std::vector<std::string>& methods = Methods();
  if (std::find(methods.begin(), methods.end(), question.method) ==
      methods.end()) {
    question.method = methods[Fnv1a64(question.method) % methods.size()];
  }
  question.body = end < input.size() ? input.substr(end + 1) : "";
  return question;
}

// Asks the services as HTTP does.
class Asker {
 public:
  explicit Asker(SmallServices* services) : services_(services) {
    bridge_ = std::make_unique<RpcBridge>(services->channel(), &memory_);
    routes_.bridge = bridge_.get();
    routes_.memory = &memory_;
    routes_.gate = &gate_;
    routes_.bodies = &bodies_;
    routes_.under_way = &under_way_;
    routes_.pace = &pace_;
    routes_.work = routes_.slow_work = &work_;
    routes_.sequence = [this] { return ++asked_; };
  }

  // The answer, as HTTP gives it.
  HttpResponse Ask(const HttpRequest& request, absl::Duration patience) {
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
    if (!waiting->come.WaitForNotificationWithTimeout(patience)) {
      cancel();
      services_->executor().Poke();
      Expect(waiting->come.WaitForNotificationWithTimeout(kLongest),
             "a call hangs");
    }
    return std::move(waiting->response);
  }

 private:
  SmallServices* const services_;
  const AnswerMemory memory_{size_t{512} << 20};
  const CallGate gate_{2};
  // No answer is given twice: each is asked for after one more event.
  BodyCache bodies_{1 << 20};
  SharedAnswers under_way_;
  AnswerPace pace_;
  WorkQueue work_{1};
  std::atomic<int64_t> asked_ = 0;
  CachedRoutes routes_;
  std::unique_ptr<RpcBridge> bridge_;  // last: its calls use the others
};

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

// The services and who asks them.
struct Coordinator {
  Coordinator(Data data, FakeClock* clock)
      : services(std::move(data), clock), asker(&services) {}

  SmallServices services;
  Asker asker;
};

void Fuzz(const std::string& input) {
  static FakeClock& clock = *new FakeClock();
  static const Data& beginning = *new Data(SmallBeginning(&clock));
  static std::unique_ptr<Coordinator> coordinator;
  const Question question = QuestionOf(input);
  HttpRequest request;
  request.path = absl::StrCat(kRpcPathPrefix, question.method);
  request.body = question.body;
  request.content_type =
      request.body.starts_with('{') ? "application/json" : "application/proto";
  if (coordinator == nullptr) {
    coordinator = std::make_unique<Coordinator>(beginning, &clock);
  }
  const std::shared_ptr<Data> data = coordinator->services.data();
  const MethodDescriptor& method = *MethodOfPath(request.path);
  const bool waits = method.input_type()->FindFieldByName("wait") != nullptr;
  const HttpResponse response =
      coordinator->asker.Ask(request, waits ? kWait : kPatience);
  const int status = response.status;
  const bool changes = MayChange(method);
  // Ends what is still under way. Starting takes longer than most answers: who
  // was refused, or has read, leaves the coordinator as it was.
  if (status == 499 || (status == 200 && changes)) coordinator = nullptr;
  if (status != 200) ExpectJsonError(response.body);
  CheckCampaigns(*data);
  // A wait that nobody waits for may have got its trial before.
  if (status != 499 && (status != 200 || !changes)) {
    Expect(Kept(*data) == Kept(beginning),
           "a request that is refused, or reads, has changed something");
  }
}

// The input with another field, or of another method.
std::string Mutated(const std::string& input, std::mt19937_64* random) {
  const std::vector<std::string>& methods = Methods();
  Question question = QuestionOf(input);
  if ((*random)() % 8 == 0) {
    question.method = methods[(*random)() % methods.size()];
  }
  const google::protobuf::Descriptor& type =
      *MethodOfPath(absl::StrCat(kRpcPathPrefix, question.method))
           ->input_type();
  const std::unique_ptr<google::protobuf::Message> message(
      google::protobuf::MessageFactory::generated_factory()
          ->GetPrototype(&type)
          ->New());
  nlohmann::json json = nlohmann::json::parse(question.body, nullptr, false);
  if (!json.is_object() && message->ParseFromString(question.body)) {
    json = ToJson(*message);
  }
  MutateMessage(type, random, &json);
  question.body = json.dump();
  if ((*random)() % 4 == 0 && FromJson(json, message.get()).ok()) {
    question.body = message->SerializeAsString();
  }
  return absl::StrCat(question.method, "\n", question.body);
}

}  // namespace
}  // namespace isoshape

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  isoshape::Fuzz(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size,
                                          size_t max_size, unsigned int seed) {
  return isoshape::MutateInput(data, size, max_size, seed, isoshape::Mutated);
}

#include "bench/coordinator/cycles.h"

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/net/channel.h"
#include "common/process/process_use.h"
#include "isoshape/v1/campaign_service.grpc.pb.h"
#include "isoshape/v1/worker_service.grpc.pb.h"
#include "messages/trial/lease_request.h"

namespace isoshape {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kReports = 5;
constexpr std::chrono::seconds kDeadline(30);

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// What all clients share.
struct Ground {
  std::atomic<bool> stop = false;
  std::atomic<int64_t> cycles = 0, rpcs = 0, unanswered = 0;
  absl::Mutex mutex;
  std::vector<float> milliseconds ABSL_GUARDED_BY(mutex);
  std::map<std::string, int64_t> errors ABSL_GUARDED_BY(mutex);
  int live ABSL_GUARDED_BY(mutex) = 0;
};

// One client: each completion of a call begins the next.
class Client {
 public:
  Client(int number, const std::string& server, Ground& ground)
      : worker_(absl::StrCat("workers/bench-", getpid(), "-", number)),
        stub_(v1::WorkerService::NewStub(MakeChannel(server))),
        ground_(ground) {}

  void Start() {
    v1::Worker& worker = *register_request_.mutable_worker();
    worker.set_name(worker_);
    worker.add_datasets("text");
    worker.set_slots(1);
    Begin();
    stub_->async()->RegisterWorker(context_.get(), &register_request_,
                                   &register_response_,
                                   [this](const grpc::Status& status) {
                                     if (!Note(status)) return End();
                                     Lease();
                                   });
  }

 private:
  void Begin() {
    context_ = std::make_unique<grpc::ClientContext>();
    context_->set_deadline(std::chrono::system_clock::now() + kDeadline);
    context_->set_wait_for_ready(true);
    begin_ = Clock::now();
  }
  std::string NextId() { return absl::StrCat(worker_, "-", ++requests_); }
  // Whether it succeeded.
  bool Note(const grpc::Status& status) {
    mine_.push_back(static_cast<float>(1e3 * SecondsSince(begin_)));
    ++ground_.rpcs;
    if (status.ok()) return true;
    absl::MutexLock lock(&ground_.mutex);
    ++ground_.errors[status.error_message().substr(0, 100)];
    return false;
  }
  void End() {
    absl::MutexLock lock(&ground_.mutex);
    ground_.milliseconds.insert(ground_.milliseconds.end(), mine_.begin(),
                                mine_.end());
    --ground_.live;
  }

  void Lease() {
    if (ground_.stop) return End();
    reports_ = 0;
    lease_request_.set_worker(worker_);
    lease_request_.set_max_trials(1);
    lease_request_.mutable_wait()->set_seconds(1);
    lease_request_.set_request_id(NextId());
    lease_response_.Clear();
    Begin();
    stub_->async()->LeaseTrials(context_.get(), &lease_request_,
                                &lease_response_,
                                [this](const grpc::Status& status) {
                                  if (!Note(status)) return End();
                                  if (lease_response_.leases().empty()) {
                                    ++ground_.unanswered;
                                    return Lease();
                                  }
                                  lease_ = lease_response_.leases(0);
                                  lease_.mutable_trial()->set_worker(worker_);
                                  Report();
                                });
  }

  void Report() {
    if (reports_ == kReports) return Complete();
    ++reports_;
    report_request_ = For<v1::ReportMeasurementsRequest>(lease_);
    report_request_.set_request_id(NextId());
    v1::Measurement& point = *report_request_.add_measurements();
    point.set_step(reports_ * std::max<int64_t>(
                                  1, lease_.trial().steps() / (kReports + 1)));
    point.set_tokens(int64_t{20480} * reports_);
    point.set_flops(reports_ * 1e9);
    point.set_train_loss(5.0 / reports_);
    point.set_gradient_norm(1);
    point.set_learning_rate(0.005);
    point.set_tokens_per_second(123456);
    point.set_elapsed_seconds(reports_ * 2.0);
    point.set_peak_memory_bytes(123456789);
    Begin();
    stub_->async()->ReportMeasurements(context_.get(), &report_request_,
                                       &report_response_,
                                       [this](const grpc::Status& status) {
                                         if (!Note(status)) return End();
                                         Report();
                                       });
  }

  void Complete() {
    const v1::Trial& trial = lease_.trial();
    complete_request_ = For<v1::CompleteTrialRequest>(lease_);
    complete_request_.set_request_id(NextId());
    complete_request_.set_state(v1::Trial::SUCCEEDED);
    v1::ShapeCard& card = *complete_request_.mutable_shape_card();
    card.set_validation_loss(2 + 0.5 / (1 + trial.parameters() * 1e-6) +
                             static_cast<double>(requests_ % 100) * 1e-4);
    card.set_validation_loss_stderr(0.01);
    card.set_train_loss(2);
    card.set_parameters(trial.parameters());
    card.set_flops_per_token(trial.flops_per_token());
    card.set_flops(trial.flops_per_token() *
                   static_cast<double>(trial.tokens()));
    card.set_tokens(trial.tokens());
    card.set_steps(trial.steps());
    card.set_tokens_per_second(1e5);
    card.set_wall_seconds(3);
    card.set_device("cpu");
    card.set_device_name("benchmark");
    card.set_trainer("isoshape-coordinator-bench");
    Begin();
    stub_->async()->CompleteTrial(context_.get(), &complete_request_,
                                  &complete_response_,
                                  [this](const grpc::Status& status) {
                                    if (!Note(status)) return End();
                                    ++ground_.cycles;
                                    Lease();
                                  });
  }

  const std::string worker_;
  const std::unique_ptr<v1::WorkerService::Stub> stub_;
  Ground& ground_;
  std::unique_ptr<grpc::ClientContext> context_;
  v1::RegisterWorkerRequest register_request_;
  v1::RegisterWorkerResponse register_response_;
  v1::LeaseTrialsRequest lease_request_;
  v1::LeaseTrialsResponse lease_response_;
  v1::ReportMeasurementsRequest report_request_;
  v1::ReportMeasurementsResponse report_response_;
  v1::CompleteTrialRequest complete_request_;
  v1::CompleteTrialResponse complete_response_;
  v1::Lease lease_;
  Clock::time_point begin_;
  std::vector<float> mine_;
  int64_t requests_ = 0;
  int reports_ = 0;
};

double At(const std::vector<float>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<size_t>(share *
                                    static_cast<double>(sorted.size() - 1))];
}

void Sleep(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

// Until so many trials are done, or no client is left that does any.
void AwaitCycles(int64_t cycles, Ground& ground) {
  while (ground.cycles < cycles) {
    Sleep(0.01);
    absl::MutexLock lock(&ground.mutex);
    if (ground.live == 0) return;
  }
}

}  // namespace

CyclesResult RunCycles(const CyclesOptions& options) {
  Ground ground;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < options.clients; ++i) {
    clients.push_back(std::make_unique<Client>(i, options.server, ground));
  }
  {
    absl::MutexLock lock(&ground.mutex);
    ground.live = options.clients;
  }
  for (const auto& client : clients) client->Start();
  Sleep(options.warm_up_seconds);
  const ProcessUse before = UseOf(options.process).value_or(ProcessUse{});
  const int64_t cycles = ground.cycles;
  const int64_t rpcs = ground.rpcs;
  const Clock::time_point begin = Clock::now();
  if (options.cycles == 0) {
    Sleep(options.seconds);
  } else {
    AwaitCycles(options.cycles, ground);
  }
  const double seconds = SecondsSince(begin);
  const double done = static_cast<double>(ground.cycles - cycles);
  const double calls = static_cast<double>(ground.rpcs - rpcs);
  const ProcessUse after = UseOf(options.process).value_or(ProcessUse{});
  ground.stop = true;
  absl::MutexLock lock(&ground.mutex);
  ground.mutex.Await(absl::Condition(
      +[](Ground* all)
           ABSL_EXCLUSIVE_LOCKS_REQUIRED(all->mutex) { return all->live == 0; },
      &ground));
  std::vector<float>& all = ground.milliseconds;
  std::sort(all.begin(), all.end());
  return {.cycles = ground.cycles,
          .cycles_per_second = done / seconds,
          .rpcs_per_second = calls / seconds,
          .p50_ms = At(all, 0.5),
          .p99_ms = At(all, 0.99),
          .longest_ms = At(all, 1),
          .cpu_us_per_rpc =
              calls == 0
                  ? 0
                  : 1e6 * (after.cpu_seconds - before.cpu_seconds) / calls,
          .written_bytes_per_cycle =
              done == 0 ? 0
                        : static_cast<double>(after.written_bytes -
                                              before.written_bytes) /
                              done,
          .resident_bytes = after.resident_bytes,
          .unanswered = ground.unanswered,
          .errors = ground.errors};
}

void AddTrials(const std::string& server, const std::string& campaign,
               int64_t trials, int64_t first_seed) {
  constexpr int kInFlight = 256;
  struct Call {
    grpc::ClientContext context;
    v1::CreateTrialRequest request;
    v1::Trial response;
  };
  const auto stub = v1::CampaignService::NewStub(MakeChannel(server));
  std::atomic<int64_t> next = 0, ended = 0;
  std::function<void()> begin = [&] {
    const int64_t number = next++;
    if (number >= trials) return;
    auto* const call = new Call;
    call->request.set_parent(campaign);
    v1::Trial& trial = *call->request.mutable_trial();
    trial.mutable_shape()->set_depth(2);
    trial.mutable_shape()->set_width(64);
    trial.set_budget_flops(1e12);
    trial.set_seed(first_seed + number);
    stub->async()->CreateTrial(&call->context, &call->request, &call->response,
                               [&, call](const grpc::Status& status) {
                                 if (!status.ok()) {
                                   std::fprintf(stderr,
                                                "coordinator bench: %s\n",
                                                status.error_message().c_str());
                                   std::_Exit(1);
                                 }
                                 delete call;
                                 begin();
                                 ++ended;
                               });
  };
  for (int i = 0; i < kInFlight; ++i) begin();
  while (ended < trials) Sleep(0.01);
}

}  // namespace isoshape

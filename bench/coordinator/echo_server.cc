#include "bench/coordinator/echo_server.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "bench/coordinator/synced_file.h"
#include "isoshape/v1/worker_service.grpc.pb.h"

namespace isoshape {
namespace {

// Answers calls at once, or once they are synced, on a thread of its own: gRPC
// sends no answer before the call's handler has returned.
class Answers {
 public:
  explicit Answers(std::unique_ptr<SyncedFile> file) : file_(std::move(file)) {
    if (file_ != nullptr) thread_ = std::thread([this] { SyncForEver(); });
  }

  void Add(grpc::ServerUnaryReactor* call) {
    if (file_ == nullptr) return call->Finish(grpc::Status::OK);
    absl::MutexLock lock(&mutex_);
    waiting_.push_back(call);
    came_.Signal();
  }

 private:
  // Of the 14 kB that a coordinator writes for a trial, which takes seven
  // calls.
  static constexpr int64_t kBytesOfCall = 2048;

  void SyncForEver() {
    while (true) {
      std::vector<grpc::ServerUnaryReactor*> group;
      {
        absl::MutexLock lock(&mutex_);
        while (waiting_.empty()) came_.Wait(&mutex_);
        std::swap(group, waiting_);
      }
      const bool synced =
          file_->Commit(kBytesOfCall * static_cast<int64_t>(group.size()));
      for (grpc::ServerUnaryReactor* const one : group) {
        one->Finish(synced ? grpc::Status::OK
                           : grpc::Status(grpc::UNAVAILABLE, "no sync"));
      }
    }
  }

  const std::unique_ptr<SyncedFile> file_;
  absl::Mutex mutex_;
  absl::CondVar came_;
  std::vector<grpc::ServerUnaryReactor*> waiting_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;  // until the process ends
};

// Answers as large as those of a coordinator.
class Echo final : public v1::WorkerService::CallbackService {
 public:
  explicit Echo(std::unique_ptr<SyncedFile> file) : answers_(std::move(file)) {
    v1::Lease& lease = *leases_.add_leases();
    v1::Trial& trial = *lease.mutable_trial();
    trial.set_name("campaigns/bench/trials/12345");
    v1::Shape& shape = *trial.mutable_shape();
    shape.set_depth(2);
    shape.set_width(64);
    shape.set_head_dim(16);
    shape.set_heads(4);
    shape.set_kv_heads(4);
    shape.set_ffn_width(168);
    shape.set_vocab(256);
    shape.set_context(128);
    trial.set_parameters(100'000);
    trial.set_tokens(2'048'000);
    trial.set_steps(1000);
    trial.set_flops_per_token(6e5);
    trial.set_reason("point 17 of 10000 of a scrambled Sobol sequence");
    lease.set_dataset("text");
    v1::Recipe& recipe = *lease.mutable_recipe();
    recipe.set_learning_rate(0.005);
    recipe.set_base_width(64);
    recipe.set_weight_decay(.1);
    recipe.set_beta1(.9);
    recipe.set_beta2(.95);
  }
  grpc::ServerUnaryReactor* RegisterWorker(
      grpc::CallbackServerContext* context,
      const v1::RegisterWorkerRequest* request,
      v1::RegisterWorkerResponse* response) override {
    *response->mutable_worker() = request->worker();
    return Done(context);
  }
  grpc::ServerUnaryReactor* LeaseTrials(
      grpc::CallbackServerContext* context,
      const v1::LeaseTrialsRequest* /*request*/,
      v1::LeaseTrialsResponse* response) override {
    *response = leases_;
    response->mutable_leases(0)->set_fencing_token(++token_);
    return Done(context);
  }
  grpc::ServerUnaryReactor* ReportMeasurements(
      grpc::CallbackServerContext* context,
      const v1::ReportMeasurementsRequest* /*request*/,
      v1::ReportMeasurementsResponse* response) override {
    response->mutable_expire_time()->set_seconds(1'700'000'000);
    response->set_directive(v1::DIRECTIVE_CONTINUE);
    return Done(context);
  }
  grpc::ServerUnaryReactor* CompleteTrial(
      grpc::CallbackServerContext* context,
      const v1::CompleteTrialRequest* request,
      v1::CompleteTrialResponse* response) override {
    response->set_state(request->state());
    return Done(context);
  }

 private:
  grpc::ServerUnaryReactor* Done(grpc::CallbackServerContext* context) {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    answers_.Add(reactor);
    return reactor;
  }

  Answers answers_;
  v1::LeaseTrialsResponse leases_;
  std::atomic<int64_t> token_ = 0;
};

}  // namespace

int RunEchoServer(const std::string& folder) {
  std::unique_ptr<SyncedFile> file;
  if (!folder.empty()) {
    file = std::make_unique<SyncedFile>(folder, /*grows=*/false);
    if (!file->Commit(1)) {
      std::fprintf(stderr,
                   "coordinator bench: '%s' takes no file that is synced\n",
                   folder.c_str());
      return 1;
    }
  }
  Echo echo(std::move(file));
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(&echo);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  std::printf("listening on 127.0.0.1:%d\n", port);
  std::fflush(stdout);
  server->Wait();
  return 0;
}

}  // namespace isoshape

// How long a client waits for the analysis of a large campaign. Runs a
// coordinator, finishes the trials of a campaign through its API as workers
// would, then asks for `fit` and `best` as the command line does with --cached:
// while nothing happens, and while more trials end. Prints key=value lines.
// Usage: isoshape-analysis-bench [CALLS]
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "common/net/channel.h"
#include "coordinator/server.h"
#include "isoshape/v1/analysis_service.grpc.pb.h"
#include "isoshape/v1/campaign_service.grpc.pb.h"
#include "isoshape/v1/worker_service.grpc.pb.h"
#include "messages/trial/lease_request.h"

namespace isoshape {
namespace {

constexpr int kTrials = 10000;    // finished before the first question
constexpr int kMoreTrials = 400;  // that end while it is asked
constexpr double kGoalMs = 20;    // of 99 in 100 answers
constexpr int kSeeds = 20;
constexpr double kBudgets[] = {1e12, 3e12, 1e13, 3e13, 1e14};

[[noreturn]] void Die(const std::string& what, const grpc::Status& status) {
  std::fprintf(stderr, "analysis bench: %s: %s\n", what.c_str(),
               status.error_message().c_str());
  std::exit(1);
}

// One call; ends the program if it fails.
template <typename Stub, typename Request, typename Response>
Response Call(Stub& stub,
              grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                           Response*),
              const Request& request, const char* what) {
  grpc::ClientContext context;
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) Die(what, status);
  return response;
}

// A worker whose trials take no time.
class Worker {
 public:
  explicit Worker(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(v1::WorkerService::NewStub(channel)) {
    v1::RegisterWorkerRequest request;
    v1::Worker* worker = request.mutable_worker();
    worker->set_name("workers/bench");
    worker->set_slots(64);
    worker->add_datasets("text");
    request.set_request_id("register");
    Call(*stub_, &v1::WorkerService::Stub::RegisterWorker, request, "register");
  }

  // Finishes so many trials; the losses follow a law with some noise.
  void Finish(int trials) {
    while (trials > 0) {
      v1::LeaseTrialsRequest request;
      request.set_worker("workers/bench");
      request.set_max_trials(std::min(trials, 64));
      request.set_request_id("lease" + std::to_string(++calls_));
      const v1::LeaseTrialsResponse leases =
          Call(*stub_, &v1::WorkerService::Stub::LeaseTrials, request, "lease");
      if (leases.leases().empty()) {
        std::fprintf(stderr, "analysis bench: %d trials too few\n", trials);
        std::exit(1);
      }
      for (const v1::Lease& lease : leases.leases()) {
        Complete(lease);
        --trials;
      }
    }
  }

 private:
  void Complete(const v1::Lease& lease) {
    const v1::Trial& trial = lease.trial();
    auto request = For<v1::CompleteTrialRequest>(lease);
    request.set_state(v1::Trial::SUCCEEDED);
    request.set_request_id("complete" + std::to_string(++calls_));
    const double noise = 0.01 * std::sin(static_cast<double>(++finished_));
    const double ratio =
        std::log(static_cast<double>(trial.shape().width()) / 24 /
                 static_cast<double>(trial.shape().depth()));
    request.mutable_shape_card()->set_validation_loss(
        (0.8 +
         8 * std::pow(trial.flops_per_token() / 6, -0.25) *
             (1 + 0.03 * ratio * ratio) +
         20 * std::pow(static_cast<double>(trial.tokens()), -0.25)) *
        (1 + noise));
    Call(*stub_, &v1::WorkerService::Stub::CompleteTrial, request, "complete");
  }

  std::unique_ptr<v1::WorkerService::Stub> stub_;
  int64_t calls_ = 0, finished_ = 0;
};

void CreateCampaign(const std::shared_ptr<grpc::Channel>& channel) {
  const auto stub = v1::CampaignService::NewStub(channel);
  v1::CreateCampaignRequest request;
  request.set_campaign_id("bench");
  request.set_request_id("create");
  v1::Campaign* campaign = request.mutable_campaign();
  for (const double budget : kBudgets) campaign->add_budgets(budget);
  campaign->set_seeds(kSeeds);
  campaign->set_dataset("text");
  const int shapes = (kTrials + kMoreTrials) / kSeeds;
  campaign->mutable_algorithm()->mutable_sobol()->set_trials_per_budget(
      shapes / static_cast<int>(std::size(kBudgets)) + 1);
  Call(*stub, &v1::CampaignService::Stub::CreateCampaign, request, "create");
}

double Milliseconds(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

// Latencies of `calls` calls, ascending.
template <typename Ask>
std::vector<double> Latencies(int calls, const Ask& ask) {
  std::vector<double> result;
  for (int i = 0; i < calls; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    ask();
    result.push_back(Milliseconds(std::chrono::steady_clock::now() - begin));
  }
  std::sort(result.begin(), result.end());
  return result;
}

// Prints p50 and p99 and returns the latter.
double Print(const std::string& name, const std::vector<double>& latencies) {
  const auto at = [&](double share) {
    return latencies[static_cast<size_t>(
        share * static_cast<double>(latencies.size() - 1))];
  };
  std::printf("%s_p50_ms=%.3f\n%s_p99_ms=%.3f\n", name.c_str(), at(0.5),
              name.c_str(), at(0.99));
  std::fflush(stdout);
  return at(0.99);
}

// How long each law and a prediction take that were not asked for before, from
// the results that are there; the command line gives up after 30 s.
void TimeLaws(v1::AnalysisService::Stub& stub) {
  const struct {
    const char* name;
    v1::FitLawRequest::Law law;
  } kLaws[] = {{"parametric", v1::FitLawRequest::LAW_PARAMETRIC},
               {"shape", v1::FitLawRequest::LAW_SHAPE},
               {"levine", v1::FitLawRequest::LAW_LEVINE},
               {"isoflop", v1::FitLawRequest::LAW_ISOFLOP},
               {"envelope", v1::FitLawRequest::LAW_ENVELOPE},
               {"methods", v1::FitLawRequest::LAW_METHODS}};
  for (const auto& [name, law] : kLaws) {
    v1::FitLawRequest request;
    request.set_campaign("campaigns/bench");
    request.set_law(law);
    const auto begin = std::chrono::steady_clock::now();
    Call(stub, &v1::AnalysisService::Stub::FitLaw, request, name);
    std::printf("law_%s_seconds=%.2f\n", name,
                Milliseconds(std::chrono::steady_clock::now() - begin) / 1e3);
    std::fflush(stdout);
  }
  v1::PredictShapeRequest request;
  request.set_campaign("campaigns/bench");
  const auto begin = std::chrono::steady_clock::now();
  const auto response =
      Call(stub, &v1::AnalysisService::Stub::PredictShape, request, "predict");
  std::printf("predict_seconds=%.2f\npredict_law=%s\n",
              Milliseconds(std::chrono::steady_clock::now() - begin) / 1e3,
              response.law().c_str());
}

// Prints how long calls take, while nothing happens and while trials end.
// Returns the greatest p99, ms.
double TimeCalls(const std::shared_ptr<grpc::Channel>& channel, int calls) {
  CreateCampaign(channel);
  Worker worker(channel);
  const auto begin = std::chrono::steady_clock::now();
  worker.Finish(kTrials);
  std::printf("trials=%d\nfinish_seconds=%.2f\n", kTrials,
              Milliseconds(std::chrono::steady_clock::now() - begin) / 1e3);

  const auto stub = v1::AnalysisService::NewStub(channel);
  v1::FitLawRequest fit;
  fit.set_campaign("campaigns/bench");
  v1::ListBestShapesRequest best;
  best.set_campaign("campaigns/bench");
  // The first answer from all trials.
  fit.set_wait_for_newest(true);
  const auto asked = std::chrono::steady_clock::now();
  const auto first =
      Call(*stub, &v1::AnalysisService::Stub::FitLaw, fit, "fit");
  std::printf("fit_newest_ms=%.1f\nfit_trials=%d\n",
              Milliseconds(std::chrono::steady_clock::now() - asked),
              first.trials());
  fit.set_wait_for_newest(false);
  TimeLaws(*stub);
  const auto ask_fit = [&] {
    Call(*stub, &v1::AnalysisService::Stub::FitLaw, fit, "fit");
  };
  const auto ask_best = [&] {
    Call(*stub, &v1::AnalysisService::Stub::ListBestShapes, best, "best");
  };
  double worst = Print("fit", Latencies(calls, ask_fit));
  worst = std::max(worst, Print("best", Latencies(calls, ask_best)));

  // The same while trials end, which makes every answer stale.
  std::atomic<bool> done = false;
  std::thread ending([&] {
    worker.Finish(kMoreTrials);
    done = true;
  });
  std::vector<double> busy;
  while (!done) {
    for (const double one : Latencies(5, ask_fit)) busy.push_back(one);
    for (const double one : Latencies(5, ask_best)) busy.push_back(one);
  }
  ending.join();
  std::sort(busy.begin(), busy.end());
  return std::max(worst, Print("while_trials_end", busy));
}

int Run(int calls) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() /
      ("isoshape-analysis-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  double worst = 0;
  {
    auto server = Server::Start(
        {.address = "127.0.0.1:0", .db = (folder / "bench.sqlite").string()});
    if (!server.ok()) {
      std::fprintf(stderr, "analysis bench: %s\n",
                   std::string(server.status().message()).c_str());
      return 1;
    }
    worst = TimeCalls(MakeChannel((*server)->address()), calls);
  }
  std::filesystem::remove_all(folder);
  std::printf("ratio=%.1f\n", kGoalMs / worst);
  return 0;
}

}  // namespace
}  // namespace isoshape

int main(int argc, char** argv) {
  const int calls = argc > 1 ? std::stoi(argv[1]) : 1000;
  if (calls < 1) {
    std::fprintf(stderr, "usage: isoshape-analysis-bench [CALLS]\n");
    return 2;
  }
  return isoshape::Run(calls);
}

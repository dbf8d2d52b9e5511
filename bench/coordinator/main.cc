// What a coordinator does in a second, beside a gRPC server that only answers,
// and beside what the disk allows. bench/coordinator.sh runs the servers.
// Usage: isoshape-coordinator-bench echo [FOLDER]
//        isoshape-coordinator-bench syncs FOLDER
//        isoshape-coordinator-bench fill SERVER TRIALS FIRST_SEED
//        isoshape-coordinator-bench watch SERVER WATCHERS new|first SECONDS
//        isoshape-coordinator-bench end SERVER TRIALS CLIENTS
//        isoshape-coordinator-bench cycles NAME SERVER PID CLIENTS SECONDS
// cycles prints a line of key=value, the others what they found.
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "bench/coordinator/cycles.h"
#include "bench/coordinator/echo_server.h"
#include "bench/coordinator/synced_file.h"
#include "bench/coordinator/watchers.h"
#include "common/net/channel.h"
#include "isoshape/v1/campaign_service.grpc.pb.h"

namespace isoshape {
namespace {

constexpr char kCampaign[] = "bench";

// Commits of one client that a file takes in a second, one after the other.
// Less than 0: none.
double SyncsASecond(const std::string& folder, bool grows) {
  SyncedFile file(folder, grows);
  const auto begin = std::chrono::steady_clock::now();
  double seconds = 0;
  int64_t count = 0;
  for (; seconds < 1; ++count) {
    if (!file.Commit(int64_t{8} << 12)) return -1;
    seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
            .count();
  }
  return static_cast<double>(count) / seconds;
}

int PrintSyncs(const std::string& folder) {
  const double over = SyncsASecond(folder, false);
  const double behind = SyncsASecond(folder, true);
  if (over < 0 || behind < 0) return 1;
  std::printf("syncs_per_second=%.0f of_a_file_that_grows=%.0f\n", over,
              behind);
  return 0;
}

int Fill(const std::string& server, int64_t trials, int64_t first_seed) {
  const auto stub = v1::CampaignService::NewStub(MakeChannel(server));
  grpc::ClientContext context;
  v1::CreateCampaignRequest request;
  request.set_campaign_id(kCampaign);
  request.mutable_campaign()->add_budgets(1e12);
  request.mutable_campaign()->set_dataset("text");
  request.mutable_campaign()
      ->mutable_algorithm()
      ->mutable_sobol()
      ->set_trials_per_budget(10);
  v1::Campaign campaign;
  const grpc::Status status =
      stub->CreateCampaign(&context, request, &campaign);
  if (!status.ok() && status.error_code() != grpc::ALREADY_EXISTS) {
    std::fprintf(stderr, "coordinator bench: %s\n",
                 status.error_message().c_str());
    return 1;
  }
  AddTrials(server, absl::StrCat("campaigns/", kCampaign), trials, first_seed);
  return 0;
}

int Cycles(const std::string& name, const CyclesOptions& options) {
  const CyclesResult result = RunCycles(options);
  std::printf(
      "server=%s clients=%d cycles_per_second=%.1f rpcs_per_second=%.0f "
      "p50_ms=%.2f p99_ms=%.2f longest_ms=%.1f cpu_us_per_rpc=%.1f "
      "written_kb_per_cycle=%.1f resident_mb=%.0f\n",
      name.c_str(), options.clients, result.cycles_per_second,
      result.rpcs_per_second, result.p50_ms, result.p99_ms, result.longest_ms,
      result.cpu_us_per_rpc, result.written_bytes_per_cycle / 1000,
      static_cast<double>(result.resident_bytes) / 1e6);
  for (const auto& [error, count] : result.errors) {
    std::fprintf(stderr, "coordinator bench: %ld calls failed: %s\n",
                 static_cast<long>(count), error.c_str());
  }
  if (result.unanswered > 0) {
    std::fprintf(stderr, "coordinator bench: %ld lease calls found nothing\n",
                 static_cast<long>(result.unanswered));
  }
  return result.errors.empty() ? 0 : 1;
}

// Trains trials until at least so many have ended.
int EndTrials(const CyclesOptions& options) {
  const CyclesResult result = RunCycles(options);
  std::printf("ended=%ld\n", static_cast<long>(result.cycles));
  return result.cycles >= options.cycles ? 0 : 1;
}

[[noreturn]] void RefuseWord(const std::string& word) {
  std::fprintf(stderr, "coordinator bench: '%s' is not a number\n",
               word.c_str());
  std::exit(2);
}

template <typename Number>
Number Whole(const std::string& word) {
  Number number = 0;
  if (!absl::SimpleAtoi(word, &number)) RefuseWord(word);
  return number;
}

double Seconds(const std::string& word) {
  double seconds = 0;
  if (!absl::SimpleAtod(word, &seconds)) RefuseWord(word);
  return seconds;
}

int Main(const std::vector<std::string>& words) {
  const std::string what = words.empty() ? "" : words[0];
  if (what == "echo" && words.size() <= 2) {
    return RunEchoServer(words.size() == 2 ? words[1] : "");
  }
  if (what == "syncs" && words.size() == 2) return PrintSyncs(words[1]);
  if (what == "fill" && words.size() == 4) {
    return Fill(words[1], Whole<int64_t>(words[2]), Whole<int64_t>(words[3]));
  }
  if (what == "watch" && words.size() == 5) {
    const double seconds = Seconds(words[4]);
    const int64_t events =
        Watch(words[1], absl::StrCat("campaigns/", kCampaign),
              Whole<int>(words[2]), words[3] == "first", seconds);
    std::printf("watchers=%s from=%s events_per_second=%.0f\n",
                words[2].c_str(), words[3].c_str(),
                static_cast<double>(events) / seconds);
    return 0;
  }
  if (what == "end" && words.size() == 4) {
    return EndTrials({.server = words[1],
                      .clients = Whole<int>(words[3]),
                      .warm_up_seconds = 0,
                      .cycles = Whole<int64_t>(words[2])});
  }
  if (what == "cycles" && words.size() == 6) {
    return Cycles(words[1], {.server = words[2],
                             .process = Whole<int>(words[3]),
                             .clients = Whole<int>(words[4]),
                             .seconds = Seconds(words[5])});
  }
  std::fprintf(stderr,
               "coordinator bench: run it by ./dev bench coordinator\n");
  return 2;
}

}  // namespace
}  // namespace isoshape

int main(int argc, char** argv) {
  return isoshape::Main({argv + 1, argv + argc});
}

#include <signal.h>
#include <spdlog/spdlog.h>

#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/process/child_process.h"
#include "common/process/error_output.h"
#include "common/process/program_log.h"
#include "common/text/one_line.h"
#include "common/threads/clock.h"
#include "worker/agent.h"
#include "worker/coordinator/coordinator_client.h"
#include "worker/health_port.h"
#include "worker/options/options.h"
#include "worker/termination.h"
#include "worker/trainer/check_trainer.h"
#include "worker/trainer/process_trainer.h"

using isoshape::Agent;
using isoshape::HealthPort;

// Answers probes if --http asks for it.
static absl::StatusOr<std::unique_ptr<HealthPort>> StartHealthPort(
    const std::string& address, Agent& agent) {
  if (address.empty()) return nullptr;
  auto port = HealthPort::Start(address,
                                [&agent] { return agent.readiness().Check(); });
  if (port.ok()) spdlog::info("probes: http://{}/readyz", (*port)->address());
  return port;
}

// isoshape-worker: docs/operations.md.
int main(int argc, char** argv) {
  isoshape::ParsedOptions parsed =
      isoshape::ParseOptions({argv + 1, argv + argc});
  if (!parsed.options.has_value()) {
    if (parsed.exit_code == 0) {
      std::cout << parsed.text;
    } else {
      isoshape::ErrorOutput::Get().Write(parsed.text);
    }
    return parsed.exit_code;
  }
  const isoshape::WorkerOptions options = *std::move(parsed.options);
  isoshape::StartProgramLog(options.log_level);
  for (const std::string& note : options.notes) spdlog::warn("{}", note);
  signal(SIGPIPE, SIG_IGN);  // a trainer that is gone is an error of write()
  if (options.check_trainer) {
    return isoshape::CheckTrainer(options, std::cout);
  }
  const isoshape::Termination termination;
  isoshape::CoordinatorClient coordinator(options.server);
  const std::unique_ptr<Agent> agent =
      Agent::Start(options, isoshape::Clock::Real(), &coordinator,
                   [](const isoshape::ChildCommand& command) {
                     return std::make_unique<isoshape::ProcessTrainer>(
                         command, isoshape::Clock::Real());
                   });
  const auto health = StartHealthPort(options.http, *agent);
  if (health.ok()) termination.Await(*agent, options.max_runtime);
  const absl::Status status = health.ok() ? agent->status() : health.status();
  // EX_TEMPFAIL: Kubernetes and Slurm are to start it again.
  constexpr int kWorkLeft = 75;
  if (status.ok()) return agent->work_left() ? kWorkLeft : 0;
  isoshape::ErrorOutput::Get().Write(absl::StrCat(
      "isoshape-worker: ", isoshape::Printable(status.message()), "\n"));
  return 1;
}

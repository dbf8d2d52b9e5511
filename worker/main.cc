#include <signal.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <ctime>
#include <iostream>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "common/child_process.h"
#include "common/clock.h"
#include "worker/agent.h"
#include "worker/check_trainer.h"
#include "worker/coordinator_client.h"
#include "worker/options.h"
#include "worker/process_trainer.h"

// isoshape-worker: docs/operations.md.
int main(int argc, char** argv) {
  isoshape::ParsedOptions parsed =
      isoshape::ParseOptions({argv + 1, argv + argc});
  if (!parsed.options.has_value()) {
    (parsed.exit_code == 0 ? std::cout : std::cerr) << parsed.text;
    return parsed.exit_code;
  }
  if (parsed.options->check_trainer) {
    signal(SIGPIPE, SIG_IGN);
    return isoshape::CheckTrainer(*parsed.options, std::cout);
  }
  spdlog::set_default_logger(spdlog::stderr_color_mt("isoshape-worker"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");

  // Blocked in every thread, so that only this one takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  // Batch queues warn by these before they end a job.
  sigaddset(&signals, SIGUSR1);
  sigaddset(&signals, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);  // a trainer that is gone is an error of write()

  isoshape::Clock* const clock = isoshape::Clock::Real();
  const absl::Duration max_runtime = parsed.options->max_runtime;
  const absl::Duration begin = clock->Elapsed();
  isoshape::CoordinatorClient coordinator(parsed.options->server);
  const std::unique_ptr<isoshape::Agent> agent = isoshape::Agent::Start(
      *std::move(parsed.options), clock, &coordinator,
      [clock](const isoshape::ChildCommand& command) {
        return std::make_unique<isoshape::ProcessTrainer>(command, clock);
      });
  int signals_taken = 0;
  while (!agent->WaitForEnd(absl::ZeroDuration())) {
    const timespec tick = {0, 50'000'000};
    if (sigtimedwait(&signals, nullptr, &tick) < 0) {
      if (signals_taken == 0 && clock->Elapsed() - begin >= max_runtime) {
        spdlog::info("{} are over (--max-runtime)",
                     absl::FormatDuration(max_runtime));
        agent->Drain();
      }
      continue;
    }
    if (++signals_taken == 2) {
      spdlog::warn("ended at once; leases run out by themselves");
      _exit(1);
    }
    agent->Drain();
  }
  const absl::Status status = agent->status();
  // EX_TEMPFAIL: Kubernetes and Slurm are to start it again.
  constexpr int kWorkLeft = 75;
  if (status.ok()) return agent->work_left() ? kWorkLeft : 0;
  std::cerr << "isoshape-worker: " << status.message() << '\n';
  return 1;
}

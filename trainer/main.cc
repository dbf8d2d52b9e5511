// isoshape-trainer: trains one run after another for a worker.
#include <unistd.h>

#include <exception>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

#include "trainer/autograd/team_engine.h"
#include "trainer/commands/coordinate_check.h"
#include "trainer/commands/encode_command.h"
#include "trainer/commands/export.h"
#include "trainer/commands/logits_command.h"
#include "trainer/commands/options.h"
#include "trainer/cpu/kernels.h"
#include "trainer/engine/device.h"
#include "trainer/engine/library_log.h"
#include "trainer/parallel/process_team.h"
#include "trainer/protocol/order_input.h"
#include "trainer/protocol/serve_runs.h"
#include "trainer/spec/version.h"

using isoshape::parallel::ProcessTeam;

static ProcessTeam::Devices DevicesOf(const isoshape::Device& device) {
  return device.kind == isoshape::Device::Kind::kCuda
             ? ProcessTeam::Devices::kGpus
             : ProcessTeam::Devices::kCpu;
}

// One of the processes that --processes starts.
static int Follow(const isoshape::TrainerOptions& options) {
  const isoshape::Device device =
      isoshape::OpenDevice(options.device, options.threads);
  try {
    const auto team =
        ProcessTeam::Join(options.follow.rank, options.follow.size,
                          options.follow.port, DevicesOf(device));
    isoshape::parallel::Follow(*team);
  } catch (const isoshape::parallel::TeamLost&) {
    // Rank 0 has ended, and says why if there is something to say.
  }
  return 0;
}

int main(int argc, char** argv) {
  isoshape::KeepLibTorchLogOffScreen();
  try {
    const std::string command = argc > 1 ? argv[1] : "";
    if (command == "coordinate-check") {
      return isoshape::RunCoordinateCheck(argc, argv);
    }
    if (command == "encode") return isoshape::RunEncode(argc, argv);
    if (command == "export") return isoshape::RunExport(argc, argv);
    if (command == "logits") return isoshape::RunLogits(argc, argv);
    const isoshape::TrainerOptions options =
        isoshape::ParseTrainerOptions(argc, argv);
    if (options.help) {
      std::cout << isoshape::kTrainerUsage;
      return 0;
    }
    if (options.version) {
      std::cout << isoshape::kTrainerVersion << '\n';
      return 0;
    }
    if (options.follow.size > 0) return Follow(options);
    isoshape::OrderInput::HoldTermination();
    isoshape::Device device = isoshape::OpenDevice(
        options.device, options.threads, options.processes);
    device.graphs = options.RecordsGraphs();
    // A name of kernels that this processor lacks is told of here, and not by
    // the first run.
    isoshape::cpu::ChosenKernels();
    std::unique_ptr<ProcessTeam> team;
    if (options.processes > 1) {
      team = ProcessTeam::Lead(options.processes, device.threads,
                               DevicesOf(device));
      device.team = team.get();
    }
    isoshape::ServeRuns(STDIN_FILENO, std::cout, device, options.replicas);
    return 0;
  } catch (const std::invalid_argument& error) {
    std::cerr << "isoshape-trainer: " << error.what() << '\n';
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "isoshape-trainer: " << error.what() << '\n';
    return 1;
  }
}

// isoshape-trainer: trains one run after another for a worker.
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

#include "trainer/coordinate_check.h"
#include "trainer/device.h"
#include "trainer/options.h"
#include "trainer/serve_runs.h"
#include "trainer/version.h"

int main(int argc, char** argv) {
  try {
    const std::string command = argc > 1 ? argv[1] : "";
    if (command == "coordinate-check") {
      return isoshape::RunCoordinateCheck(argc, argv);
    }
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
    isoshape::Device device =
        isoshape::OpenDevice(options.device, options.threads);
    device.graphs = options.cuda_graphs;
    isoshape::ServeRuns(std::cin, std::cout, device);
    return 0;
  } catch (const std::invalid_argument& error) {
    std::cerr << "isoshape-trainer: " << error.what() << '\n';
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "isoshape-trainer: " << error.what() << '\n';
    return 1;
  }
}

#ifndef ISOSHAPE_CLI_DEMO_DEMO_H_
#define ISOSHAPE_CLI_DEMO_DEMO_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace isoshape {

// Settings of `isoshape demo`.
struct DemoOptions {
  // Database and logs. They are kept, so that a second call continues this one.
  std::string directory;
  // Text file or folder to train on.
  std::string data;
  // isoFLOP levels, FLOPs; empty: the built-in ones, made for two CPU cores.
  std::vector<double> budgets;
  // Forget what an earlier call measured.
  bool fresh = false;
  // Folder of isoshape-coordinator, isoshape-worker, isoshape-trainer.
  std::string binaries;
  // JSON instead of tables.
  bool json = false;
  // Further flags of the worker, such as `--device cpu`.
  std::vector<std::string> worker_flags;
};

// Runs a whole campaign on this machine as separate processes, predicts the
// best shape at three times the largest budget, trains it, and prints predicted
// interval against measured loss. SIGINT and SIGTERM end it: CANCELLED, with
// how to go on. Other errors: what failed, in one line.
absl::Status RunDemo(const DemoOptions& options);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_DEMO_DEMO_H_

#ifndef ISOSHAPE_WORKER_OPTIONS_OPTIONS_H_
#define ISOSHAPE_WORKER_OPTIONS_OPTIONS_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace isoshape {

// The most trials that a worker trains at once: LeaseTrialsRequest.max_trials,
// .replicas.
inline constexpr int kMaxSlots = 64;

// The command line of `isoshape-worker`.
struct WorkerOptions {
  std::string server = "127.0.0.1:50551";
  std::string id;                           // of `workers/{id}`
  std::map<std::string, std::string> data;  // name -> absolute path
  bool generates_data =
      false;            // its trainer knows `synthetic:…` (docs/data.md)
  std::string trainer;  // shell command; empty: isoshape-trainer
  bool check_trainer = false;        // and do nothing else
  std::string device = "auto";       // auto, cpu or cuda
  std::string cuda_graphs = "auto";  // on, off or auto: the trainer decides
  int slots = 0;                     // 0: auto
  int replicas = 1;         // trials of one shape that a slot trains together
  int threads_per_run = 0;  // 0: one on a CPU, the trainer's choice on CUDA
  std::string checkpoints;  // absolute folder; empty: none are kept
  // Absolute folder of the weights of the one trial that it is for, which is
  // reserved for it (own_trial.h); empty: it takes any trial.
  std::string weights;
  // Absolute folder of results that wait for a coordinator; empty: none wait.
  std::string results;
  // End when nothing was there to train for so long; infinite: never.
  absl::Duration exit_when_idle = absl::InfiniteDuration();
  // Drain after so long; infinite: never.
  absl::Duration max_runtime = absl::InfiniteDuration();
  absl::Duration trainer_timeout = absl::Seconds(60);
  std::string log_level = "info";
  std::vector<std::string> notes;  // what may be wrong, for its log
  std::string http;                // HOST:PORT that answers probes; empty: none

  // Returns what a trainer is told to read: a path, or the name of a generated
  // task; empty if this worker has no such data.
  std::string DataPath(const std::string& dataset) const;
};

// Where results wait if nothing else is asked: with the checkpoints, or where
// programs of this user keep what they must not forget (XDG base directories).
std::string DefaultResults(const WorkerOptions& options);

// Result of parsing: options, or text to print and an exit code.
struct ParsedOptions {
  std::optional<WorkerOptions> options;
  std::string text;   // help, version, or one line of error
  int exit_code = 0;  // 0: `text` goes to standard output; 2: wrong use
};

// `arguments` without the program's name. Looks at the data's paths: one that
// is missing, empty or not readable is wrong use.
ParsedOptions ParseOptions(const std::vector<std::string>& arguments);

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_OPTIONS_OPTIONS_H_

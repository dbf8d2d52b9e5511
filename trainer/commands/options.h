#ifndef ISOSHAPE_TRAINER_COMMANDS_OPTIONS_H_
#define ISOSHAPE_TRAINER_COMMANDS_OPTIONS_H_

#include <string>

namespace isoshape {

// Whether `--cuda-graphs auto` records graphs. It does so once `./dev
// gpu-check` has passed with graphs on a real GPU (docs/benchmarks.md names the
// card), and not before.
inline constexpr bool kAutoRecordsGraphs = false;

// The command line of isoshape-trainer.
struct TrainerOptions {
  std::string device = "auto";
  int threads = 0;  // 0: one for each core that the process may use
  enum class Graphs { kAuto, kOn, kOff };
  Graphs cuda_graphs = Graphs::kAuto;
  int processes = 1;
  int replicas = 1;
  // Rank 0 gives these to the processes that it starts. Size 0 means that this
  // process is not one of them.
  struct Follow {
    int rank = 0, size = 0, port = 0;
  };
  Follow follow;
  bool help = false;
  bool version = false;

  // Whether whole steps of AdamW are recorded as CUDA graphs.
  bool RecordsGraphs() const {
    return cuda_graphs == Graphs::kOn || (cuda_graphs == Graphs::kAuto &&
                                          kAutoRecordsGraphs && processes == 1);
  }
};

// Throws std::invalid_argument, one line with the remedy.
TrainerOptions ParseTrainerOptions(int argc, const char* const* argv);

// The text that --help prints.
extern const char kTrainerUsage[];

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_COMMANDS_OPTIONS_H_

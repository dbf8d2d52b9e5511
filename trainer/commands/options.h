#ifndef ISOSHAPE_TRAINER_COMMANDS_OPTIONS_H_
#define ISOSHAPE_TRAINER_COMMANDS_OPTIONS_H_

#include <string>

namespace isoshape {

// What `--cuda-graphs auto` does. It records once `./dev gpu-check` has passed
// with graphs on a real GPU (docs/benchmarks.md names the card), and not
// before.
inline constexpr bool kAutoRecordsGraphs = false;

// What the command line of isoshape-trainer says.
struct TrainerOptions {
  std::string device = "auto";
  int threads = 0;  // 0: one for each core that the process may use
  enum class Graphs { kAuto, kOn, kOff };
  Graphs cuda_graphs = Graphs::kAuto;
  int processes = 1;
  int replicas = 1;
  // Given by rank 0 to the processes that it starts; size 0: this is not one.
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

// What --help prints.
extern const char kTrainerUsage[];

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_COMMANDS_OPTIONS_H_

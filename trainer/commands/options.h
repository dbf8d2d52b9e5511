#ifndef ISOSHAPE_TRAINER_COMMANDS_OPTIONS_H_
#define ISOSHAPE_TRAINER_COMMANDS_OPTIONS_H_

#include <string>

namespace isoshape {

// What the command line of isoshape-trainer says.
struct TrainerOptions {
  std::string device = "auto";
  int threads = 0;  // 0: one for each core that the process may use
  bool cuda_graphs = false;
  int processes = 1;
  int replicas = 1;
  // Given by rank 0 to the processes that it starts; size 0: this is not one.
  struct Follow {
    int rank = 0, size = 0, port = 0;
  };
  Follow follow;
  bool help = false;
  bool version = false;
};

// Throws std::invalid_argument, one line with the remedy.
TrainerOptions ParseTrainerOptions(int argc, const char* const* argv);

// What --help prints.
extern const char kTrainerUsage[];

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_COMMANDS_OPTIONS_H_

#ifndef ISOSHAPE_TESTS_TRAINER_CUDA_CUDA_TRAINER_H_
#define ISOSHAPE_TESTS_TRAINER_CUDA_CUDA_TRAINER_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/temp_folder.h"
#include "tests/trainer/cuda/cuda_log.h"
#include "tests/trainer/cuda/stand_in/machine.h"
#include "tests/trainer/trainer_process.h"

namespace isoshape {

// A machine of the stand-in (stand_in/process.h), with one GPU unless it is
// changed, and a text to train on. Not thread-safe.
class StandIn {
 public:
  StandIn();
  ~StandIn();
  StandIn(const StandIn&) = delete;
  StandIn& operator=(const StandIn&) = delete;

  stand_in::Machine& machine() { return *machine_; }
  stand_in::Card& card(int number = 0) { return machine_->card[number]; }

  // Environment variables that make a process run on this machine.
  std::vector<std::string> Environment() const;
  // The calls of CUDA that a process has made so far.
  CudaLog LogOf(pid_t process) const;
  // Processes that have called CUDA.
  std::vector<pid_t> Processes() const;

  const std::string& text() const { return text_; }
  // A path in a folder that is removed with this object.
  std::string Path(const std::string& name) const {
    return folder_.path() + '/' + name;
  }

 private:
  const TempFolder folder_;
  const std::string text_;
  stand_in::Machine* machine_;
};

// isoshape-trainer on such a machine.
class CudaTrainer : public TrainerProcess {
 public:
  // Flags beside --device=cuda; `environment` beside the stand-in's.
  CudaTrainer(StandIn& stand_in, std::vector<std::string> flags,
              const std::vector<std::string>& environment = {});

  // Sends a run, or replicas, and returns the last of its results.
  nlohmann::json Train(const nlohmann::json& run);
  // The calls of CUDA that this process made, without the first `from`.
  CudaLog Log(size_t from = 0) const;

 private:
  const StandIn& stand_in_;
};

// The line of a run: depth 2, width 64, four heads, 16 sequences of 128 tokens
// in each of eight steps; measured after the first and the last.
nlohmann::json SmallCudaRun(const StandIn& stand_in);
// Bytes of the tokens of one of its steps, as they are copied to the card.
int64_t TokenBytes(const nlohmann::json& run);

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_TRAINER_CUDA_CUDA_TRAINER_H_

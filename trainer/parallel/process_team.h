#ifndef ISOSHAPE_TRAINER_PARALLEL_PROCESS_TEAM_H_
#define ISOSHAPE_TRAINER_PARALLEL_PROCESS_TEAM_H_

#include <sys/types.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

namespace at {
class Tensor;
}
namespace c10d {
class Work;
}

namespace isoshape::parallel {

// Another process of the team has ended, or does not answer.
struct TeamLost : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Processes of one machine that train one model together, numbered by rank.
// Rank 0 starts the others, which run this same program, and they end with it.
// They talk by LibTorch's c10d over gloo, on the loopback interface, and sum
// what is on GPUs by NCCL, whose waits are the GPU's. Calls are collective:
// every process makes the same ones in the same order. All throw TeamLost. Not
// thread-safe.
class ProcessTeam {
 public:
  enum class Devices {
    kCpu,
    kGpus,  // the visible ones, the first for rank 0, and so on
  };
  // Becomes rank 0 of `size` processes, of which the others compute with
  // `threads` threads each, or with a GPU that is the only one that they see.
  // Throws std::invalid_argument if this program was built without gloo.
  static std::unique_ptr<ProcessTeam> Lead(int size, int threads,
                                           Devices devices);
  // Becomes one of the others, as Lead told it to.
  static std::unique_ptr<ProcessTeam> Join(int rank, int size, int port,
                                           Devices devices);
  // Rank 0: waits for the others to end, a few seconds at most.
  ~ProcessTeam();

  int rank() const { return rank_; }
  int size() const { return size_; }
  // True after TeamLost: nothing will come of this team any more.
  bool lost() const { return lost_; }

  Devices devices() const { return devices_; }

  // Copies rank 0's tensor on the CPU, of a size that all know, to the others.
  void Broadcast(at::Tensor& tensor) { StartBroadcast(tensor)(); }
  // Begins to do so and returns how to wait for it; the tensor must stay as it
  // is until then.
  std::function<void()> StartBroadcast(at::Tensor& tensor);
  // Begins to sum each of some tensors over the processes, in place, and
  // returns how to wait for all: on GPUs the current stream waits, and not the
  // caller.
  std::function<void()> StartSum(const std::vector<at::Tensor>& tensors);
  // Spent by GPUs in such waits; 0 on the CPU. Waits for the GPU.
  double GpuWaitSeconds();

 private:
  struct Group;

  ProcessTeam(int rank, int size, Devices devices);
  // Waits for what gloo does, unless a process that this one started has ended
  // (rank 0; the others end with it). What NCCL sums does not go through this.
  void WaitFor(c10d::Work& work) const;
  // Runs `call`; what it throws becomes TeamLost.
  void Guard(const std::function<void()>& call);

  const int rank_, size_;
  const Devices devices_;
  bool lost_ = false;
  std::vector<pid_t> children_;
  std::unique_ptr<Group> group_;
};

}  // namespace isoshape::parallel

#endif  // ISOSHAPE_TRAINER_PARALLEL_PROCESS_TEAM_H_

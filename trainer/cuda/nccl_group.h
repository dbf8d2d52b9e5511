#ifndef ISOSHAPE_TRAINER_CUDA_NCCL_GROUP_H_
#define ISOSHAPE_TRAINER_CUDA_NCCL_GROUP_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace at {
class Tensor;
}

namespace isoshape::cuda {

// Processes that sum tensors of their GPUs by NCCL, each on its first visible
// GPU. All make the same calls in the same order. Errors are c10::Error. Not
// thread-safe.
class NcclGroup {
 public:
  // What the processes of one group have in common: made by one of them, and
  // given to the others.
  static std::vector<uint8_t> NewId();

  // Returns when all `size` processes have joined.
  NcclGroup(int rank, int size, const std::vector<uint8_t>& id);
  ~NcclGroup();
  NcclGroup(const NcclGroup&) = delete;
  NcclGroup& operator=(const NcclGroup&) = delete;

  // Begins to sum each of some contiguous tensors over the processes, in place
  // and all by one launch, beside the current stream; what is returned makes
  // the current stream wait for it. The tensors must stay until then.
  std::function<void()> StartSum(const std::vector<at::Tensor>& tensors);

  // Seconds that the GPU's current stream has waited so far. Waits for the GPU.
  double WaitedSeconds();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace isoshape::cuda

#endif  // ISOSHAPE_TRAINER_CUDA_NCCL_GROUP_H_

#include "trainer/cuda/nccl_group.h"

#include <ATen/core/Tensor.h>
#include <c10/cuda/CUDAGuard.h>

#include <cstring>
#include <optional>
#include <utility>

#include "trainer/cuda/event.h"

// LibTorch's own NCCL, as torch/csrc/cuda/nccl.h declares it; that header asks
// for those of cuBLAS, cuSPARSE and cuSOLVER, which nothing here needs.
namespace torch::cuda::nccl {
struct ncclUniqueId {
  char internal[128];
};
void get_unique_id(ncclUniqueId& id);
void* comm_init_rank(int nranks, const ncclUniqueId& comm_id, int rank);
void comm_destroy(void* comm);
void all_reduce(
    const std::vector<at::Tensor>& inputs, std::vector<at::Tensor>& outputs,
    int32_t op,
    const std::vector<std::optional<c10::cuda::CUDAStream>>& streams,
    const std::vector<void*>& user_comms);
// Calls between its constructor and its destructor are one launch.
struct AutoNcclGroup {
  AutoNcclGroup();
  ~AutoNcclGroup() noexcept(false);
  void* comm_;
  bool comm_nonblocking_;
};
}  // namespace torch::cuda::nccl

namespace isoshape::cuda {
namespace {

namespace nccl = torch::cuda::nccl;

constexpr int32_t kSum = 0;  // ncclSum
// Waits that are kept before their times are read.
constexpr size_t kMaxWaits = 1024;

// The current stream's time between two events.
struct Wait {
  Event begin, end;
};

}  // namespace

struct NcclGroup::State {
  void* communicator = nullptr;
  c10::cuda::CUDAStream stream = c10::cuda::getStreamFromPool();
  std::vector<Wait> waits;
  double waited_seconds = 0;

  void ReadWaits() {
    for (const Wait& wait : waits) {
      waited_seconds += wait.end.SecondsSince(wait.begin);
    }
    waits.clear();
  }
};

std::vector<uint8_t> NcclGroup::NewId() {
  nccl::ncclUniqueId id;
  nccl::get_unique_id(id);
  std::vector<uint8_t> bytes(sizeof id.internal);
  std::memcpy(bytes.data(), id.internal, bytes.size());
  return bytes;
}

NcclGroup::NcclGroup(int rank, int size, const std::vector<uint8_t>& id)
    : state_(new State) {
  nccl::ncclUniqueId unique;
  TORCH_CHECK(id.size() == sizeof unique.internal, "an NCCL id of ", id.size(),
              " bytes");
  std::memcpy(unique.internal, id.data(), id.size());
  state_->communicator = nccl::comm_init_rank(size, unique, rank);
}

NcclGroup::~NcclGroup() { nccl::comm_destroy(state_->communicator); }

std::function<void()> NcclGroup::StartSum(
    const std::vector<at::Tensor>& tensors) {
  Event(c10::cuda::getCurrentCUDAStream()).HoldBack(state_->stream);
  {
    const nccl::AutoNcclGroup group;
    for (const at::Tensor& tensor : tensors) {
      std::vector<at::Tensor> one = {tensor};
      nccl::all_reduce(one, one, kSum, {state_->stream},
                       {state_->communicator});
    }
  }
  auto summed = std::make_shared<Event>(state_->stream);
  return [this, summed] {
    const c10::cuda::CUDAStream current = c10::cuda::getCurrentCUDAStream();
    Event begin(current, /*timed=*/true);
    summed->HoldBack(current);
    if (state_->waits.size() >= kMaxWaits) state_->ReadWaits();
    state_->waits.push_back({std::move(begin), Event(current, true)});
  };
}

double NcclGroup::WaitedSeconds() {
  state_->ReadWaits();
  return state_->waited_seconds;
}

}  // namespace isoshape::cuda

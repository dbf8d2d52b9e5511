// Memory of the card, page-locked memory, and copies between them. An address
// of the card can be neither read nor written by the host, as on a real one:
// its bytes are elsewhere.
#include "tests/trainer/cuda/stand_in/memory.h"

#include <cuda_runtime_api.h>
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "tests/trainer/cuda/stand_in/process.h"
#include "tests/trainer/cuda/stand_in/streams.h"

namespace isoshape::stand_in {
namespace {

// Larger ones are not really filled, which would take the host's memory.
constexpr size_t kMaxFilledBytes = size_t{64} << 20;

struct Block {
  size_t bytes = 0;
  char* contents = nullptr;  // null: page-locked memory, which is the host's
};
using Blocks = std::map<const char*, Block>;

Blocks& DeviceBlocks() {
  static auto* const blocks = new Blocks;
  return *blocks;
}
Blocks& PinnedBlocks() {
  static auto* const blocks = new Blocks;
  return *blocks;
}

Blocks::const_iterator Find(const Blocks& blocks, const void* address) {
  const auto* const byte = static_cast<const char*>(address);
  auto after = blocks.upper_bound(byte);
  if (after == blocks.begin()) return blocks.end();
  const auto found = std::prev(after);
  return byte < found->first + found->second.bytes ? found : blocks.end();
}

// Where the bytes of an address are.
char* Contents(const void* address) {
  const auto block = Find(DeviceBlocks(), address);
  if (block == DeviceBlocks().end()) {
    return static_cast<char*>(const_cast<void*>(address));
  }
  return block->second.contents +
         (static_cast<const char*>(address) - block->first);
}

void* Map(size_t bytes, int protection) {
  void* memory =
      mmap(nullptr, bytes, protection,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, /*fd=*/-1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

// Counts an attempt to allocate; true if it is one of those that must fail.
bool Refused() {
  Card& card = CurrentCard();
  const int64_t attempt = card.attempts++;
  return attempt >= card.refuse_from && attempt < card.refuse_until;
}

cudaError_t Allocate(void** address, size_t bytes, const char* call) {
  ISOSHAPE_STAND_IN_CALL();
  const cudaError_t prohibited = Prohibited(call);
  if (prohibited != cudaSuccess) return prohibited;
  Card& card = CurrentCard();
  const auto size = static_cast<int64_t>(bytes);
  const bool refused = Refused();
  void* const memory = Map(std::max<size_t>(bytes, 1), PROT_NONE);
  void* const contents =
      Map(std::max<size_t>(bytes, 1), PROT_READ | PROT_WRITE);
  if (refused || card.used_bytes + size > card.memory_bytes ||
      memory == nullptr || contents == nullptr) {
    if (memory != nullptr) munmap(memory, std::max<size_t>(bytes, 1));
    if (contents != nullptr) munmap(contents, std::max<size_t>(bytes, 1));
    Log("refuse", -1, false, size, call);
    return Return(cudaErrorMemoryAllocation);
  }
  DeviceBlocks()[static_cast<char*>(memory)] = {bytes,
                                                static_cast<char*>(contents)};
  const int64_t used = card.used_bytes += size;
  if (used > card.peak_bytes) card.peak_bytes = used;
  Log("allocate", -1, false, size, call);
  *address = memory;
  return cudaSuccess;
}

const char* Name(Place place) {
  switch (place) {
    case Place::kDevice:
      return "device";
    case Place::kPinned:
      return "pinned";
    case Place::kPageable:
      return "pageable";
  }
  return "";
}

cudaError_t Copy(void* to, const void* from, size_t bytes,
                 cudaStream_t stream) {
  const std::string route =
      std::string(Name(PlaceOf(from))) + "->" + Name(PlaceOf(to));
  if (IsCapturing(stream) &&
      std::strstr(route.c_str(), "pageable") != nullptr) {
    return Illegal(cudaErrorStreamCaptureUnsupported, "captured copy " + route);
  }
  const cudaError_t error =
      Enqueue(stream, "copy", static_cast<int64_t>(bytes), route, {from, to});
  if (error == cudaSuccess && !IsCapturing(stream)) {
    std::memmove(Contents(to), Contents(from), bytes);
  }
  return error;
}

cudaError_t Fill(void* address, int value, size_t bytes, cudaStream_t stream) {
  const cudaError_t error =
      Enqueue(stream, "fill", static_cast<int64_t>(bytes), "", {address});
  if (error == cudaSuccess && !IsCapturing(stream) &&
      bytes <= kMaxFilledBytes) {
    std::memset(Contents(address), value, bytes);
  }
  return error;
}

}  // namespace

Place PlaceOf(const void* address) {
  const Lock lock(Mutex());
  if (Find(DeviceBlocks(), address) != DeviceBlocks().end()) {
    return Place::kDevice;
  }
  return Find(PinnedBlocks(), address) != PinnedBlocks().end()
             ? Place::kPinned
             : Place::kPageable;
}

}  // namespace isoshape::stand_in

using namespace isoshape::stand_in;  // NOLINT: the API is in no namespace

cudaError_t cudaMalloc(void** address, size_t bytes) {
  return Allocate(address, bytes, "cudaMalloc");
}

cudaError_t cudaFree(void* address) {
  ISOSHAPE_STAND_IN_CALL();
  if (address == nullptr) return cudaSuccess;
  const cudaError_t prohibited = Prohibited("cudaFree");
  if (prohibited != cudaSuccess) return prohibited;
  const auto block = DeviceBlocks().find(static_cast<char*>(address));
  if (block == DeviceBlocks().end()) {
    return Illegal(cudaErrorInvalidValue, "cudaFree of what is not allocated");
  }
  const size_t bytes = block->second.bytes;
  munmap(address, std::max<size_t>(bytes, 1));
  munmap(block->second.contents, std::max<size_t>(bytes, 1));
  DeviceBlocks().erase(block);
  CurrentCard().used_bytes -= static_cast<int64_t>(bytes);
  Log("free", -1, false, static_cast<int64_t>(bytes));
  return cudaSuccess;
}

cudaError_t cudaHostAlloc(void** address, size_t bytes, unsigned /*flags*/) {
  ISOSHAPE_STAND_IN_CALL();
  const cudaError_t prohibited = Prohibited("cudaHostAlloc");
  if (prohibited != cudaSuccess) return prohibited;
  if (Refused()) {
    Log("refuse", -1, false, static_cast<int64_t>(bytes), "cudaHostAlloc");
    return Return(cudaErrorMemoryAllocation);
  }
  *address = std::calloc(1, std::max<size_t>(bytes, 1));
  PinnedBlocks()[static_cast<char*>(*address)] = {bytes, nullptr};
  Log("pin", -1, false, static_cast<int64_t>(bytes));
  return cudaSuccess;
}

cudaError_t cudaFreeHost(void* address) {
  const Lock lock(Mutex());
  PinnedBlocks().erase(static_cast<char*>(address));
  std::free(address);
  return cudaSuccess;
}

cudaError_t cudaMemGetInfo(size_t* free, size_t* total) {
  ISOSHAPE_STAND_IN_CALL();
  const Card& card = CurrentCard();
  *total = static_cast<size_t>(card.memory_bytes);
  *free = static_cast<size_t>(card.memory_bytes - card.used_bytes);
  return cudaSuccess;
}

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes,
                                     const void* address) {
  ISOSHAPE_STAND_IN_CALL();
  std::memset(attributes, 0, sizeof *attributes);
  const Place place = PlaceOf(address);
  attributes->type = place == Place::kDevice   ? cudaMemoryTypeDevice
                     : place == Place::kPinned ? cudaMemoryTypeHost
                                               : cudaMemoryTypeUnregistered;
  if (place == Place::kPageable) return cudaSuccess;
  attributes->devicePointer = const_cast<void*>(address);
  if (place == Place::kPinned)
    attributes->hostPointer = attributes->devicePointer;
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes,
                            cudaMemcpyKind /*kind*/, cudaStream_t stream) {
  ISOSHAPE_STAND_IN_CALL();
  return Copy(to, from, bytes, stream);
}

cudaError_t cudaMemcpy(void* to, const void* from, size_t bytes,
                       cudaMemcpyKind /*kind*/) {
  ISOSHAPE_STAND_IN_CALL();
  const cudaError_t prohibited = Prohibited("cudaMemcpy");
  if (prohibited != cudaSuccess) return prohibited;
  Log("wait", 0, false, 0, "cudaMemcpy");
  return Copy(to, from, bytes, nullptr);
}

cudaError_t cudaMemsetAsync(void* address, int value, size_t bytes,
                            cudaStream_t stream) {
  ISOSHAPE_STAND_IN_CALL();
  return Fill(address, value, bytes, stream);
}

cudaError_t cudaMemset(void* address, int value, size_t bytes) {
  ISOSHAPE_STAND_IN_CALL();
  const cudaError_t prohibited = Prohibited("cudaMemset");
  if (prohibited != cudaSuccess) return prohibited;
  return Fill(address, value, bytes, nullptr);
}

cudaError_t cudaGetSymbolAddress(void** address, const void* /*symbol*/) {
  static void* const space = [] {
    void* memory = nullptr;
    cudaMalloc(&memory, size_t{1} << 16);
    return memory;
  }();
  *address = space;
  return cudaSuccess;
}

// Times of a program's kernels, by name, without a profiler: CUDA loads this
// library into the program when CUDA_INJECTION64_PATH names it. At the end of
// the program it writes a line for each kernel to the file that
// ISOSHAPE_KERNEL_TIMES names: milliseconds in all, launches and name, with
// tabs between. Copies and fills of memory are lines of their own.
//
// Built by bench/gpu-check.sh with a compiler and CUPTI alone.
#include <cupti.h>
#include <cxxabi.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>

namespace {

struct Sum {
  double nanoseconds = 0;
  int64_t launches = 0;
};

// What CUPTI has reported. It calls back from a thread of its own.
struct Table {
  std::mutex mutex;
  std::map<std::string, Sum> sums;  // guarded by mutex

  void Add(const char* name, uint64_t begin, uint64_t end) {
    Sum& sum = sums[name == nullptr ? "[unnamed]" : name];
    sum.nanoseconds += static_cast<double>(end - begin);
    ++sum.launches;
  }
};

// Never destroyed, as CUPTI may report while the program ends.
Table& TheTable() {
  static auto* table = new Table;
  return *table;
}

constexpr size_t kBufferBytes = size_t{8} << 20;
constexpr size_t kBufferAlignment = 8;

void CUPTIAPI GiveBuffer(uint8_t** buffer, size_t* size, size_t* records) {
  *buffer =
      static_cast<uint8_t*>(std::aligned_alloc(kBufferAlignment, kBufferBytes));
  *size = *buffer == nullptr ? 0 : kBufferBytes;
  *records = 0;  // as many as fit
}

void CUPTIAPI TakeBuffer(CUcontext /*context*/, uint32_t /*stream*/,
                         uint8_t* buffer, size_t /*size*/, size_t valid) {
  Table& table = TheTable();
  const std::lock_guard<std::mutex> lock(table.mutex);
  CUpti_Activity* record = nullptr;
  while (valid > 0 &&
         cuptiActivityGetNextRecord(buffer, valid, &record) == CUPTI_SUCCESS) {
    switch (record->kind) {
      case CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL: {
        const auto* kernel =
            reinterpret_cast<const CUpti_ActivityKernel10*>(record);
        table.Add(kernel->name, kernel->start, kernel->end);
        break;
      }
      case CUPTI_ACTIVITY_KIND_MEMCPY: {
        const auto* copy =
            reinterpret_cast<const CUpti_ActivityMemcpy6*>(record);
        table.Add("[memcpy]", copy->start, copy->end);
        break;
      }
      case CUPTI_ACTIVITY_KIND_MEMSET: {
        const auto* fill =
            reinterpret_cast<const CUpti_ActivityMemset4*>(record);
        table.Add("[memset]", fill->start, fill->end);
        break;
      }
      default:
        break;
    }
  }
  std::free(buffer);
}

// A kernel's name as its source has it, without what all of LibTorch's share.
std::string Readable(const std::string& name) {
  int status = 0;
  char* text = abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status);
  std::string readable = status == 0 ? text : name;
  std::free(text);
  for (const std::string part :
       {"void ", "at::native::", "(anonymous namespace)::", "cutlass::"}) {
    for (size_t at = readable.find(part); at != std::string::npos;
         at = readable.find(part)) {
      readable.erase(at, part.size());
    }
  }
  return readable;
}

void Write() {
  cuptiActivityFlushAll(CUPTI_ACTIVITY_FLAG_FLUSH_FORCED);
  const char* path = std::getenv("ISOSHAPE_KERNEL_TIMES");
  std::FILE* file = path == nullptr ? nullptr : std::fopen(path, "w");
  if (file == nullptr) return;
  Table& table = TheTable();
  const std::lock_guard<std::mutex> lock(table.mutex);
  for (const auto& [name, sum] : table.sums) {
    std::fprintf(file, "%.6f\t%lld\t%s\n", sum.nanoseconds / 1e6,
                 static_cast<long long>(sum.launches), Readable(name).c_str());
  }
  std::fclose(file);
}

}  // namespace

// CUDA calls it by this name when it has loaded the library.
extern "C" int InitializeInjection() {
  cuptiActivityRegisterCallbacks(GiveBuffer, TakeBuffer);
  for (const CUpti_ActivityKind kind :
       {CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL, CUPTI_ACTIVITY_KIND_MEMCPY,
        CUPTI_ACTIVITY_KIND_MEMSET}) {
    cuptiActivityEnable(kind);
  }
  std::atexit(Write);
  return 1;
}

#include "coordinator/server_limits.h"

#include <grpc/compression.h>
#include <grpc/grpc.h>
#include <pthread.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"

namespace isoshape {
namespace {

// Memory of all calls together: 10,000 workers that wait for work need about a
// quarter of it.
constexpr size_t kCallMemory = size_t{1} << 30;
// Memory of all answers over HTTP together.
constexpr size_t kAnswerMemory = size_t{512} << 20;
// Less than a few lists need would refuse every one.
constexpr size_t kLeastAnswerMemory = size_t{64} << 20;
// Calls of one connection at a time; a client that wants more waits. Half of
// what CallAdmission counts, as calls that are over are still counted for a
// moment.
constexpr int kMaxStreams = 256;
// Of gRPC's synchronous kind, which reflection alone is of; a thread for each
// call, whoever asks for it.
constexpr int kMaxReflectionThreads = 16;
constexpr int kMaxHeaderBytes = 16 << 10;
// Read from a connection at a time by gRPC 1.51, instead of up to 4 MB, which a
// thread goes through before it sees that the connection was ended: 250,000
// frames of 17 bytes, for half a minute.
constexpr int kMaxReadBytes = 64 << 10;
// A peer that has gone without closing its connection is found after so long.
constexpr int kKeepaliveMs = 60'000;
constexpr int kKeepaliveTimeoutMs = 20'000;
// Of a thread that only waits.
constexpr size_t kSmallStack = size_t{256} << 10;

}  // namespace

void LimitServer(grpc::ServerBuilder& builder) {
  for (const grpc_compression_algorithm algorithm :
       {GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP}) {
    builder.SetCompressionAlgorithmSupportStatus(algorithm, false);
  }
  builder.SetResourceQuota(grpc::ResourceQuota("coordinator")
                               .Resize(kCallMemory)
                               .SetMaxThreads(kMaxReflectionThreads));
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreams);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxHeaderBytes);
  builder.AddChannelArgument(GRPC_ARG_TCP_MAX_READ_CHUNK_SIZE, kMaxReadBytes);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                             kKeepaliveTimeoutMs);
}

void RaiseDescriptorLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Measured: 38 threads on one processor, 42 on two, 52 on eight, 91 on 32 and
// on all above, as gRPC starts one for each of the first 32 and others for
// every second one of those.
ThreadNeed ThreadsOn(int processors) {
  const int counted = std::clamp(processors, 1, 32);
  return {.to_start = 48 + 3 * counted / 2, .in_use = 48 + 4 * processors};
}

absl::StatusOr<std::string> CheckThreads(const ThreadNeed& need) {
  // Stacks of the usual size would take half a gigabyte of addresses.
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, kSmallStack);
  absl::Notification all;
  const auto wait = [](void* end) -> void* {
    static_cast<absl::Notification*>(end)->WaitForNotification();
    return nullptr;
  };
  std::vector<pthread_t> started;
  pthread_t thread = {};
  while (std::ssize(started) < need.in_use &&
         pthread_create(&thread, &small, wait, &all) == 0) {
    started.push_back(thread);
  }
  all.Notify();
  for (const pthread_t one : started) pthread_join(one, nullptr);
  pthread_attr_destroy(&small);
  if (std::ssize(started) >= need.in_use) return "";
  const bool starts = std::ssize(started) >= need.to_start;
  std::string message = absl::StrCat(
      "this coordinator may start ", started.size(), " threads and ",
      starts ? absl::StrCat("may need ", need.in_use, " when many call")
             : absl::StrCat("needs ", need.to_start),
      "; raise 'ulimit -u', TasksMax= of its systemd unit, or the limit of "
      "processes of its container, or 'ulimit -v' if it is memory for their "
      "stacks that lacks");
  if (starts) return message;
  return absl::ResourceExhaustedError(message);
}

void IgnoreFileSizeSignal() { signal(SIGXFSZ, SIG_IGN); }

size_t AnswerBytes() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return kAnswerMemory;
  }
  // The first number: the whole size of the program, in pages (proc(5)).
  size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const size_t taken = pages * static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t left = limit.rlim_cur > taken ? limit.rlim_cur - taken : 0;
  if (left / 3 < kLeastAnswerMemory) {
    spdlog::warn(
        "'ulimit -v' leaves this coordinator {} MB, of which answers over HTTP "
        "may take {}: it may run out of memory; give it {} MB more, or none",
        left >> 20, kLeastAnswerMemory >> 20,
        (3 * kLeastAnswerMemory - left + (size_t{1} << 20) - 1) >> 20);
  }
  return std::min(kAnswerMemory, std::max(left / 3, kLeastAnswerMemory));
}

}  // namespace isoshape

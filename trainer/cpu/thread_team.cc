#include "trainer/cpu/thread_team.h"

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace isoshape::cpu {
namespace {

void Pause() {
#if defined(__SSE__)
  _mm_pause();
#endif
}

// Results too small for an ordinary float become 0, and so do such operands.
void FlushDenormals() {
#if defined(__SSE__)
  constexpr unsigned kFlushResults = 0x8000;
  constexpr unsigned kFlushOperands = 0x0040;
  _mm_setcsr(_mm_getcsr() | kFlushResults | kFlushOperands);
#endif
}

// Returns when `value` is no longer `old`.
void AwaitChange(const std::atomic<uint32_t>& value, uint32_t old) {
  constexpr int kSpins = 2000;
  for (int i = 0; i < kSpins; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    Pause();
  }
  while (value.load(std::memory_order_acquire) == old) {
    value.wait(old, std::memory_order_acquire);
  }
}

}  // namespace

ThreadTeam::ThreadTeam(int size) {
  for (int thread = 1; thread < size; ++thread) {
    threads_.emplace_back([this, thread] { Serve(thread); });
  }
}

ThreadTeam::~ThreadTeam() {
  ended_ = true;
  ++round_;
  round_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadTeam::Start(Function function, const void* context) {
  if (!threads_.empty()) {
    function_ = function;
    context_ = context;
    working_ = static_cast<uint32_t>(threads_.size());
    round_.fetch_add(1, std::memory_order_release);
    round_.notify_all();
  }
  function(context, 0);
  for (uint32_t left = working_.load(std::memory_order_acquire); left > 0;
       left = working_.load(std::memory_order_acquire)) {
    AwaitChange(working_, left);
  }
}

void ThreadTeam::Serve(int thread) {
  FlushDenormals();
  for (uint32_t seen = 0;; ++seen) {
    AwaitChange(round_, seen);
    if (ended_) return;
    function_(context_, thread);
    if (working_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      working_.notify_one();
    }
  }
}

}  // namespace isoshape::cpu

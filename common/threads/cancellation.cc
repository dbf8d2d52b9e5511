#include "common/threads/cancellation.h"

namespace isoshape {
namespace {

thread_local const Cancellation* of_thread = nullptr;

}  // namespace

Cancellation::Cancellation(absl::Duration limit, Clock* clock)
    : clock_(clock), end_(clock->Elapsed() + limit) {}

bool Cancellation::PastLimit() const {
  return end_ != absl::InfiniteDuration() && clock_->Elapsed() >= end_;
}

const Cancellation* Cancellation::OfThread() { return of_thread; }

Cancellation::Scope::Scope(const Cancellation* cancellation)
    : outer_(of_thread) {
  of_thread = cancellation;
}

Cancellation::Scope::~Scope() { of_thread = outer_; }

bool Cancelled() { return of_thread != nullptr && of_thread->cancelled(); }

}  // namespace isoshape

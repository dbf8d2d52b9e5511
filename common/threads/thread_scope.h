#ifndef ISOSHAPE_COMMON_THREADS_THREAD_SCOPE_H_
#define ISOSHAPE_COMMON_THREADS_THREAD_SCOPE_H_

namespace isoshape {

// While it lives, Current() of this thread is `value`, which may be null and
// outlives it. For what goes with a whole computation and changes nothing of
// what it computes, so that no function between needs a parameter for it. A
// thread that a computation starts opens a scope with the value of its parent.
//
//   using Scope = ThreadScope<const Cancellation>;  // one scope for each type
template <typename T>
class ThreadScope {
 public:
  explicit ThreadScope(T* value) : outer_(current_) { current_ = value; }
  ~ThreadScope() { current_ = outer_; }
  ThreadScope(const ThreadScope&) = delete;
  ThreadScope& operator=(const ThreadScope&) = delete;

  // That of the innermost scope of this thread; null if there is none.
  static T* Current() { return current_; }

 private:
  inline static thread_local T* current_ = nullptr;

  T* const outer_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_THREADS_THREAD_SCOPE_H_

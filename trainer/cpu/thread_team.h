#ifndef ISOSHAPE_TRAINER_CPU_THREAD_TEAM_H_
#define ISOSHAPE_TRAINER_CPU_THREAD_TEAM_H_

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace isoshape::cpu {

// Threads that wait for work together with the caller's: Run calls a function
// once on each and returns when all have returned. Between calls they spin for
// some microseconds and then sleep. Run must be called by one thread at a time.
//
//   ThreadTeam team(2);
//   team.Run([&](int thread) { sums[thread] = SumOfPart(thread); });
class ThreadTeam {
 public:
  // `size` counts the caller's thread. Denormals are flushed on the others.
  explicit ThreadTeam(int size);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  int size() const { return static_cast<int>(threads_.size()) + 1; }

  // `work` must not throw.
  template <typename Work>
  void Run(const Work& work) {
    Start([](const void* context,
             int thread) { (*static_cast<const Work*>(context))(thread); },
          &work);
  }

 private:
  using Function = void (*)(const void* context, int thread);
  void Start(Function function, const void* context);
  void Serve(int thread);

  std::vector<std::thread> threads_;
  Function function_ = nullptr;
  const void* context_ = nullptr;
  std::atomic<bool> ended_{false};
  std::atomic<uint32_t> round_{0};    // grows with every Run
  std::atomic<uint32_t> working_{0};  // threads that have not returned
};

}  // namespace isoshape::cpu

#endif  // ISOSHAPE_TRAINER_CPU_THREAD_TEAM_H_

#include "coordinator/http/shared_answers.h"

#include <map>
#include <new>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/status/out_of_memory.h"

namespace isoshape {
namespace {

struct Making {
  int64_t sequence = 0;
  std::map<int, SharedAnswers::Done> waiting;  // by place
  int next_place = 0;
  std::function<void()> cancel;
  bool left = false;  // by all who waited
};

}  // namespace

struct SharedAnswers::State {
  absl::Mutex mutex;
  std::map<std::string, std::shared_ptr<Making>> making ABSL_GUARDED_BY(mutex);

  // Nobody joins it any more.
  void Close(const std::string& key, const std::shared_ptr<Making>& one)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    const auto it = making.find(key);
    if (it != making.end() && it->second == one) making.erase(it);
  }

  void Finish(const std::string& key, const std::shared_ptr<Making>& one,
              const absl::StatusOr<Made>& made) {
    std::map<int, Done> waiting;
    {
      absl::MutexLock lock(&mutex);
      Close(key, one);
      waiting.swap(one->waiting);
    }
    for (const auto& [place, done] : waiting) {
      TellDespiteOutOfMemory(done, made);
    }
  }

  void Leave(const std::string& key, const std::shared_ptr<Making>& one,
             int place) {
    std::function<void()> cancel;
    {
      absl::MutexLock lock(&mutex);
      if (one->waiting.erase(place) == 0 || !one->waiting.empty()) return;
      one->left = true;
      Close(key, one);
      cancel.swap(one->cancel);
    }
    if (cancel) cancel();
  }
};

SharedAnswers::SharedAnswers() : state_(std::make_shared<State>()) {}

std::function<void()> SharedAnswers::Ask(const std::string& key,
                                         int64_t at_least, int64_t sequence,
                                         Done done, const Start& start) {
  std::shared_ptr<Making> one;
  int place = 0;
  bool first = false;
  {
    absl::MutexLock lock(&state_->mutex);
    std::shared_ptr<Making>& current = state_->making[key];
    one = current;
    if (one == nullptr || one->sequence < at_least) {
      one = std::make_shared<Making>();
      one->sequence = sequence;
      first = true;
    }
    place = one->next_place++;
    one->waiting.emplace(place, std::move(done));
    current = one;  // once nothing can fail before it is begun
  }
  if (first) {
    std::function<void()> cancel;
    try {
      cancel =
          start([state = state_, key, one](const absl::StatusOr<Made>& made) {
            state->Finish(key, one, made);
          });
    } catch (const std::bad_alloc&) {
      // Who has joined meanwhile is told so too, and nobody joins any more.
      state_->Finish(key, one, OutOfMemoryError());
      return [] {};
    }
    absl::ReleasableMutexLock lock(&state_->mutex);
    if (!one->left) {
      one->cancel = std::move(cancel);
    } else {
      lock.Release();
      cancel();
    }
  }
  return [state = state_, key, one, place] { state->Leave(key, one, place); };
}

}  // namespace isoshape

#include "coordinator/change_events.h"

#include <functional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/status/status_macros.h"

namespace isoshape {
namespace {

// Shared by the hub, which keeps it until End, and the stream.
class EventWatcher : public ChangeWatcher,
                     public std::enable_shared_from_this<EventWatcher> {
 public:
  EventWatcher(ChangeHub* hub, const v1::WatchChangesRequest& request,
               std::function<absl::Status()> standing)
      : ChangeWatcher(request, std::move(standing)), hub_(hub) {}

  absl::Status Watch() {
    self_ = shared_from_this();
    absl::Status status = hub_->Watch(this);
    if (!status.ok()) self_.reset();
    return status;
  }

  void Start(std::function<void()> wake) {
    absl::MutexLock lock(&mutex_);
    wake_ = std::move(wake);
    if (ended_ || event_ != nullptr) wake_();
  }

  std::shared_ptr<const std::string> Take() {
    std::shared_ptr<const std::string> event;
    {
      absl::MutexLock lock(&mutex_);
      event = std::exchange(event_, nullptr);
      if (event == nullptr) return nullptr;
    }
    // What is read slowly waits in the connection's own buffer, one event at
    // most: the next Take comes after it.
    hub_->More(this);
    return event;
  }

  bool Ended() {
    absl::MutexLock lock(&mutex_);
    return ended_ && event_ == nullptr;
  }

  void Cancel() {
    {
      absl::MutexLock lock(&mutex_);
      wake_ = nullptr;
      if (ended_ || std::exchange(cancelled_, true)) return;
    }
    hub_->Cancel(this);
    Take();  // what nobody takes holds up the end
  }

 private:
  void Send(std::shared_ptr<const SharedBatch> batch) override {
    {
      absl::MutexLock lock(&mutex_);
      if (!cancelled_) {
        event_ = batch->Event();
        if (wake_) wake_();
        return;
      }
    }
    hub_->More(this);
  }

  void End(const absl::Status& /*status*/) override {
    std::shared_ptr<EventWatcher> self;  // until the lock is free
    absl::MutexLock lock(&mutex_);
    ended_ = true;
    self = std::move(self_);
    if (wake_) wake_();
  }

  ChangeHub* const hub_;
  absl::Mutex mutex_;
  std::shared_ptr<EventWatcher> self_;  // while the hub knows it
  std::function<void()> wake_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const std::string> event_ ABSL_GUARDED_BY(mutex_);
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

class ChangeEvents : public HttpStream {
 public:
  explicit ChangeEvents(std::shared_ptr<EventWatcher> watcher)
      : watcher_(std::move(watcher)) {}
  ~ChangeEvents() override { watcher_->Cancel(); }

  void Start(std::function<void()> wake) override {
    watcher_->Start(std::move(wake));
  }
  std::shared_ptr<const std::string> Take() override {
    if (!std::exchange(begun_, true)) {
      // When the client is to come back if the connection is lost.
      return std::make_shared<const std::string>("retry: 1000\n\n");
    }
    return watcher_->Take();
  }
  bool Ended() override { return watcher_->Ended(); }
  void Cancel() override { watcher_->Cancel(); }

 private:
  const std::shared_ptr<EventWatcher> watcher_;
  bool begun_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpStream>> StartChangeEvents(
    ChangeHub* hub, const v1::WatchChangesRequest& request,
    std::function<absl::Status()> standing) {
  auto watcher =
      std::make_shared<EventWatcher>(hub, request, std::move(standing));
  ISOSHAPE_RETURN_IF_ERROR(watcher->Watch());
  return std::make_unique<ChangeEvents>(std::move(watcher));
}

}  // namespace isoshape

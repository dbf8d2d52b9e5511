#include "coordinator/services/watch_hub.h"

#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/grpc_status.h"
#include "coordinator/scheduler/campaign_state.h"
#include "messages/resource_name.h"

namespace isoshape {
namespace {

constexpr int kPage = 500;

absl::Status Stopping() {
  return absl::UnavailableError(
      "the coordinator is stopping; watch again when it is back, after the "
      "last sequence seen");
}

absl::Status CheckRequest(const v1::WatchCampaignRequest& request) {
  if (request.after_sequence() < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("after_sequence ", request.after_sequence(),
                     " is negative; give 0 or the last sequence seen"));
  }
  return CheckCampaignName(request.name());
}

}  // namespace

// One client's stream. `events_` belongs to whoever holds the stream: the hub's
// thread while it reads, gRPC's callbacks while it writes.
class WatchHub::Stream : public grpc::ServerWriteReactor<v1::CampaignEvent> {
 public:
  Stream(WatchHub* hub, const v1::WatchCampaignRequest& request)
      : hub_(hub), name_(request.name()), after_(request.after_sequence()) {}

  const std::string& name() const { return name_; }
  int64_t after() const { return after_; }

  void OnWriteDone(bool ok) override {
    events_.pop_front();
    bool cancelled = !ok;
    bool stopping = false;
    {
      absl::MutexLock lock(&hub_->mutex_);
      cancelled = cancelled || cancelled_;
      stopping = hub_->stopping_;
      if (!cancelled && !stopping && events_.empty()) {
        hub_->Queue(this);
        return;
      }
    }
    if (cancelled) {
      Finish(grpc::Status::CANCELLED);
    } else if (stopping) {
      Finish(ToGrpcStatus(Stopping()));
    } else {
      StartWrite(&events_.front());
    }
  }

  void OnCancel() override {
    {
      absl::MutexLock lock(&hub_->mutex_);
      cancelled_ = true;
      const auto it = hub_->asleep_.find(name_);
      if (it == hub_->asleep_.end() || it->second.erase(this) == 0) {
        return;  // whoever holds it sees the flag
      }
      if (it->second.empty()) hub_->asleep_.erase(it);
    }
    Finish(grpc::Status::CANCELLED);
  }

  void OnDone() override { delete this; }

  void Send(std::vector<v1::CampaignEvent> events) {
    events_.assign(std::make_move_iterator(events.begin()),
                   std::make_move_iterator(events.end()));
    after_ = events_.back().sequence();
    StartWrite(&events_.front());
  }

  // Tells the analysis that the hub's mutex is this stream's.
  void AssertHubHeld() const ABSL_ASSERT_EXCLUSIVE_LOCK(hub_->mutex_) {
    hub_->mutex_.AssertHeld();
  }
  bool cancelled() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(hub_->mutex_) {
    return cancelled_;
  }

 private:
  WatchHub* const hub_;
  const std::string name_;
  int64_t after_;
  std::deque<v1::CampaignEvent> events_;
  bool cancelled_ ABSL_GUARDED_BY(hub_->mutex_) = false;
};

WatchHub::WatchHub(Store* store) : store_(store), thread_([this] { Run(); }) {}

WatchHub::~WatchHub() {
  {
    absl::MutexLock lock(&mutex_);
    joining_ = true;
  }
  thread_.join();
}

grpc::ServerWriteReactor<v1::CampaignEvent>* WatchHub::Watch(
    const v1::WatchCampaignRequest& request) {
  auto* stream = new Stream(this, request);
  if (const absl::Status status = CheckRequest(request); !status.ok()) {
    stream->Finish(ToGrpcStatus(status));
    return stream;
  }
  absl::MutexLock lock(&mutex_);
  Queue(stream);
  return stream;
}

void WatchHub::Queue(Stream* stream) { queued_.push_back(stream); }

void WatchHub::OnCommit(const std::vector<Mutation>& mutations) {
  std::set<std::string> touched;
  for (const Mutation& mutation : mutations) {
    if (const auto* put = std::get_if<PutCampaign>(&mutation)) {
      touched.insert(put->campaign.name());
    } else if (const auto* append = std::get_if<AppendEvent>(&mutation)) {
      touched.insert(append->event.campaign());
    } else if (const auto* remove = std::get_if<DeleteCampaign>(&mutation)) {
      touched.insert(remove->name);
    }
  }
  if (touched.empty()) return;
  absl::MutexLock lock(&mutex_);
  ++commits_;
  for (const std::string& name : touched) {
    const auto it = asleep_.find(name);
    if (it == asleep_.end()) continue;
    for (Stream* stream : it->second) Queue(stream);
    asleep_.erase(it);
  }
}

void WatchHub::Stop() {
  absl::MutexLock lock(&mutex_);
  stopping_ = true;
  for (const auto& [name, streams] : asleep_) {
    for (Stream* stream : streams) Queue(stream);
  }
  asleep_.clear();
}

void WatchHub::Run() {
  while (true) {
    Stream* stream = nullptr;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(
          +[](WatchHub* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) {
            return !self->queued_.empty() || self->joining_;
          },
          this));
      if (queued_.empty()) return;
      stream = queued_.front();
      queued_.pop_front();
    }
    ReadFor(stream);
  }
}

void WatchHub::ReadFor(Stream* stream) {
  int64_t commits = 0;
  {
    absl::ReleasableMutexLock lock(&mutex_);
    commits = commits_;
    stream->AssertHubHeld();
    if (stream->cancelled() || stopping_) {
      const grpc::Status status = stream->cancelled()
                                      ? grpc::Status::CANCELLED
                                      : ToGrpcStatus(Stopping());
      lock.Release();
      stream->Finish(status);
      return;
    }
  }
  // The campaign first: where it is over, the events read after it are all.
  const absl::StatusOr<v1::Campaign> campaign =
      store_->GetCampaign(stream->name());
  absl::StatusOr<std::vector<v1::CampaignEvent>> events =
      campaign.ok()
          ? store_->ListEvents(stream->name(),
                               {.after = stream->after(), .limit = kPage})
          : campaign.status();
  if (!events.ok()) {
    stream->Finish(ToGrpcStatus(events.status()));
    return;
  }
  if (!events->empty()) {
    stream->Send(*std::move(events));
    return;
  }
  if (IsOver(*campaign)) {
    stream->Finish(grpc::Status::OK);
    return;
  }
  bool cancelled = false;
  {
    absl::MutexLock lock(&mutex_);
    stream->AssertHubHeld();
    cancelled = stream->cancelled();
    if (!cancelled) {
      if (commits_ != commits || stopping_) {
        Queue(stream);
      } else {
        asleep_[stream->name()].insert(stream);
      }
    }
  }
  if (cancelled) stream->Finish(grpc::Status::CANCELLED);
}

}  // namespace isoshape

#include "coordinator/services/changes/watch_stream.h"

#include <deque>
#include <iterator>
#include <utility>
#include <vector>

#include "common/grpc_status.h"

namespace isoshape {
namespace {

// The hub's thread and gRPC's callbacks take turns at `events_`: from Send to
// More it is the callbacks'.
class WatchStream : public grpc::ServerWriteReactor<v1::CampaignEvent>,
                    public Watcher {
 public:
  WatchStream(WatchHub* hub, const v1::WatchCampaignRequest& request)
      : Watcher(request), hub_(hub) {}

  void OnWriteDone(bool ok) override {
    events_.pop_front();
    if (!ok) hub_->Cancel(this);
    if (events_.empty() || !hub_->Wanted(*this)) {
      hub_->More(this);
    } else {
      StartWrite(&events_.front());
    }
  }

  void OnCancel() override { hub_->Cancel(this); }

  void OnDone() override { delete this; }

 private:
  void Send(std::vector<v1::CampaignEvent> events) override {
    events_.assign(std::make_move_iterator(events.begin()),
                   std::make_move_iterator(events.end()));
    StartWrite(&events_.front());
  }

  void End(const absl::Status& status) override {
    Finish(ToGrpcStatus(status));
  }

  WatchHub* const hub_;
  std::deque<v1::CampaignEvent> events_;
};

}  // namespace

grpc::ServerWriteReactor<v1::CampaignEvent>* StartWatchStream(
    WatchHub* hub, const v1::WatchCampaignRequest& request) {
  auto* stream = new WatchStream(hub, request);
  if (const absl::Status status = hub->Watch(stream); !status.ok()) {
    stream->Finish(ToGrpcStatus(status));
  }
  return stream;
}

}  // namespace isoshape

#include "coordinator/services/changes/watch_stream.h"

#include <cstddef>
#include <utility>

#include "common/status/grpc_status.h"

namespace isoshape {
namespace {

// The hub's thread and gRPC's callbacks take turns at `events_`: from Send to
// More it is the callbacks'.
class WatchStream : public grpc::ServerWriteReactor<v1::CampaignEvent>,
                    public Watcher {
 public:
  WatchStream(WatchHub* hub, WatchPlaces::Place place,
              const v1::WatchCampaignRequest& request,
              std::function<absl::Status()> standing)
      : Watcher(request, std::move(standing)),
        place_(std::move(place)),
        hub_(hub) {}

  void OnWriteDone(bool ok) override {
    if (!ok) hub_->Cancel(this);
    if (++next_ == events_->size() || !hub_->Wanted(*this)) {
      events_.reset();
      hub_->More(this);
    } else {
      Write();
    }
  }

  void OnCancel() override { hub_->Cancel(this); }

  void OnDone() override { delete this; }

 private:
  void Send(SharedEvents events) override {
    events_ = std::move(events);
    next_ = 0;
    Write();
  }

  void Write() { StartWrite(&(*events_)[next_]); }

  void End(const absl::Status& status) override {
    Finish(ToGrpcStatus(status));
  }

  const WatchPlaces::Place place_;
  WatchHub* const hub_;
  SharedEvents events_;
  size_t next_ = 0;  // of these
};

}  // namespace

grpc::ServerWriteReactor<v1::CampaignEvent>* StartWatchStream(
    WatchHub* hub, absl::StatusOr<WatchPlaces::Place> place,
    const v1::WatchCampaignRequest& request,
    std::function<absl::Status()> standing) {
  absl::Status status = place.status();
  auto* stream = new WatchStream(hub, std::move(place).value_or(nullptr),
                                 request, std::move(standing));
  if (status.ok()) status = hub->Watch(stream);
  if (!status.ok()) {
    stream->Finish(ToGrpcStatus(status));
  }
  return stream;
}

}  // namespace isoshape

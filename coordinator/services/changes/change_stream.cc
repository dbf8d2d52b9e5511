#include "coordinator/services/changes/change_stream.h"

#include <memory>
#include <utility>

#include "common/status/grpc_status.h"

namespace isoshape {
namespace {

// The hub's thread and gRPC's callbacks take turns at `batch_`: from Send to
// More it is the callbacks'.
class ChangeStream : public grpc::ServerWriteReactor<v1::ChangeBatch>,
                     public ChangeWatcher {
 public:
  ChangeStream(ChangeHub* hub, WatchPlaces::Place place,
               const v1::WatchChangesRequest& request,
               std::function<absl::Status()> standing)
      : ChangeWatcher(request, std::move(standing)),
        place_(std::move(place)),
        hub_(hub) {}

  void OnWriteDone(bool ok) override {
    batch_.reset();
    if (!ok) hub_->Cancel(this);
    hub_->More(this);
  }

  void OnCancel() override { hub_->Cancel(this); }

  void OnDone() override { delete this; }

 private:
  void Send(std::shared_ptr<const SharedBatch> batch) override {
    batch_ = std::move(batch);
    StartWrite(&batch_->batch());
  }

  void End(const absl::Status& status) override {
    Finish(ToGrpcStatus(status));
  }

  const WatchPlaces::Place place_;
  ChangeHub* const hub_;
  std::shared_ptr<const SharedBatch> batch_;
};

}  // namespace

grpc::ServerWriteReactor<v1::ChangeBatch>* StartChangeStream(
    ChangeHub* hub, absl::StatusOr<WatchPlaces::Place> place,
    const v1::WatchChangesRequest& request,
    std::function<absl::Status()> standing) {
  const absl::Status status = place.status();
  auto* stream = new ChangeStream(hub, std::move(place).value_or(nullptr),
                                  request, std::move(standing));
  if (!status.ok()) {
    stream->Finish(ToGrpcStatus(status));
    return stream;
  }
  hub->WatchSoon(stream, [stream](const absl::Status& refused) {
    stream->Finish(ToGrpcStatus(refused));
  });
  return stream;
}

}  // namespace isoshape

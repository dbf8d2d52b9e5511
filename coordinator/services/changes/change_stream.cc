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
  ChangeStream(ChangeHub* hub, const v1::WatchChangesRequest& request,
               std::function<absl::Status()> standing)
      : ChangeWatcher(request, std::move(standing)), hub_(hub) {}

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

  ChangeHub* const hub_;
  std::shared_ptr<const SharedBatch> batch_;
};

}  // namespace

grpc::ServerWriteReactor<v1::ChangeBatch>* StartChangeStream(
    ChangeHub* hub, const v1::WatchChangesRequest& request,
    std::function<absl::Status()> standing) {
  auto* stream = new ChangeStream(hub, request, std::move(standing));
  hub->WatchSoon(stream, [stream](const absl::Status& status) {
    stream->Finish(ToGrpcStatus(status));
  });
  return stream;
}

}  // namespace isoshape

#include "bench/coordinator/watchers.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "common/net/channel.h"
#include "isoshape/v1/campaign_service.grpc.pb.h"

namespace isoshape {
namespace {

constexpr int kOfConnection = 20;

// One stream, until it is cancelled.
class Watcher : public grpc::ClientReadReactor<v1::CampaignEvent> {
 public:
  Watcher(v1::CampaignService::Stub& stub,
          const v1::WatchCampaignRequest& request, std::atomic<int64_t>& events,
          absl::BlockingCounter& ended)
      : request_(request), events_(events), ended_(ended) {
    context_.set_wait_for_ready(true);
    stub.async()->WatchCampaign(&context_, &request_, this);
    StartRead(&event_);
    StartCall();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    ++events_;
    StartRead(&event_);
  }
  void OnDone(const grpc::Status& /*status*/) override {
    ended_.DecrementCount();
  }
  void Cancel() { context_.TryCancel(); }

 private:
  const v1::WatchCampaignRequest request_;
  std::atomic<int64_t>& events_;
  absl::BlockingCounter& ended_;
  grpc::ClientContext context_;
  v1::CampaignEvent event_;
};

// The sequence of the newest event.
int64_t NewestOf(v1::CampaignService::Stub& stub) {
  grpc::ClientContext context;
  v1::WatchChangesRequest request;
  const auto reader = stub.WatchChanges(&context, request);
  v1::ChangeBatch batch;
  reader->Read(&batch);
  context.TryCancel();
  return batch.sequence();
}

}  // namespace

int64_t Watch(const std::string& server, const std::string& campaign,
              int watchers, bool from_first, double seconds) {
  std::vector<std::unique_ptr<v1::CampaignService::Stub>> stubs;
  for (int i = 0; i < std::max(1, watchers / kOfConnection); ++i) {
    stubs.push_back(v1::CampaignService::NewStub(MakeChannel(server)));
  }
  v1::WatchCampaignRequest request;
  request.set_name(campaign);
  if (!from_first) request.set_after_sequence(NewestOf(*stubs.front()));
  std::atomic<int64_t> events = 0;
  absl::BlockingCounter ended(watchers);
  std::vector<std::unique_ptr<Watcher>> all;
  for (int i = 0; i < watchers; ++i) {
    all.push_back(std::make_unique<Watcher>(
        *stubs[static_cast<size_t>(i) % stubs.size()], request, events, ended));
  }
  std::printf("watching\n");
  std::fflush(stdout);
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  const int64_t count = events;
  for (const auto& watcher : all) watcher->Cancel();
  ended.Wait();
  return count;
}

}  // namespace isoshape

#ifndef ISOSHAPE_COORDINATOR_SERVICES_WATCH_HUB_H_
#define ISOSHAPE_COORDINATOR_SERVICES_WATCH_HUB_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "storage/store.h"

namespace isoshape {

// Serves the streams of WatchCampaign. A stream reads events from the store a
// page at a time and sends them; when it has sent all there are it sleeps until
// a commit touches its campaign. A thread of the hub's own does the reading, so
// that neither the executor nor gRPC's threads wait for it, and a client that
// reads slowly holds up nobody.
//
// A stream is in one of four places: queued (to be read for), being read for,
// writing (gRPC will call back), or asleep. Thread-safe. Borrows the store.
class WatchHub {
 public:
  explicit WatchHub(Store* store);
  // Stop must have been called and every stream must be done.
  ~WatchHub();

  // Starts a stream; the returned reactor deletes itself.
  grpc::ServerWriteReactor<v1::CampaignEvent>* Watch(
      const v1::WatchCampaignRequest& request);

  // Wakes the streams of the campaigns that a commit touched.
  void OnCommit(const std::vector<Mutation>& mutations);

  // Ends every stream, and each new one, with UNAVAILABLE.
  void Stop();

 private:
  class Stream;

  void Run();
  void Queue(Stream* stream) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReadFor(Stream* stream) ABSL_LOCKS_EXCLUDED(mutex_);

  Store* const store_;
  absl::Mutex mutex_;
  std::deque<Stream*> queued_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::set<Stream*>> asleep_ ABSL_GUARDED_BY(mutex_);
  // Commits so far: tells a stream that read nothing whether it read too early.
  int64_t commits_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool joining_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_WATCH_HUB_H_

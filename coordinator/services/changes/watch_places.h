#ifndef ISOSHAPE_COORDINATOR_SERVICES_CHANGES_WATCH_PLACES_H_
#define ISOSHAPE_COORDINATOR_SERVICES_CHANGES_WATCH_PLACES_H_

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace isoshape {

// Bounds the streams of gRPC that watch, which last as long as their clients
// like and take some 17 kB each: a client may open 256 over each of any number
// of connections. Nobody can take all the room: each caller may have as many as
// there are places left, half of them if nobody else watches, as in ReadQueue.
// (Those over HTTP are connections of their own, which HttpLimits bounds.)
// Thread-safe. A place may outlive it.
//
//   absl::StatusOr<WatchPlaces::Place> place =
//       places.Take(callers.Origin(*context));
class WatchPlaces {
 public:
  using Place = std::shared_ptr<const void>;  // free again as it goes

  static constexpr size_t kPlaces = 8192;  // take some 140 MB

  explicit WatchPlaces(size_t places = kPlaces)
      : state_(std::make_shared<State>(places)) {}

  // RESOURCE_EXHAUSTED if there is none for the caller.
  absl::StatusOr<Place> Take(const std::string& who);

 private:
  struct State {
    explicit State(size_t places) : places(places) {}

    const size_t places;
    absl::Mutex mutex;
    size_t taken ABSL_GUARDED_BY(mutex) = 0;
    // By who has them; none without one.
    std::map<std::string, size_t> of ABSL_GUARDED_BY(mutex);
  };

  const std::shared_ptr<State> state_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_CHANGES_WATCH_PLACES_H_

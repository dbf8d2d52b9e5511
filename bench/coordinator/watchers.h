#ifndef ISOSHAPE_BENCH_COORDINATOR_WATCHERS_H_
#define ISOSHAPE_BENCH_COORDINATOR_WATCHERS_H_

#include <cstdint>
#include <string>

namespace isoshape {

// Watches a campaign so many times, on a connection for every 20 watchers, for
// so long; from its first event, or only what is new. Prints `watching` when
// all streams have begun. Returns the events that came to all of them together.
int64_t Watch(const std::string& server, const std::string& campaign,
              int watchers, bool from_first, double seconds);

}  // namespace isoshape

#endif  // ISOSHAPE_BENCH_COORDINATOR_WATCHERS_H_

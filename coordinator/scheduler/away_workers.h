#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_AWAY_WORKERS_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_AWAY_WORKERS_H_

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "isoshape/v1/worker.pb.h"

namespace isoshape {

// Which workers are forgotten without a word of an admin. One that has gone may
// come back and is kept, but whoever may register one may register any number,
// by names that nobody ever hears of again, and each stays in memory and on
// disk. So beyond so many, and beyond so many bytes of what all say of
// themselves, those that have been away longest go. Ten thousand may say 3 kB
// each.
inline constexpr size_t kMaxWorkers = 20'480;
inline constexpr size_t kMaxBytesOfWorkers = size_t{32} << 20;
// A look at all of them at each registration would take long for a fleet that
// is larger and not away.
inline constexpr size_t kLookEach = 256;

// Whether to look, before one more worker becomes known beside so many.
bool IsTimeToForget(size_t known);

// The names of those beyond the bounds, and an eighth of the bytes or kLookEach
// more, so that there is room for the next, that hold no trial, do not drain
// and `may_go`; at most 1,024, lest a commit takes long. First those
// of which nothing was heard after they registered, then those whose last
// contact is the oldest.
std::vector<std::string> LongestAway(
    const std::map<std::string, v1::Worker>& workers,
    absl::FunctionRef<bool(const v1::Worker& worker)> may_go);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_AWAY_WORKERS_H_

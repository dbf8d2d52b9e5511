#ifndef ISOSHAPE_WORKER_OPTIONS_DATA_FLAG_H_
#define ISOSHAPE_WORKER_OPTIONS_DATA_FLAG_H_

#include <string>

#include "absl/status/status.h"
#include "worker/options/options.h"

namespace isoshape {

// Takes one --data: NAME=PATH, PATH or `synthetic:`. INVALID_ARGUMENT, with the
// flag and the remedy, if the path is missing, empty, not readable or not
// UTF-8, or the name is given twice; and if a file of it is compressed or a
// table (data/archive_format.h), of a folder one of the first kMaxLooked,
// unless a trainer of one's own reads it `as_is`, which is noted.
inline constexpr int kMaxLooked = 10'000;
absl::Status AddData(const std::string& flag, bool as_is,
                     WorkerOptions& options);

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_OPTIONS_DATA_FLAG_H_

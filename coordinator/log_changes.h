#ifndef ISOSHAPE_COORDINATOR_LOG_CHANGES_H_
#define ISOSHAPE_COORDINATOR_LOG_CHANGES_H_

#include <vector>

#include "storage/store.h"

namespace isoshape {

// Writes to the log what people are told of a commit: events of campaigns,
// trials without a result, and workers that register or are forgotten; at level
// `debug` every change of a trial too.
void LogChanges(const std::vector<Mutation>& mutations);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_LOG_CHANGES_H_

#ifndef ISOSHAPE_COORDINATOR_LOG_CHANGES_H_
#define ISOSHAPE_COORDINATOR_LOG_CHANGES_H_

#include <vector>

#include "storage/store.h"

namespace isoshape {

// Writes to the log what people are told of a commit: events of campaigns,
// trials without a result, workers that register, drain or are forgotten, and
// what is deleted, each with who asked for it; at level `debug` every change of
// a trial too.
void LogChanges(const std::vector<Mutation>& mutations);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_LOG_CHANGES_H_

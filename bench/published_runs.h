#ifndef ISOSHAPE_BENCH_PUBLISHED_RUNS_H_
#define ISOSHAPE_BENCH_PUBLISHED_RUNS_H_

#include <optional>
#include <string>

#include "scaling/runs/run_file.h"
#include "scaling/runs/runs.h"

namespace isoshape {

// Runs of a published file in the folder that ISOSHAPE_PUBLISHED_DATA names;
// nothing if it is absent.
std::optional<Runs> PublishedRuns(const std::string& name,
                                  const RunFormat& format);

}  // namespace isoshape

#endif  // ISOSHAPE_BENCH_PUBLISHED_RUNS_H_

#ifndef ISOSHAPE_SCALING_RUNS_ROW_NAME_H_
#define ISOSHAPE_SCALING_RUNS_ROW_NAME_H_

#include <cstddef>
#include <string>

#include "scaling/runs/runs.h"

namespace isoshape {

// What a message calls a row, by the best of what is known to find it again:
// `line 12` of a file; else its trial with what was trained, `trial 7, 4x128 at
// 7.5e+11 FLOPs`; else its run; else what was trained, `run 4x128 at 7.5e+11
// FLOPs, seed 1`; else its number from 1, `run 12`.
std::string RowName(const Runs& runs, size_t row);

// What a message calls the run of a row, of which there are others: `trial 7`
// of a campaign, else `run NAME`. The runs are known.
std::string RunName(const Runs& runs, size_t row);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_RUNS_ROW_NAME_H_

#ifndef ISOSHAPE_SCALING_RUNS_FIT_KEY_H_
#define ISOSHAPE_SCALING_RUNS_FIT_KEY_H_

#include "scaling/runs/runs.h"
#include "scaling/statistics/resampling.h"
#include "scaling/statistics/shared_fits.h"

namespace isoshape {

// Adds all columns but `line`, which no fit reads.
void AddRuns(const Runs& runs, FitKey& key);

// Adds what is left out together, and some resamples spread over all, which
// tell the seed and the strata.
void AddResampling(const Resampling& resampling, FitKey& key);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_RUNS_FIT_KEY_H_

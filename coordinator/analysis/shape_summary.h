#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_SHAPE_SUMMARY_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_SHAPE_SUMMARY_H_

#include <vector>

#include "isoshape/v1/analysis_service.pb.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// The shapes of each budget with their mean over the seeds, by budget, then by
// loss; loss_above_best is set, rank is not. Counts MeasuredPoints: a branch of
// a trial is a result of its own budget, with the costs measured of the trial.
std::vector<v1::RankedShape> SummarizeShapes(
    const std::vector<v1::Trial>& trials);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_SHAPE_SUMMARY_H_

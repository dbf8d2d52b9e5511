#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_DESCRIBE_SHAPE_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_DESCRIBE_SHAPE_H_

#include "absl/status/statusor.h"
#include "isoshape/v1/analysis_service.pb.h"

namespace isoshape {

// Answers AnalysisService.DescribeShape: the arithmetic of a shape that is
// given, or of a published one by its name.
//
// INVALID_ARGUMENT if neither or both of shape and reference are given, the
// shape is impossible, or a number is out of range; NOT_FOUND if no reference
// has that name; FAILED_PRECONDITION if its shape is unpublished.
absl::StatusOr<v1::DescribeShapeResponse> DescribeShape(
    const v1::DescribeShapeRequest& request);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_DESCRIBE_SHAPE_H_

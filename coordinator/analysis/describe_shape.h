#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_DESCRIBE_SHAPE_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_DESCRIBE_SHAPE_H_

#include "absl/status/statusor.h"
#include "isoshape/v1/analysis_service.pb.h"

namespace isoshape {

// The arithmetic of one shape, given or named; analysis_service.proto.
//
// INVALID_ARGUMENT where neither or both of shape and reference are given, the
// shape is not one, or a number is out of range; NOT_FOUND where no reference
// has that name; FAILED_PRECONDITION where its shape is unpublished.
absl::StatusOr<v1::DescribeShapeResponse> DescribeShape(
    const v1::DescribeShapeRequest& request);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_DESCRIBE_SHAPE_H_

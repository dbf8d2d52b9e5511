#ifndef ISOSHAPE_MESSAGES_SHAPE_SHAPE_DESCRIPTION_H_
#define ISOSHAPE_MESSAGES_SHAPE_SHAPE_DESCRIPTION_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "shape/shape.h"

namespace isoshape {

// Describes a valid shape: parameters, training FLOPs per token by every
// convention, memory at `tokens_per_step` (bytes) and the tokens that each of
// `budgets` (FLOPs, exact convention) pays for. `source` is left empty.
v1::DescribeShapeResponse DescriptionOf(const Shape& shape,
                                        int64_t tokens_per_step,
                                        absl::Span<const double> budgets);

// The shape of a reference (`llama-7b`), and where it is published, with its
// published count. NOT_FOUND if there is none of that name, FAILED_PRECONDITION
// if its shape is unpublished.
absl::StatusOr<Shape> ShapeOfReference(const std::string& name,
                                       std::string& source);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_SHAPE_SHAPE_DESCRIPTION_H_

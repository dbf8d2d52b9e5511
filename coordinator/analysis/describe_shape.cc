#include "coordinator/analysis/describe_shape.h"

#include <cmath>
#include <string>

#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "messages/shape/shape_description.h"
#include "messages/shape/shape_proto.h"
#include "shape/default_step.h"
#include "shape/shape.h"

namespace isoshape {
namespace {

absl::StatusOr<Shape> ShapeOf(const v1::DescribeShapeRequest& request,
                              std::string& source) {
  if (request.has_shape() && !request.reference().empty()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("both a shape and the reference %s are given; give one",
                        OneLine(request.reference(), 200)));
  }
  if (!request.reference().empty()) {
    return ShapeOfReference(request.reference(), source);
  }
  if (!request.has_shape()) {
    return absl::InvalidArgumentError(
        "neither a shape nor the name of a reference is given; give one");
  }
  const Shape shape = FromProto(request.shape());
  if (const std::string problem = ShapeProblem(shape); !problem.empty()) {
    return absl::InvalidArgumentError(problem);
  }
  return shape;
}

absl::Status CheckNumbers(const v1::DescribeShapeRequest& request) {
  for (const double budget : request.budgets()) {
    if (!(std::isfinite(budget) && budget > 0)) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "budget %g is not a finite positive number of FLOPs", budget));
    }
  }
  if (request.tokens_per_step() < 0) {
    return absl::InvalidArgumentError(
        absl::StrFormat("tokens_per_step %d is negative; 0 stands for %d",
                        request.tokens_per_step(), kDefaultTokensPerStep));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::DescribeShapeResponse> DescribeShape(
    const v1::DescribeShapeRequest& request) {
  ISOSHAPE_RETURN_IF_ERROR(CheckNumbers(request));
  std::string source;
  ISOSHAPE_ASSIGN_OR_RETURN(const Shape shape, ShapeOf(request, source));
  v1::DescribeShapeResponse response =
      DescriptionOf(shape,
                    request.tokens_per_step() == 0 ? kDefaultTokensPerStep
                                                   : request.tokens_per_step(),
                    request.budgets());
  response.set_source(source);
  return response;
}

}  // namespace isoshape

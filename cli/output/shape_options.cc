#include "cli/output/shape_options.h"

#include "absl/strings/str_cat.h"
#include "messages/json/enum_name.h"

namespace isoshape {

std::string ShapeOptionsText(const v1::Shape& shape) {
  std::string text = absl::StrCat(EnumName(shape.norm()), " norm (",
                                  EnumName(shape.norm_placement()), "), ",
                                  EnumName(shape.positions()), " positions, ",
                                  EnumName(shape.activation()));
  if (shape.residual() == v1::RESIDUAL_NONE) text += ", no residual";
  if (shape.objective() == v1::OBJECTIVE_MASKED) text += ", masked objective";
  if (shape.qk_norm()) text += ", norm of queries and keys";
  if (shape.tied_embedding()) text += ", tied embedding";
  if (shape.bias()) text += ", biases";
  return text;
}

}  // namespace isoshape

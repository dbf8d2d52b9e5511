#ifndef ISOSHAPE_CLI_OUTPUT_SHAPE_OPTIONS_H_
#define ISOSHAPE_CLI_OUTPUT_SHAPE_OPTIONS_H_

#include <string>

#include "isoshape/v1/shape.pb.h"

namespace isoshape {

// `rms norm (pre), rope positions, swiglu`, and what is unlike the default.
std::string ShapeOptionsText(const v1::Shape& shape);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_OUTPUT_SHAPE_OPTIONS_H_

#ifndef ISOSHAPE_MESSAGES_SHAPE_SHAPE_PROTO_H_
#define ISOSHAPE_MESSAGES_SHAPE_SHAPE_PROTO_H_

#include "isoshape/v1/shape.pb.h"
#include "shape/shape.h"

namespace isoshape {

// The service's form of a shape and the one that is computed with. Zeros and
// unset enums are replaced by what they stand for (shape.proto); nothing is
// checked: see ShapeProblem.
Shape FromProto(const v1::Shape& proto);
v1::Shape ToProto(const Shape& shape);

// The shape's options alone, its sizes unset: a default to merge what is asked
// into. A bool that is false counts as not asked, in either.
v1::Shape OptionsToProto(const Shape& shape);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_SHAPE_SHAPE_PROTO_H_

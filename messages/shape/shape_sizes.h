#ifndef ISOSHAPE_MESSAGES_SHAPE_SHAPE_SIZES_H_
#define ISOSHAPE_MESSAGES_SHAPE_SHAPE_SIZES_H_

#include "absl/strings/string_view.h"
#include "isoshape/v1/shape.pb.h"

namespace isoshape {

// A shape has sizes (depth, width, heads, kv_heads and ffn_width), which every
// trial has of its own, and options, which are those of its campaign.
bool IsSize(absl::string_view field_of_shape);

// The sizes alone.
v1::Shape SizesOf(v1::Shape shape);
// The options alone.
v1::Shape WithoutSizes(v1::Shape shape);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_SHAPE_SHAPE_SIZES_H_

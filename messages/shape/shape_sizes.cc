#include "messages/shape/shape_sizes.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <array>
#include <utility>

namespace isoshape {
namespace {

constexpr std::array<absl::string_view, 5> kSizes = {"depth", "width", "heads",
                                                     "kv_heads", "ffn_width"};

// The fields of the shape that are sizes, or those that are not.
v1::Shape Only(bool sizes, v1::Shape shape) {
  const google::protobuf::Descriptor* type = v1::Shape::descriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    if (IsSize(type->field(i)->name()) == sizes) continue;
    v1::Shape::GetReflection()->ClearField(&shape, type->field(i));
  }
  return shape;
}

}  // namespace

bool IsSize(absl::string_view field_of_shape) {
  return std::find(kSizes.begin(), kSizes.end(), field_of_shape) !=
         kSizes.end();
}

v1::Shape SizesOf(v1::Shape shape) { return Only(true, std::move(shape)); }

v1::Shape WithoutSizes(v1::Shape shape) {
  return Only(false, std::move(shape));
}

}  // namespace isoshape

#ifndef ISOSHAPE_MESSAGES_CHECKS_FIELD_PLACE_H_
#define ISOSHAPE_MESSAGES_CHECKS_FIELD_PLACE_H_

#include <google/protobuf/descriptor.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace isoshape {

// Where a value stands in a message. Its text is made for errors alone: every
// request is looked through.
struct FieldPlace {
  const FieldPlace* parent = nullptr;
  const google::protobuf::FieldDescriptor* field = nullptr;
  int index = -1;  // of an entry of a list
};

// `shape_card.branches[2].steps`.
inline std::string PathOf(const FieldPlace& place) {
  std::string path =
      place.parent == nullptr ? "" : absl::StrCat(PathOf(*place.parent), ".");
  absl::StrAppend(&path, place.field->name());
  if (place.index >= 0) absl::StrAppend(&path, "[", place.index, "]");
  return path;
}

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_CHECKS_FIELD_PLACE_H_

#include "search/listed/listed_entry.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "search/listed/listed.h"

namespace isoshape {
namespace {

Shape SizesOf(const v1::Shape& proto) {
  Shape sizes;
  sizes.depth = proto.depth();
  sizes.width = proto.width();
  sizes.heads = proto.heads();
  sizes.kv_heads = proto.kv_heads();
  sizes.ffn_width = proto.ffn_width();
  return sizes;
}

}  // namespace

void FillListedDefaults(const v1::Campaign& /*campaign*/,
                        v1::Algorithm* algorithm) {
  algorithm->mutable_listed();
}

absl::Status CheckListed(const v1::Campaign& campaign) {
  const v1::ListedAlgorithm& listed = campaign.algorithm().listed();
  constexpr char kField[] = "algorithm.listed.shapes";
  if (listed.shapes().empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(kField, " is empty; give at least one, such as 4x128"));
  }
  for (int i = 0; i < listed.shapes_size(); ++i) {
    const v1::Shape& shape = listed.shapes(i);
    const std::string path = absl::StrCat(kField, "[", i, "]");
    ISOSHAPE_RETURN_IF_ERROR(
        CheckInteger(absl::StrCat(path, ".depth"), shape.depth(), 1, 1024));
    ISOSHAPE_RETURN_IF_ERROR(
        CheckInteger(absl::StrCat(path, ".width"), shape.width(), 1, 1 << 16));
    for (int j = 0; j < i; ++j) {
      if (SizesOf(listed.shapes(j)) != SizesOf(shape)) continue;
      return absl::InvalidArgumentError(
          absl::StrCat(path, " ", ShapeLabel(SizesOf(shape)),
                       " is in the list twice; remove one of them"));
    }
  }
  return absl::OkStatus();
}

int64_t ListedShapes(const v1::Algorithm& algorithm) {
  return algorithm.listed().shapes_size();
}

std::unique_ptr<SearchAlgorithm> MakeListed(const v1::Algorithm& algorithm) {
  std::vector<Shape> sizes;
  for (const v1::Shape& shape : algorithm.listed().shapes()) {
    sizes.push_back(SizesOf(shape));
  }
  return std::make_unique<ListedSearch>(std::move(sizes));
}

}  // namespace isoshape

#include "figures/parts/figure_kind.h"

#include "absl/strings/ascii.h"

namespace isoshape {

std::string FigureKindName(v1::Figure::Kind kind) {
  return absl::AsciiStrToLower(v1::Figure::Kind_Name(kind));
}

std::vector<std::string> FigureKindNames() {
  std::vector<std::string> names;
  for (int kind = v1::Figure::ISOFLOP; kind <= v1::Figure::Kind_MAX; ++kind) {
    if (v1::Figure::Kind_IsValid(kind)) {
      names.push_back(FigureKindName(static_cast<v1::Figure::Kind>(kind)));
    }
  }
  return names;
}

}  // namespace isoshape

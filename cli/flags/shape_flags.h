#ifndef ISOSHAPE_CLI_FLAGS_SHAPE_FLAGS_H_
#define ISOSHAPE_CLI_FLAGS_SHAPE_FLAGS_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "isoshape/v1/shape.pb.h"
#include "shape/search_space.h"
#include "shape/shape.h"

namespace isoshape {

// A shape given by flags of the command line.
struct ShapeFlags {
  v1::Shape shape;
  std::string preset;
  bool given = false;  // any of them
};

// Adds --depth, --width and the flags of every option of a shape to `command`;
// `flags` must outlive it.
void AddShapeFlags(CLI::App& command, ShapeFlags& flags);

// `4x128`: DEPTHxWIDTH, a usage error if it is not.
struct DepthAndWidth {
  int64_t depth = 0;
  int64_t width = 0;
};
absl::StatusOr<DepthAndWidth> ParseDepthAndWidth(const std::string& text);

// Adds the flags that shapes of any depth and width share: all of the above
// but --depth, --width, --heads and --ffn-width.
void AddShapeFamilyFlags(CLI::App& command, ShapeFlags& flags);

// The shapes of every depth and width that share what the flags say, without
// limits; errors as ShapeOfFlags.
absl::StatusOr<SearchSpace> SearchSpaceOfFlags(const ShapeFlags& flags);

// The shape that the flags describe, with the preset's options and the defaults
// filled in; a usage error if it is impossible.
absl::StatusOr<Shape> ShapeOfFlags(const ShapeFlags& flags);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_FLAGS_SHAPE_FLAGS_H_

#ifndef ISOSHAPE_SHAPE_REFERENCE_H_
#define ISOSHAPE_SHAPE_REFERENCE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shape/shape.h"

namespace isoshape {

// Parameters that a published model has beyond those of its Shape (negative
// if it lacks some).
struct ExtraParameters {
  std::string name;
  int64_t count = 0;
};

// A model that others trained, as far as its shape is public.
struct ReferenceShape {
  std::string name;  // `llama-7b`
  // Absent if the shape is unpublished.
  std::optional<Shape> shape;
  std::vector<ExtraParameters> extra;
  // The published count: exact, or the rounded figure of the paper. 0:
  // unpublished.
  int64_t published_parameters = 0;
  bool published_exactly = false;
  std::string source;
  // How the count of the shape compares, if that needs saying.
  std::string note;

  // Parameters of the shape with the extra ones; 0 if unpublished.
  int64_t parameters() const;
};

// GPT-2 (4 sizes), GPT-3 (8), BERT (2), LLaMA (4), Llama 2 (3), Llama 3 (3),
// Mistral 7B, and two families whose shapes are unpublished. Built once;
// thread-safe.
const std::vector<ReferenceShape>& ReferenceShapes();

// The entry of that name, or nullptr.
const ReferenceShape* FindReferenceShape(const std::string& name);

}  // namespace isoshape

#endif  // ISOSHAPE_SHAPE_REFERENCE_H_

#include "trainer/commands/folded_model.h"

#include <cmath>

#include "trainer/spec/recipe.h"

namespace isoshape {

FoldedModel::FoldedModel(const TrainedModel& model)
    : model_(model), layout_(LayOutParameters(model.spec.shape)) {}

double FoldedModel::Factor(const std::string& name, int64_t row) const {
  const Shape& shape = model_.spec.shape;
  const Recipe& recipe = model_.spec.recipe;
  if (name == "embedding" || name == "positions") {
    return recipe.input_multiplier;
  }
  const bool masked = shape.objective == Objective::kMasked;
  const std::string last_norm = masked ? "head_norm" : "final_norm";
  if (name == last_norm || name == last_norm + "_bias") {
    const double tied = shape.tied_embedding ? recipe.input_multiplier : 1;
    return LogitsMultiplier(shape, recipe) / tied;
  }
  const std::string part = name.substr(name.find('.') + 1);
  if (part == "qkv" || part == "qkv_bias") {
    const bool query = row < shape.heads * shape.head_dim;
    return query ? AttentionScale(shape, recipe) *
                       std::sqrt(static_cast<double>(shape.head_dim))
                 : 1;
  }
  const bool writes_to_stream = part == "out" || part == "out_bias" ||
                                part == "down" || part == "down_bias";
  return writes_to_stream ? BranchMultiplier(shape, recipe) : 1;
}

StoredTensor FoldedModel::Rows(const std::string& name, int64_t first,
                               int64_t count) const {
  const int64_t index = layout_.Find(name);
  if (index < 0) return {{count}, std::vector<float>(count, 0.0f)};
  const ParameterSlot& slot = layout_.parameters[static_cast<size_t>(index)];
  const int64_t columns = slot.count / slot.sizes[0];
  StoredTensor part{slot.sizes, {}};
  part.sizes[0] = count;
  part.values.reserve(static_cast<size_t>(count * columns));
  for (int64_t row = first; row < first + count; ++row) {
    const double factor = Factor(name, row);
    const float* from = model_.weights.data() + slot.offset + row * columns;
    for (int64_t column = 0; column < columns; ++column) {
      part.values.push_back(static_cast<float>(from[column] * factor));
    }
  }
  return part;
}

StoredTensor Transpose(const StoredTensor& matrix) {
  const int64_t rows = matrix.sizes[0];
  const int64_t columns = matrix.sizes[1];
  StoredTensor turned{{columns, rows}, {}};
  turned.values.reserve(matrix.values.size());
  for (int64_t column = 0; column < columns; ++column) {
    for (int64_t row = 0; row < rows; ++row) {
      turned.values.push_back(
          matrix.values[static_cast<size_t>(row * columns + column)]);
    }
  }
  return turned;
}

}  // namespace isoshape

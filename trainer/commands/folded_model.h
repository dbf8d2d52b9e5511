#ifndef ISOSHAPE_TRAINER_COMMANDS_FOLDED_MODEL_H_
#define ISOSHAPE_TRAINER_COMMANDS_FOLDED_MODEL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "trainer/files/safetensors.h"
#include "trainer/model/parameter_layout.h"
#include "trainer/run/checkpoint.h"

namespace isoshape {

// The weights of a model whose multipliers are all 1 and whose attention scale
// is 1 / sqrt(head_dim), with the logits of the one given. Expects a shape with
// norms and residuals. `model` must outlive it.
class FoldedModel {
 public:
  explicit FoldedModel(const TrainedModel& model);

  const Shape& shape() const { return model_.spec.shape; }
  // Rows [first, first + count) of the matrix of that name in ParameterLayout,
  // or elements of a vector; zeros [count] if the shape has no such tensor (a
  // bias).
  StoredTensor Rows(const std::string& name, int64_t first,
                    int64_t count) const;

 private:
  // The factor that the values of a row are multiplied by.
  double Factor(const std::string& name, int64_t row) const;

  const TrainedModel& model_;
  const ParameterLayout layout_;
};

// [rows, columns] to [columns, rows].
StoredTensor Transpose(const StoredTensor& matrix);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_COMMANDS_FOLDED_MODEL_H_

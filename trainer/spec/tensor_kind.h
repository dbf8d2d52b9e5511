#ifndef ISOSHAPE_TRAINER_SPEC_TENSOR_KIND_H_
#define ISOSHAPE_TRAINER_SPEC_TENSOR_KIND_H_

namespace isoshape {

// The part that a tensor plays in the recipe, which decides its initial scale
// and its rate.
enum class TensorKind {
  kEmbedding,       // token embedding and learned positions
  kHiddenMatrix,    // matrices inside the blocks
  kResidualMatrix,  // those that write to the residual stream
  kHiddenVector,    // norms and biases inside the blocks
  kFinalNorm,       // and other norms outside the blocks
  kUnembedding,
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_SPEC_TENSOR_KIND_H_

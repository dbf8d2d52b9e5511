#ifndef ISOSHAPE_SCALING_ALLOCATION_SHAPE_FAMILY_H_
#define ISOSHAPE_SCALING_ALLOCATION_SHAPE_FAMILY_H_

#include <cstdint>
#include <string>

#include "scaling/runs/runs.h"
#include "shape/search_space.h"

namespace isoshape {

// Figures of the shapes of a file of runs that nobody gave, taken from their
// depths, widths and parameters, each with a sentence that says so.
struct ShapeFamily {
  int64_t head_dim = 0;  // 0: the runs do not tell
  int64_t vocab = 0;     // 0: the runs do not tell
  std::string head_dim_note = {};
  std::string vocab_note = {};
};

// The size of a head: the largest of 128, 64, 32 and 16 that divides every
// width and leaves two heads at the smallest; absent if none does.
//
// The vocabulary: the one that makes the parameters of every run, within 2 %,
// those of its depth and width in `space`, whose other options hold; that of
// the space is not looked at. Absent if there is none, as for parameters
// without embeddings.
ShapeFamily InferFamily(const Runs& runs, const SearchSpace& space);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_ALLOCATION_SHAPE_FAMILY_H_

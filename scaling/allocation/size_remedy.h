#ifndef ISOSHAPE_SCALING_ALLOCATION_SIZE_REMEDY_H_
#define ISOSHAPE_SCALING_ALLOCATION_SIZE_REMEDY_H_

#include <cstdint>
#include <optional>
#include <string>

#include "scaling/runs/runs.h"
#include "shape/search_space.h"

namespace isoshape {

// The smallest or the largest size that was tried at a compute.
struct SizeTried {
  double flops = 0;
  double size = 0;  // N in `measure`; 0: of runs whose shapes are not known
  SizeMeasure measure = SizeMeasure::kParams;
};

// Which of its bounds keep the shapes of `space` from being smaller (or larger)
// than the size tried, and how to have others, in a clause; empty if it has
// such shapes.
std::string NoSizeBeyond(const SearchSpace& space, int64_t tokens_per_step,
                         const SizeTried& tried, bool smaller);

// What to do if the best size is smaller (or larger) than every size tried:
// `add smaller runs`, or what NoSizeBeyond says. Without a space runs of any
// size can be added.
std::string SizeRemedy(const std::optional<SearchSpace>& space,
                       int64_t tokens_per_step, const SizeTried& tried,
                       bool smaller);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_ALLOCATION_SIZE_REMEDY_H_

#ifndef ISOSHAPE_SCALING_ALLOCATION_SIZE_BEYOND_H_
#define ISOSHAPE_SCALING_ALLOCATION_SIZE_BEYOND_H_

#include <cstdint>
#include <string>

#include "scaling/runs/size_remedy.h"
#include "shape/search_space.h"

namespace isoshape {

// Which of its bounds keep the shapes of `space` from being smaller (or larger)
// than the size tried, and how to have others, in a clause; empty if it has
// such shapes.
std::string NoSizeBeyond(const SearchSpace& space, int64_t tokens_per_step,
                         const SizeTried& tried, bool smaller);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_ALLOCATION_SIZE_BEYOND_H_

#ifndef ISOSHAPE_SEARCH_RANDOM_RANDOM_H_
#define ISOSHAPE_SEARCH_RANDOM_RANDOM_H_

#include "search/spread/spread_search.h"

namespace isoshape {

// Independent points over (log size, log aspect ratio), others at each budget:
// what Bergstra and Bengio 2012 compare searches with.
class RandomSearch : public SpreadSearch {
 public:
  explicit RandomSearch(const SpreadOptions& options)
      : SpreadSearch(options, "random", RandomPoint, Streams::kByFlops) {}
};

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_RANDOM_RANDOM_H_

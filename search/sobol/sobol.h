#ifndef ISOSHAPE_SEARCH_SOBOL_SOBOL_H_
#define ISOSHAPE_SEARCH_SOBOL_SOBOL_H_

#include "search/spread/sobol_points.h"
#include "search/spread/spread_search.h"

namespace isoshape {

// Scrambled Sobol points over (log size, log aspect ratio), another scrambling
// for each budget, by its number: campaigns of earlier versions go on by it.
class SobolSearch : public SpreadSearch {
 public:
  explicit SobolSearch(const SpreadOptions& options)
      : SpreadSearch(options, "Sobol", ScrambledSobolPoint,
                     Streams::kByNumber) {}
};

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_SOBOL_SOBOL_H_

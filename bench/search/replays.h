#ifndef ISOSHAPE_BENCH_SEARCH_REPLAYS_H_
#define ISOSHAPE_BENCH_SEARCH_REPLAYS_H_

#include <string>
#include <vector>

namespace isoshape {

// What `optimum` needed on the runs of others: of each lane, which is without a
// fifth of the rows, the share of the pool's FLOPs until the measured regret
// stayed within the tolerance; infinite: not within the share that was looked
// at.
struct ReplayResult {
  std::string name;
  bool of_porian = false;
  std::vector<double> share;
};

// Of Porian et al. 2024, three sweeps whose largest budget is the truth, and of
// Gemstones (McLeish et al. 2025) at four targets. Those whose file
// ISOSHAPE_PUBLISHED_DATA does not have are left out.
std::vector<ReplayResult> ReplayPublished(int lanes);

}  // namespace isoshape

#endif  // ISOSHAPE_BENCH_SEARCH_REPLAYS_H_

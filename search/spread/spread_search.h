#ifndef ISOSHAPE_SEARCH_SPREAD_SPREAD_SEARCH_H_
#define ISOSHAPE_SEARCH_SPREAD_SPREAD_SEARCH_H_

#include <string>
#include <utility>
#include <vector>

#include "search/interface.h"
#include "search/spread/draw.h"

namespace isoshape {

// Trains the shapes nearest to the points of a sequence, each budget with
// points of its own about a centre that grows with the square root of the
// budget. Proposes everything at once and looks at no loss. A budget gets fewer
// trials if it has too few distinct shapes. Thread-safe.
class SpreadSearch : public SearchAlgorithm {
 public:
  // How budgets get points of their own.
  enum class Streams {
    kByNumber,  // by their place among the others
    kByFlops,   // StreamOf
  };

  // `name` is what people read: `Sobol`, `random`.
  SpreadSearch(const SpreadOptions& options, std::string name,
               PointSource source, Streams streams)
      : options_(options),
        name_(std::move(name)),
        source_(source),
        streams_(streams) {}

  absl::StatusOr<Proposals> Propose(
      const SearchProblem& problem,
      const std::vector<PastTrial>& history) const override;

 private:
  const SpreadOptions options_;
  const std::string name_;
  const PointSource source_;
  const Streams streams_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_SPREAD_SPREAD_SEARCH_H_

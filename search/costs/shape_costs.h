#ifndef ISOSHAPE_SEARCH_COSTS_SHAPE_COSTS_H_
#define ISOSHAPE_SEARCH_COSTS_SHAPE_COSTS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "scaling/allocation/decode_latency.h"
#include "search/costs/log_linear.h"
#include "search/interface.h"

namespace isoshape {

// A cost of a shape that is weighed against its loss; ShapeCost of shape.proto.
enum class CostOfShape {
  kDecodeSeconds,
  kPeakMemoryBytes,
  kParameters,
  kStepSeconds,
};

// What a cost is called, with its unit: `decode seconds`.
const char* NameOf(CostOfShape cost);

// ln of a cost of the shapes of a problem: as it was measured of a shape, or
// else a product of powers of what the cost follows from by arithmetic and of
// the aspect ratio, fitted to the cards that have it. By arithmetic, memory is
// that of shape/accounting.h, a step its FLOPs, and a decoded token the law of
// scaling/allocation/decode_latency.h, or the numbers that it reads until there
// are three different shapes. Parameters are known exactly. If no card has the
// cost, shapes can still be compared, but not with a limit. Follows from the
// history, whatever its order. Refers to the problem, which must outlive it.
class ShapeCosts {
 public:
  using Estimate = LogLinear::Estimate;

  ShapeCosts(CostOfShape cost, const SearchProblem& problem,
             const std::vector<PastTrial>& history);

  CostOfShape cost() const { return cost_; }
  // Shapes of which it was measured; none is needed of kParameters.
  size_t measured() const { return measured_.size(); }
  // Whether its level is known, and so whether it can be held against a limit.
  bool has_level() const {
    return cost_ == CostOfShape::kParameters || !measured_.empty();
  }

  // Of a shape of the problem at the budget of that number.
  Estimate At(const Shape& shape, size_t budget) const;

 private:
  using Key = std::tuple<int64_t, int64_t, int64_t, int64_t>;
  Key KeyOf(const Shape& shape, int64_t tokens_per_step) const;
  LogLinear::Figures FiguresOf(const Shape& shape,
                               int64_t tokens_per_step) const;
  LogLinear::Prior Prior() const;

  const CostOfShape cost_;
  const SearchProblem& problem_;
  std::optional<DecodeLatency> latency_;
  std::map<Key, double> measured_;  // ln of the mean of a shape's trials
  std::optional<LogLinear> model_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_COSTS_SHAPE_COSTS_H_

#ifndef ISOSHAPE_SEARCH_TRIAL_INDEX_H_
#define ISOSHAPE_SEARCH_TRIAL_INDEX_H_

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "search/interface.h"

namespace isoshape {

// How the trials of all seeds of one shape at one budget ended.
struct ShapeOutcome {
  int waiting = 0;  // seeds that are in the history and have not ended
  int missing = 0;  // seeds that are not in the history
  int losses = 0;   // seeds with a loss
  // Mean over the seeds with a loss; infinite if none has one and one
  // diverged; absent if nothing is known, as all failed or none has ended.
  std::optional<double> loss = {};
  bool excluded = false;  // a user left the result of a seed out
  bool failed = false;    // a seed ended otherwise without a result

  bool ended() const { return waiting == 0 && missing == 0; }
};

// The trials of a history by budget and shape. Seeds at or above the problem's
// count and budgets that are not the problem's are left out. Immutable;
// refers to problem and history, which must outlive it.
class TrialIndex {
 public:
  TrialIndex(const SearchProblem& problem,
             const std::vector<PastTrial>& history);

  ShapeOutcome Outcome(size_t budget, const Shape& shape) const;

  // Appends a trial for each seed of `shape` that is not in the history.
  void AppendMissing(size_t budget, const Shape& shape,
                     const std::string& reason,
                     std::vector<Proposal>* trials) const;

 private:
  using Key = std::tuple<size_t, int64_t, int64_t, int64_t>;
  static Key KeyOf(size_t budget, const Shape& shape);
  // The trial of each seed, nullptr if there is none.
  using SeedTrials = absl::InlinedVector<const PastTrial*, 4>;
  SeedTrials Seeds(size_t budget, const Shape& shape) const;

  const SearchProblem& problem_;
  // Of shapes that differ in their options as well: a user may have added some.
  absl::flat_hash_map<Key, absl::InlinedVector<const PastTrial*, 1>> trials_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_TRIAL_INDEX_H_

#ifndef ISOSHAPE_SEARCH_INTERFACE_H_
#define ISOSHAPE_SEARCH_INTERFACE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "shape/search_space.h"
#include "shape/shape.h"

namespace isoshape {

// A result of an earlier campaign, from which a search may begin.
struct PriorRun {
  int campaign = 0;  // which of the earlier ones: their losses do not compare
  double flops = 0;
  double size = 0;                          // FLOPs per token / 6
  std::optional<double> aspect_ratio = {};  // width / depth, if it is known
  double validation_loss = 0;               // nats per token
};

// The question that a search answers: it stays the same over a campaign. Its
// options are filled in (registry.h).
struct SearchProblem {
  SearchSpace space;
  std::vector<double> budgets;  // FLOPs, ascending
  // Tokens of one step at each budget; equal for all shapes of a budget.
  std::vector<int64_t> tokens_per_step;
  int seeds = 1;  // seeds 0 .. seeds - 1 of every (shape, budget)
  // The compute that is asked about, FLOPs; 0: none.
  double target_flops = 0;
  // FLOPs that all trials may take; 0: no limit. The caller keeps it; a search
  // may say what it would take instead.
  double total_flops = 0;
  // In any order; what they are worth is an option of the search.
  std::vector<PriorRun> priors = {};
};

// What the shape card of a trial says of the costs of its shape, as far as it
// was measured.
struct MeasuredCosts {
  std::optional<double> decode_seconds = {};  // of a token at batch 1
  std::optional<double> peak_memory_bytes = {};
  std::optional<double> step_seconds = {};
};

// A trial of the campaign, as far as a search needs to know it.
struct PastTrial {
  enum class State {
    kPending,
    kRunning,
    kSucceeded,
    kDiverged,  // its shape and recipe do not train: worse than any loss
    kFailed,    // it ended otherwise, and nothing is known of its loss
  };
  // Why one is kFailed.
  enum class Failure {
    kUnknown,      // nobody said, or it did not fail
    kOutOfMemory,  // its shape does not fit, whatever the machine
    kLost,         // its machines were lost: nothing of its shape
    kInvalid,      // no trainer knows such a shape or recipe
    kTimeout,
    kStopped,   // by an order, or with its campaign
    kExcluded,  // it has a result, which a user left out
  };
  Shape shape;
  double budget_flops = 0;
  int64_t seed = 0;
  State state = State::kPending;
  // Set for kSucceeded only: the held-out loss in nats per token, its standard
  // error and the FLOPs that the run spent, if they are known.
  double validation_loss = 0;
  std::optional<double> loss_stderr = {};
  std::optional<double> flops = {};
  // When it ended, in any unit: larger is later. 0 if it has not.
  int64_t ended = 0;
  Failure failure = Failure::kUnknown;
  // Wall time of its training, if that is known.
  std::optional<double> seconds = {};
  MeasuredCosts costs = {};

  // A user left its result out: kFailed, though it did not fail.
  bool excluded() const { return failure == Failure::kExcluded; }
  // True if what is like it is likely to end without a loss too.
  bool speaks_against_shape() const {
    return state == State::kDiverged ||
           (state == State::kFailed && failure != Failure::kExcluded &&
            failure != Failure::kStopped);
  }

  static bool Waits(State state) {
    return state == State::kPending || state == State::kRunning;
  }
  // True if it has not ended.
  bool waits() const { return Waits(state); }
};

// One trial to run.
struct Proposal {
  Shape shape;
  double budget_flops = 0;
  int64_t seed = 0;
  std::string reason;  // one sentence, shown to people
};

// The answer of a search.
struct Proposals {
  std::vector<Proposal> trials;  // none that is in the history already
  // True if nothing will ever be proposed again.
  bool done = false;
  std::string note;  // what it waits for, or why it is done
  // FLOPs of those that it expects to propose after these, if it can tell by
  // what it has seen.
  std::optional<double> later_flops = {};
};

// Proposes trials. Implementations are immutable after construction, keep no
// state of their own (everything follows from the problem and the history, so
// a restart changes nothing), and are deterministic. Thread-safe.
class SearchAlgorithm {
 public:
  virtual ~SearchAlgorithm() = default;

  // Returns the trials to run next given all trials so far, in any order.
  // Called at creation and after each trial that ends; calling again with the
  // proposals added to the history as pending returns no duplicates.
  // FAILED_PRECONDITION if the history is empty and no shape is feasible,
  // with the reason and the remedy.
  virtual absl::StatusOr<Proposals> Propose(
      const SearchProblem& problem,
      const std::vector<PastTrial>& history) const = 0;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_INTERFACE_H_

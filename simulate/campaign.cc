#include "simulate/campaign.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "scaling/statistics/normal.h"

namespace isoshape {
namespace {

using State = PastTrial::State;

// The campaign while it runs.
class Run {
 public:
  Run(const SearchAlgorithm& search, const SearchProblem& problem,
      const SimulationOptions& options)
      : search_(search),
        problem_(problem),
        options_(options),
        speed_(options.seed) {}

  absl::StatusOr<Simulation> Go() {
    ISOSHAPE_RETURN_IF_ERROR(Ask());
    while (true) {
      Start();
      if (ends_.empty()) break;
      if (!End()) return std::move(result_);
      ISOSHAPE_RETURN_IF_ERROR(Ask());
    }
    result_.done = result_.last.done && waiting_ == result_.trials.size();
    if (!result_.done && !limited_) {
      return absl::InternalError(absl::StrCat(
          "the search waits for nothing and is not done: ", result_.last.note));
    }
    return std::move(result_);
  }

 private:
  absl::Status Ask() {
    ISOSHAPE_ASSIGN_OR_RETURN(result_.last,
                              search_.Propose(problem_, result_.trials));
    for (const Proposal& one : result_.last.trials) {
      result_.trials.push_back({one.shape, one.budget_flops, one.seed});
    }
    return absl::OkStatus();
  }

  // Gives what waits to the workers that are free.
  void Start() {
    while (static_cast<int>(ends_.size()) < options_.workers &&
           waiting_ < result_.trials.size()) {
      PastTrial& trial = result_.trials[waiting_];
      if (options_.max_flops > 0 &&
          result_.flops + trial.budget_flops > options_.max_flops) {
        limited_ = true;
        return;
      }
      constexpr double kScatter = 0.2;
      trial.state = State::kRunning;
      result_.flops += trial.budget_flops;
      ends_.emplace_back(
          result_.hours + trial.budget_flops * std::exp(kScatter * speed_()),
          waiting_++);
    }
  }

  // The first to end does.
  bool End() {
    const auto first = std::min_element(ends_.begin(), ends_.end());
    result_.hours = first->first;
    PastTrial& trial = result_.trials[first->second];
    ends_.erase(first);
    trial.state = State::kFailed;
    trial.ended = ++ended_;
    if (options_.train) options_.train(trial);
    return !options_.on_end || options_.on_end(result_.trials, result_.flops);
  }

  const SearchAlgorithm& search_;
  const SearchProblem& problem_;
  const SimulationOptions& options_;
  Normal speed_;
  Simulation result_;
  size_t waiting_ = 0;  // the first trial that was not started
  std::vector<std::pair<double, size_t>> ends_;  // when, and of which trial
  int64_t ended_ = 0;
  bool limited_ = false;
};

}  // namespace

absl::StatusOr<Simulation> Simulate(const SearchAlgorithm& search,
                                    const SearchProblem& problem,
                                    const SimulationOptions& options) {
  return Run(search, problem, options).Go();
}

}  // namespace isoshape

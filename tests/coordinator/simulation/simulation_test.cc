// The scheduler and the store through whole campaigns, on simulated time and
// disk, with every delay, loss and death drawn from a seed:
// docs/reliability.md.
//
// ISOSHAPE_SIMULATIONS: how many seeds (200); ISOSHAPE_SIMULATION_SEED: the
// first (1). A seed that fails prints its history, and gives it again.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "messages/trial/lifecycle.h"
#include "tests/coordinator/simulation/simulated_clients.h"
#include "tests/coordinator/simulation/simulated_coordinator.h"
#include "tests/coordinator/simulation/timeline.h"
#include "tests/coordinator/simulation/witness.h"

namespace isoshape {
namespace {

// With faults, and then without, until all is done.
constexpr absl::Duration kFaulty = absl::Minutes(6);
constexpr absl::Duration kPatience = absl::Hours(6);

// How much was shown by some seeds.
struct Shown {
  int64_t deaths = 0;
  int64_t failures = 0;
  int64_t disk_stalls = 0;
  int64_t stops = 0;
  int64_t seeds_with_logs = 0;  // left by a stop
  int64_t completed = 0;
  int64_t refused = 0;
  int64_t replays = 0;
};

class World {
 public:
  explicit World(uint64_t seed)
      : timeline_(seed),
        witness_(&timeline_),
        coordinator_(&timeline_, &witness_),
        network_(&timeline_, &coordinator_),
        operator_(&timeline_, &network_, &witness_) {
    for (const char* name : {"a", "b", "c"}) {
      workers_.push_back(std::make_unique<SimulatedWorker>(
          name, &timeline_, &network_, &witness_));
    }
    SetClock();
  }

  void Run(Shown* shown) {
    timeline_.Run(kFaulty, [] { return false; });
    timeline_.Note("nothing fails any more");
    coordinator_.EndFaults();
    network_.EndFaults();
    operator_.Finish();
    for (const auto& worker : workers_) worker->EndFaults();
    timeline_.Run(kPatience, [this] { return AllIsOver(); });
    if (!AllIsOver()) {
      std::string left = "the campaigns do not end:";
      if (const Scheduler* const scheduler = coordinator_.scheduler()) {
        for (const auto& [name, state] : scheduler->campaigns()) {
          if (IsOver(state.campaign)) continue;
          absl::StrAppend(&left, " ", state.campaign.ShortDebugString());
        }
      }
      timeline_.Fail(left);
    }
    if (timeline_.failure().empty()) {
      witness_.CheckEnd(*coordinator_.store(), *coordinator_.scheduler());
    }
    shown->deaths += coordinator_.deaths();
    shown->failures += coordinator_.failures();
    shown->disk_stalls += coordinator_.disk_stalls();
    shown->stops += coordinator_.stops();
    if (coordinator_.stops_with_logs() > 0) ++shown->seeds_with_logs;
    shown->completed += witness_.completed();
    shown->refused += witness_.refused();
    shown->replays += witness_.replays();
  }
  const Timeline& timeline() const { return timeline_; }

 private:
  // Somebody sets the time of day, by up to two days; a quarter of the time by
  // less than an hour, which is the longest pause of a worker.
  void SetClock() {
    timeline_.After(timeline_.Between(10, 300), [this] {
      const double part = absl::ToDoubleSeconds(timeline_.Between(-1, 1));
      const absl::Duration by = part * part * part * absl::Hours(48);
      timeline_.Note(
          absl::StrCat("the clock is set by ", absl::FormatDuration(by)));
      timeline_.clock().Set(timeline_.clock().Now() + by);
      SetClock();
    });
  }
  bool AllIsOver() {
    const Scheduler* const scheduler = coordinator_.scheduler();
    // Of what it has not told yet the witness knows nothing.
    return scheduler != nullptr && !coordinator_.busy() &&
           std::all_of(scheduler->campaigns().begin(),
                       scheduler->campaigns().end(), [](const auto& entry) {
                         return IsOver(entry.second.campaign) &&
                                entry.second.campaign.trial_counts().leased() ==
                                    0;
                       });
  }

  Timeline timeline_;
  Witness witness_;
  SimulatedCoordinator coordinator_;
  Network network_;
  SimulatedOperator operator_;
  std::vector<std::unique_ptr<SimulatedWorker>> workers_;
};

int64_t FromEnvironment(const char* name, int64_t value) {
  const char* const text = std::getenv(name);
  if (text != nullptr && !absl::SimpleAtoi(text, &value)) {
    ADD_FAILURE() << name << " is '" << text << "' and no number";
  }
  return value;
}

// A part of the seeds, so that they may run at a time.
class Simulation : public testing::TestWithParam<int64_t> {};
constexpr int64_t kParts = 4;

TEST_P(Simulation, NothingThatWasAcknowledgedIsLostAndNothingIsDoneTwice) {
  const int64_t first = FromEnvironment("ISOSHAPE_SIMULATION_SEED", 1);
  const int64_t all = FromEnvironment("ISOSHAPE_SIMULATIONS", 200);
  const int64_t begin = first + all * GetParam() / kParts;
  const int64_t end = first + all * (GetParam() + 1) / kParts;
  Shown shown;
  for (int64_t seed = begin; seed < end; ++seed) {
    World world(static_cast<uint64_t>(seed));
    world.Run(&shown);
    if (world.timeline().failure().empty()) continue;
    for (const std::string& line : world.timeline().history()) {
      std::cerr << line << '\n';
    }
    FAIL() << "seed " << seed << ": " << world.timeline().failure()
           << "; again: ISOSHAPE_SIMULATIONS=1 ISOSHAPE_SIMULATION_SEED="
           << seed;
  }
  const int64_t count = end - begin;
  std::cout << count << " seeds: " << shown.completed << " results, "
            << shown.deaths << " deaths of the coordinator, " << shown.failures
            << " failures and " << shown.disk_stalls << " stalls of its disk, "
            << shown.stops << " stops, which left the logs in "
            << shown.seeds_with_logs << " of the seeds, " << shown.refused
            << " stale calls refused, " << shown.replays
            << " calls answered again\n";
  if (count < 20) return;
  // Else nothing was shown.
  EXPECT_GT(shown.completed, 5 * count);
  EXPECT_GT(shown.deaths, count);
  EXPECT_GT(shown.failures, count);
  EXPECT_GT(shown.disk_stalls, count / 10);
  EXPECT_GT(shown.stops, count / 2);
  // One in four does so, and of fewer there may be none. A part has 50.
  if (count >= 50) {
    EXPECT_GT(shown.seeds_with_logs, count / 50);
  }
  EXPECT_GT(shown.refused, 2 * count);
  EXPECT_GT(shown.replays, count);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Simulation, testing::Range<int64_t>(0, kParts));

}  // namespace
}  // namespace isoshape

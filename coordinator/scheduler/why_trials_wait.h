#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_WHY_TRIALS_WAIT_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_WHY_TRIALS_WAIT_H_

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "coordinator/scheduler/eligibility.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"
#include "isoshape/v1/worker.pb.h"

namespace isoshape {

// Why trials of a campaign wait, one line for people: of each variant, if no
// connected worker may be given a trial of it. While others of the campaign
// run, only what no time mends is told: data, precision, branches, memory. With
// what can be done about it, if a command can.
//
//   4 trials wait: no connected worker has data 'code' (w1: text); start one
//   with 'isoshape worker --data code=PATH'
//   1 trial waits for worker w9, which is not connected; start it with …
//
// The workers, of which there may be tens of thousands, are shown to it one by
// one, and none is kept. Borrows the campaign and its trials. Not thread-safe.
//
//   WaitingTrials waiting(campaign, pending, now);
//   for (const v1::Worker& worker : connected) {
//     if (waiting.IsKnown()) break;
//     waiting.Add(worker);
//   }
//   campaign.set_waiting(waiting.Why());
class WaitingTrials {
 public:
  WaitingTrials(const v1::Campaign& campaign,
                const std::vector<v1::Trial>& pending, absl::Time now);
  WaitingTrials(const WaitingTrials&) = delete;
  WaitingTrials& operator=(const WaitingTrials&) = delete;

  // The next connected worker, in the order of their names.
  void Add(const v1::Worker& worker);
  // Whether no other worker changes the answer.
  bool IsKnown() const { return unknown_ == 0; }
  std::string Why() const;

 private:
  using Trials = std::vector<const v1::Trial*>;
  // Workers that have the same obstacle to the trial that they are nearest to.
  struct Obstructed {
    size_t workers = 0;
    std::vector<std::string> named;      // a few, in words
    const v1::Trial* example = nullptr;  // the trial, of the first
  };
  // Trials that are alike to workers: of a variant, or for one worker alone.
  struct Group {
    Trials trials;
    std::vector<v1::Trial> least_of_each_kind;
    bool is_known = false;  // whatever other workers come
    bool can_run = false;   // a worker may be given one
    // The last of the enumeration first.
    std::map<Obstacle, Obstructed, std::greater<>> found;
  };
  using Groups = std::map<std::string, Group>;

  void Show(const v1::Worker& worker, Group& group) const;
  void Know(Group& group);
  std::string ReasonOf(const Group& group) const;
  std::string WhyAnyWait() const;
  std::string WhyReservedWait(const std::string& reserved,
                              const Group& group) const;
  // Whether what keeps them all is told only if none of the campaign runs.
  bool IsOver(const Group& group) const;

  const v1::Campaign& campaign_;
  const absl::Time now_;
  const size_t trials_;
  const bool others_run_;
  const bool is_paused_;
  bool any_connected_ = false;
  Trials for_any_;   // worker
  Groups variants_;  // of these
  Groups reserved_;  // by the worker that they are for alone
  Groups::iterator next_reserved_;
  size_t unknown_ = 0;  // groups
};

// Of workers that are in memory, by name.
std::string WhyTrialsWait(const v1::Campaign& campaign,
                          const std::vector<v1::Trial>& pending,
                          const std::vector<v1::Worker>& online,
                          absl::Time now);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_WHY_TRIALS_WAIT_H_

#ifndef ISOSHAPE_TESTS_COORDINATOR_SIMULATION_SIMULATED_COORDINATOR_H_
#define ISOSHAPE_TESTS_COORDINATOR_SIMULATION_SIMULATED_COORDINATOR_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "coordinator/scheduler/scheduler.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/coordinator/simulation/simulated_disk.h"
#include "tests/coordinator/simulation/timeline.h"
#include "tests/coordinator/simulation/witness.h"
#include "tests/temp_folder.h"

namespace isoshape {

// What a verb answered to a call, and whom to tell of it.
struct Outcome {
  absl::Status status;
  std::function<void()> committed;  // the witness
  std::function<void()> delivered;  // the client
};

// One call of a client, however often it is sent.
struct Call {
  std::string name;    // in the history
  std::string method;  // of kept answers
  std::string request_id;
  std::function<Outcome(Scheduler&)> apply;
  // Tells the witness that it was committed, though nobody was answered.
  std::function<void(const std::string& kept_answer)> found;
  bool committed = false;  // the witness knows
  bool over = false;       // answered, or nobody waits for it any more
};

// The process of the coordinator: the store on a simulated disk, the scheduler,
// and what the executor does with both (coordinator/scheduler/executor.h), but
// without threads: groups are staged, and finished together with others or
// alone, at once or later. It dies between any two steps, stalls, is stopped,
// and begins anew.
class SimulatedCoordinator {
 public:
  // How often what goes wrong, of commits.
  struct Faults {
    double death = 0.02;
    double failure = 0.03;
    double stall = 0.01;
    double wait = 0.02;         // calls waited for long: leases get longer
    double disk_stall = 0.003;  // one is finished long after it was staged
    double slow_disk = 0.02;    // from then on syncs take long, for a while
    // Of ticks.
    double stop = 0.02;
    // Of starts.
    double death_in_start = 0.15;
  };

  SimulatedCoordinator(Timeline* timeline, Witness* witness);
  ~SimulatedCoordinator();

  // Answers by `reply` later, or never. Nobody is there while it is dead.
  using Reply = std::function<void(const std::shared_ptr<Call>&, Outcome)>;
  void set_reply(Reply reply) { reply_ = std::move(reply); }
  void Receive(std::shared_ptr<Call> call);

  void EndFaults() {
    faults_ = {0, 0, 0, 0, 0, 0, 0, 0};
    sync_takes_ = absl::ZeroDuration();
  }
  // Whether it has something that is not on disk yet, or was not answered.
  bool busy() const { return changed_ || !staged_.empty(); }
  // Null while it is dead, or if it could not be loaded.
  const Scheduler* scheduler() const { return scheduler_.get(); }
  Store* store() { return store_.get(); }
  int64_t deaths() const { return deaths_; }
  int64_t failures() const { return disk_.failures(); }
  int64_t disk_stalls() const { return disk_stalls_; }
  int64_t stops() const { return stops_; }
  // Those after which the logs held what was committed last, as the disk was
  // too slow to be waited for.
  int64_t stops_with_logs() const { return stops_with_logs_; }

 private:
  void Start();
  void Tick();
  void RunGroup();
  using Calls = std::vector<std::pair<std::shared_ptr<Call>, Outcome>>;
  // Stages what the calls have changed; finishes it now or later.
  void CommitGroup(Calls calls);
  absl::Status Stage();
  // Finishes what was staged and answers its calls. False if it could not be
  // finished, or the process has died.
  bool FinishGroups();
  // Whether what is staged is yet to be finished for a while.
  bool DiskStalls();
  // As DiskWatch::TakeStall.
  absl::Duration TakeStall();
  // What follows for calls whose commit failed.
  void Fail(const Calls& calls);
  void PlanFaults();
  void Load();
  void OrderPlans();
  // Its disk gets slow, now and then.
  void SlowDown();
  // Ends the process as the disk says.
  void Die();
  // Ends it as somebody asks it to, when all that it has is on disk; the power
  // may go while it is down.
  void Stop();
  // What both do: nothing of the process is left, and another starts later.
  void End();
  // Which calls of failed commits were committed after all.
  void FindUnknown();

  Timeline& timeline_;
  Witness& witness_;
  Faults faults_;
  TempFolder folder_;
  SimulatedDisk disk_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<Scheduler> scheduler_;
  Reply reply_;
  std::vector<std::shared_ptr<Call>> inbox_;
  Calls staged_;          // in the order of their commits
  bool changed_ = false;  // by those
  int staged_groups_ = 0;
  // A stall of the disk begins, is counted up to, and ends.
  absl::Duration disk_asked_, disk_counted_, disk_answers_;
  absl::Duration sync_takes_;
  int64_t slow_times_ = 0;    // of it: the number of this one
  bool leaves_logs_ = false;  // the store says so
  std::vector<std::shared_ptr<Call>> unknown_;
  bool group_due_ = false;
  int64_t life_ = 0;   // number of this process
  int64_t loads_ = 0;  // of the scheduler
  absl::Duration stalled_until_;
  absl::Duration last_group_;
  int64_t deaths_ = 0;
  int64_t disk_stalls_ = 0;
  int64_t stops_ = 0;
  int64_t stops_with_logs_ = 0;
  int64_t commits_ = 0;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_SIMULATION_SIMULATED_COORDINATOR_H_

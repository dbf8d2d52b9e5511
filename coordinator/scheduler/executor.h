#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_EXECUTOR_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_EXECUTOR_H_

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/threads/cancellation.h"
#include "common/threads/event.h"
#include "common/threads/work_queue.h"
#include "coordinator/scheduler/commit_finisher.h"
#include "coordinator/scheduler/disk_watch.h"
#include "coordinator/scheduler/scheduler.h"
#include "storage/forgotten_numbers.h"
#include "storage/store.h"

namespace isoshape {

// The one thread that runs the scheduler. Operations that arrive while others
// are applied wait and are applied together; what they changed is one commit
// (group commit), and they are answered when it is on disk. That is the work of
// another thread (CommitFinisher), so that the next group is applied meanwhile:
// the scheduler may be ahead of the disk, and nobody is told of it but in the
// order of commits. The same thread ends leases when their time is over and
// answers the operations that wait.
//
// If the thread itself comes back late, by more than a heartbeat, then its
// machine slept or its process was stopped or starved: heartbeats could not
// arrive, so every lease gets its full length before any is ended. The same
// while the disk takes as long for one commit: heartbeats are not answered, and
// who waits for an answer sends no other.
//
// Plans are made on threads beside it, and are operations when they come back.
// Those of a scheduler that was thrown away are ended, and none is begun while
// commits fail, but for one try after a while, nor after EndWaits: what waits
// for the thread of plans is bounded by the campaigns of one load.
//
// If more is asked than it can do, what waits is bounded: calls that find too
// many before them are refused at once, told when to come again, heartbeats go
// before all others, so that no lease ends for it, and calls whose clients have
// gone meanwhile are dropped. The scheduler is told how long calls wait, and
// asks workers for fewer.
//
// If a commit fails, every operation of the group and of those behind it is
// answered with UNAVAILABLE (or DATA_LOSS, INTERNAL), and the scheduler is
// loaded anew from the store, so that it never keeps what is not on disk. The
// log says so once, and when commits succeed again.
//
// Thread-safe. Borrows what the options name.
class Executor {
 public:
  // One call. Used by the executor's thread only, but for `abandoned`, and for
  // Reply, after which nothing is done with it.
  class Operation {
   public:
    virtual ~Operation() = default;
    // Runs a verb and keeps what it answered. Returns false if the
    // operation would rather wait: it is then applied again when there are
    // new offers, until it returns true or its deadline has come.
    virtual bool Apply(Scheduler& scheduler) = 0;
    // Answers the call: with what Apply kept if `committed` is OK, else with
    // that error. Called once.
    virtual void Reply(const absl::Status& committed) = 0;
    // By Clock::Elapsed, the deadline of its wait; read after Apply returned
    // false.
    virtual absl::Duration deadline() const {
      return -absl::InfiniteDuration();
    }
    // How much it matters when more is asked than can be done.
    enum class Urgency {
      kCall,       // waits its turn; refused if the queue is full
      kLease,      // asks for work, and may wait for its turn as for that
      kHeartbeat,  // keeps a lease alive
      kOwn,        // the coordinator's own; never refused
    };
    virtual Urgency urgency() const { return Urgency::kCall; }
    // True if nobody waits for the answer any more.
    virtual bool abandoned() const { return false; }
    // True if it waits upon what it changed itself: where a commit fails
    // meanwhile that may be gone, and it is answered with the error.
    virtual bool has_changed() const { return false; }
  };

  struct Options {
    Scheduler::Options scheduler;
    // Operations of one commit at most.
    size_t max_group = 512;
    // Calls that wait for their first turn at most: a second or two of what a
    // coordinator does at best. Four times as many heartbeats, and four times
    // as many that ask for work.
    size_t max_queue = 4096;
    // Of the tokens of this process (TokensAfter); the scheduler's
    // `tokens_after` follows from it.
    int64_t token_jump = DrawJump();
    // Makes plans; ends early, with whatever result, if it is Cancelled().
    std::function<absl::StatusOr<Plan>(const PlanInput&)> plan = PlanTrials;
    // Called after each commit, before its replies: in the order of commits, on
    // one thread at a time.
    std::function<void(const std::vector<Mutation>&)> on_commit;
  };

  // Loads the scheduler and starts the thread. Errors of Scheduler::Load.
  static absl::StatusOr<std::unique_ptr<Executor>> Start(Options options);
  // Answers everything submitted, then stops.
  ~Executor();

  // Replies RESOURCE_EXHAUSTED on this thread if too many wait already.
  void Submit(std::unique_ptr<Operation> operation);
  // Does what an operation needs and takes long, beside the thread; the job
  // then submits the operation. False if too many jobs wait for that already.
  // It is Cancelled() after EndWaits; its caller is then told StoppingError.
  bool Prepare(std::function<void()> job);
  // How much is asked of it.
  struct Load {
    // Calls that wait for their first turn, or for the disk.
    int64_t queued = 0;
    int64_t refused = 0;                // since the start
    absl::Duration heartbeat_interval;  // that workers are asked for
    absl::Duration disk_silence;        // DiskWatch::Silence
  };
  Load load();
  // DiskWatch::Answers.
  absl::Status DiskAnswers() { return disk_.Answers(); }
  // Makes the thread look at the clock and at abandoned operations again.
  void Poke();
  // Ends every wait: operations that wait now or later are answered with
  // UNAVAILABLE. Ends plans and preparations too, and begins none.
  void EndWaits();

 private:
  using Group = std::vector<std::unique_ptr<Operation>>;
  // How long a call that waits is kept at most once its client has gone: to ask
  // gRPC takes a lock for each, so that it is not done for each group.
  static constexpr absl::Duration kLookInterval = absl::Seconds(1);
  struct Queued {
    std::unique_ptr<Operation> operation;
    absl::Duration since;
  };
  using Queue = std::deque<Queued>;
  class PlanMade;

  Executor(Options options, std::unique_ptr<Scheduler> scheduler)
      : options_(std::move(options)),
        scheduler_(std::move(scheduler)),
        disk_(options_.scheduler.clock, options_.scheduler.lease_duration / 3),
        finisher_(options_.scheduler.store, &disk_) {}

  void Run();
  // The thread came back so late. Gives leases their full length if that, or a
  // stall of the disk, was longer than a heartbeat.
  void NoteAway(absl::Duration late);
  // What is to be done at once.
  struct Turn {
    Group group;
    bool poked = false;
    bool end_waits = false;
  };
  // Blocks until there is something to do. Nothing: stop.
  std::optional<Turn> NextTurn();
  // How long NextTurn waits at most.
  absl::Duration Patience() const;
  absl::Status Reload();
  // Has the plans made that campaigns wait for.
  void OrderPlans();
  // What ends the computations of the scheduler that was loaded last.
  std::shared_ptr<const Cancellation> CurrentLoad() ABSL_LOCKS_EXCLUDED(mutex_);
  // The scheduler was loaded: what is computed for the one before ends.
  void BeginLoad() ABSL_LOCKS_EXCLUDED(mutex_);
  // A commit and its calls.
  struct Committed {
    std::shared_ptr<const std::vector<Mutation>> mutations;
    Group answered;
    Group refused;
  };
  // Stages what a group has changed, and has it finished and answered.
  void Commit(Group answered, Group refused);
  void Answer(const Committed& group, const absl::Status& committed);
  // What follows from a commit that failed.
  void Fail(const absl::Status& status);
  // That of one that could not be finished.
  void NoteFinisher();
  bool NobodyWaits() ABSL_LOCKS_EXCLUDED(mutex_);
  // Those of one urgency, and how many may wait there.
  std::pair<Queue*, size_t> QueueOf(Operation::Urgency urgency)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Moves up to so many from the front of a queue into the group.
  static void MoveFirst(size_t count, Queue& from, Group& group);
  // Logs that commits begin to fail, or succeed again. Thread-safe.
  void NoteCommit(const absl::Status& status);
  // Logs, at most once in a while, that calls are refused for their number.
  void NoteRefused() ABSL_LOCKS_EXCLUDED(mutex_);
  // Tells the scheduler how long the newest group has waited, but for what asks
  // for work: that is idle, and a fleet that begins is no reason to ask all for
  // fewer heartbeats.
  void NoteWait() ABSL_LOCKS_EXCLUDED(mutex_);
  void Execute(Turn turn);
  // Those that wait and are to be answered or refused now, by the clock, by new
  // offers, or because nobody waits for them any more. Looks at none if nothing
  // of that is so.
  void EndDueWaits(const Turn& turn, Group& answered, Group& refused);

  const Options options_;
  // Used by the thread alone. Null after a failed commit until Load succeeds.
  std::unique_ptr<Scheduler> scheduler_;
  std::deque<std::unique_ptr<Operation>> waiting_;  // longest first
  // None of their deadlines comes before.
  absl::Duration earliest_deadline_ = absl::InfiniteDuration();
  int64_t offers_seen_ = 0;
  absl::Duration looked_ = -absl::InfiniteDuration();  // who of these is gone
  std::atomic<bool> commits_fail_ = false;
  // While commits fail: when plans are the next try, and how long after the
  // last one that failed.
  absl::Duration plan_again_;
  absl::Duration plan_pause_;

  absl::Mutex mutex_;
  TimedCondVar changed_;  // one of those below, for the thread
  Queue queue_ ABSL_GUARDED_BY(mutex_);
  Queue asking_ ABSL_GUARDED_BY(mutex_);  // for work
  Queue heartbeats_ ABSL_GUARDED_BY(mutex_);
  // The longest that one of the newest group has waited.
  absl::Duration longest_wait_ ABSL_GUARDED_BY(mutex_);
  absl::Duration heartbeat_interval_ ABSL_GUARDED_BY(mutex_);
  int64_t refused_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t refused_logged_ ABSL_GUARDED_BY(mutex_) = 0;  // of these
  absl::Duration refusals_logged_ ABSL_GUARDED_BY(mutex_) =
      -absl::InfiniteDuration();
  bool poked_ ABSL_GUARDED_BY(mutex_) = false;
  bool end_waits_ ABSL_GUARDED_BY(mutex_) = false;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  // Of what is computed for the scheduler that was loaded last.
  std::shared_ptr<Cancellation> load_ ABSL_GUARDED_BY(mutex_) =
      std::make_shared<Cancellation>();
  Cancellation preparing_ends_;
  DiskWatch disk_;
  CommitFinisher finisher_;  // of what the thread hands over
  std::atomic<int> preparing_ = 0;
  // One thread each, so that what users ask for does not hold up campaigns that
  // run. They end before what their jobs submit to.
  WorkQueue preparations_{1};
  WorkQueue plans_{1};
  std::thread thread_;  // last: started when all else is there
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_EXECUTOR_H_

#ifndef ISOSHAPE_TESTS_COORDINATOR_SCHEDULER_RANDOM_FAULTS_H_
#define ISOSHAPE_TESTS_COORDINATOR_SCHEDULER_RANDOM_FAULTS_H_

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "messages/json/proto_time.h"
#include "tests/coordinator/scheduler/scheduler_fixture.h"

namespace isoshape {

// A scheduler whose commits fail at random and that is restarted then, with
// what the test knows of the leases that it granted.
class RandomFaults : public SchedulerTest,
                     public testing::WithParamInterface<int> {
 protected:
  // Of leases, while calls wait.
  static constexpr absl::Duration kLongest = absl::Minutes(15);

  // What the test knows of a trial's newest lease.
  struct Held {
    int64_t token = 0;
    absl::Duration end = {};  // by Clock::Elapsed
    bool live = false;        // neither lost nor given back nor completed
    // Lost by expiry, and as far as is known nobody took the trial: a call on
    // it takes it back.
    bool expired = false;
    // How long its worker may be silent, by the last answer.
    absl::Duration told = kLease;
  };

  size_t Pick(size_t count) {
    return std::uniform_int_distribution<size_t>(0, count - 1)(random_);
  }
  bool Chance(double probability) {
    return std::bernoulli_distribution(probability)(random_);
  }

  // Leases that are not lost live for a full lease from then on.
  void Reload() {
    Restart();
    ++reloads_;
    for (auto& [name, held] : held_) {
      if (held.live) NoteEnd(name, held);
    }
  }

  // When the lease ends that was granted, extended or loaded just now: not
  // before its worker has been silent for longer than it was told.
  void NoteEnd(const std::string& name, Held& held) {
    if (!scheduler_->campaigns().contains(ParseTrialName(name)->campaign) ||
        !IsHeld(name)) {
      return;
    }
    held.end = clock_.Elapsed() +
               (FromProto(Get(name).lease_expire_time()) - clock_.Now());
    EXPECT_GE(held.end, clock_.Elapsed() + held.told) << name;
    stretched_ += held.told > kLease ? 1 : 0;
  }

  // Runs a verb and commits as the executor does: if the commit fails, the
  // answer is thrown away and the scheduler is loaded anew.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Try(
      absl::StatusOr<Response> (Scheduler::*verb)(const Request&),
      const Request& request) {
    if (Chance(0.05)) {
      store_.PlanFaults({Chance(0.5) ? MemoryStore::Fault::kRefuse
                                     : MemoryStore::Fault::kApplyAndReport});
    }
    absl::StatusOr<Response> response = (scheduler_.get()->*verb)(request);
    absl::Status committed = store_.Commit(scheduler_->TakeMutations());
    store_.PlanFaults({});
    if (committed.ok()) return response;
    Reload();
    return committed;
  }

  // Sends the request until it is answered: again with the same id if a commit
  // failed.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Insist(
      absl::StatusOr<Response> (Scheduler::*verb)(const Request&),
      Request request) {
    request.set_request_id(absl::StrCat("r", ++last_request_));
    absl::StatusOr<Response> response;
    do {
      response = Try(verb, request);
    } while (absl::IsUnavailable(response.status()));
    return response;
  }

  bool IsHeld(const std::string& name) {
    return Get(name).state() == v1::Trial::LEASED;
  }

  // What is on disk, as one text.
  std::string Stored() const {
    std::string text;
    const auto add = [&text](const auto& key, const auto& message) {
      absl::StrAppend(&text, key, " ", message.SerializeAsString(), "\n");
    };
    for (const auto& [name, row] : data_->campaigns) add(name, row);
    for (const auto& [key, row] : data_->trials) add(row.name(), row);
    for (const auto& [sequence, row] : data_->events) add(sequence, row);
    for (const auto& [name, row] : data_->workers) add(name, row);
    for (const auto& [trial, curve] : data_->measurements) {
      for (const auto& [step, row] : curve) add(trial, row);
    }
    for (const auto& [name, value] : data_->counters) {
      absl::StrAppend(&text, name, " ", value, "\n");
    }
    return text;
  }

  // The passing of time, committed like a verb.
  void ExpireLeases() {
    scheduler_->ExpireLeases();
    Commit();
    for (auto& [name, held] : held_) {
      if (held.live && held.end <= clock_.Elapsed()) {
        held.live = false;
        held.expired = true;
        ++expired_;
      }
    }
  }

  std::mt19937 random_{static_cast<uint32_t>(GetParam())};
  int64_t last_request_ = 0;
  int64_t last_token_ = 0;
  int refused_ = 0;
  int expired_ = 0;
  int revived_ = 0;
  int reloads_ = 0;
  int stretched_ = 0;  // leases that were granted or extended for longer
  int64_t created_trials_ = 0;
  std::set<std::string> names_;
  std::vector<v1::Lease> leases_;
  std::map<std::string, Held> held_;  // by trial
  std::map<std::string, v1::Trial::State> completed_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_SCHEDULER_RANDOM_FAULTS_H_

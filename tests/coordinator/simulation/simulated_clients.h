#ifndef ISOSHAPE_TESTS_COORDINATOR_SIMULATION_SIMULATED_CLIENTS_H_
#define ISOSHAPE_TESTS_COORDINATOR_SIMULATION_SIMULATED_CLIENTS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tests/coordinator/simulation/simulated_coordinator.h"
#include "tests/coordinator/simulation/timeline.h"
#include "tests/coordinator/simulation/witness.h"

namespace isoshape {

// Carries calls and answers late, twice, out of order, or not at all; sends a
// call again until it is answered.
class Network {
 public:
  struct Faults {
    double lost = 0.08;
    double twice = 0.08;
    double late = 0.05;  // by more than a lease
  };

  Network(Timeline* timeline, SimulatedCoordinator* coordinator);

  void Send(const std::shared_ptr<Call>& call);
  void EndFaults() { faults_ = {0, 0, 0}; }

 private:
  void Carry(std::function<void()> action);

  Timeline& timeline_;
  SimulatedCoordinator& coordinator_;
  Faults faults_;
};

// What clients have in common: calls by verbs of the scheduler.
class Client {
 public:
  Client(std::string name, Timeline* timeline, Network* network,
         Witness* witness)
      : name_(std::move(name)),
        timeline_(*timeline),
        network_(*network),
        witness_(*witness) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

 protected:
  // Calls until it is answered, and then `then`, unless this client has begun
  // anew meanwhile.
  template <typename Request, typename Response, typename Then>
  void Do(absl::StatusOr<Response> (Scheduler::*verb)(const Request&),
          Request request, const std::string& what, Then then) {
    auto call = std::make_shared<Call>();
    call->name =
        absl::StrCat(name_, " ", request.GetDescriptor()->name(), " ", what);
    call->method = std::string(
        absl::StripSuffix(request.GetDescriptor()->full_name(), "Request"));
    if constexpr (requires { request.request_id(); }) {
      request.set_request_id(absl::StrCat(name_, "-", ++last_request_));
      call->request_id = request.request_id();
      absl::StrAppend(&call->name, " #", last_request_);
    }
    call->apply = [this, verb, request, then = std::move(then),
                   life = life_](Scheduler& scheduler) {
      const absl::StatusOr<Response> answer = (scheduler.*verb)(request);
      return Outcome{
          answer.status(),
          [this, request, answer] { witness_.Committed(request, answer); },
          [this, answer, then, life] {
            if (life == life_) then(answer);
          }};
    };
    call->found = [this,
                   request = std::move(request)](const std::string& kept) {
      Response answer;
      if (answer.ParseFromString(kept)) {
        witness_.Committed(request, absl::StatusOr<Response>(answer));
      }
    };
    open_.push_back(call);
    network_.Send(call);
  }
  // Does it later, unless this client has begun anew meanwhile.
  void Later(absl::Duration delay, std::function<void()> action);
  // Forgets all that it asked for, and what it wanted to do.
  void BeginAnew();

  const std::string name_;
  Timeline& timeline_;
  Network& network_;
  Witness& witness_;
  absl::Duration stalled_until_;

 private:
  int64_t life_ = 0;
  int64_t last_request_ = 0;
  std::vector<std::weak_ptr<Call>> open_;
};

// A worker with its runs: it stalls, it dies and begins anew under its name, it
// goes on with leases that it has lost.
class SimulatedWorker : public Client {
 public:
  SimulatedWorker(const std::string& name, Timeline* timeline, Network* network,
                  Witness* witness)
      : Client(name, timeline, network, witness) {
    Start();
  }
  void EndFaults() { faulty_ = false; }

 private:
  void Start();
  void Ask();
  // One step of a run.
  void Train(const v1::Lease& lease, int64_t step);
  void Complete(const v1::Lease& lease, bool certain);
  void Release(const v1::Lease& lease);
  void GoOn(const v1::Lease& lease, int64_t step, const absl::Status& status);
  // False if it died or stalls instead; then `again` is done later.
  bool Lives(std::function<void()> again);

  bool faulty_ = true;
  int runs_ = 0;
};

// A person, who makes campaigns and changes them.
class SimulatedOperator : public Client {
 public:
  SimulatedOperator(Timeline* timeline, Network* network, Witness* witness)
      : Client("operator", timeline, network, witness) {
    Create();
  }
  // Resumes everything, and then does nothing more.
  void Finish() { finishing_ = true; }

 private:
  void Act();
  void Create();
  void AddTrial(const std::string& campaign);
  void Next() {
    Later(timeline_.Between(3, 40), [this] { Act(); });
  }

  bool finishing_ = false;
  int made_ = 0;
  int64_t user_seed_ = 1000;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_SIMULATION_SIMULATED_CLIENTS_H_

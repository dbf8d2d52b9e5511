#ifndef ISOSHAPE_TESTS_COORDINATOR_MEMORY_STORE_H_
#define ISOSHAPE_TESTS_COORDINATOR_MEMORY_STORE_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "storage/store.h"

namespace isoshape {

// A store in memory whose commits can be made to fail. It passes the same
// contract suite as the real one. The data outlives the store object, as a file
// would. Thread-safe.
class MemoryStore : public Store {
 public:
  struct Data {
    std::map<std::string, v1::Campaign> campaigns;
    std::map<std::pair<std::string, int64_t>, v1::Trial> trials;
    std::map<std::string, std::map<int64_t, v1::Measurement>> measurements;
    std::map<int64_t, v1::CampaignEvent> events;
    std::map<std::string, v1::Worker> workers;
    std::map<std::pair<std::string, std::string>, PutRequest> requests;
    std::map<std::string, int64_t> counters;
    int64_t pruned_events = 0;  // the last that PruneEvents looked at
  };
  // How a commit ends.
  enum class Fault {
    kNone,
    kRefuse,          // UNAVAILABLE, nothing applied
    kApplyAndReport,  // applied, but UNAVAILABLE is returned
  };

  explicit MemoryStore(std::shared_ptr<Data> data = std::make_shared<Data>())
      : data_(std::move(data)) {}

  // The faults of the next commits; without one they succeed.
  void PlanFaults(std::deque<Fault> faults);
  // While this is set, reads fail with UNAVAILABLE.
  void FailReads(bool fail);
  int commits() const;
  // Holds every commit back until there is one less hold.
  void Hold();
  void Release();
  // Blocks until a commit is held.
  void AwaitHeld();

  absl::Status Commit(const std::vector<Mutation>& mutations) override;
  absl::StatusOr<v1::Campaign> GetCampaign(absl::string_view name) override;
  absl::StatusOr<std::vector<v1::Campaign>> ListCampaigns(
      const Page<std::string>& page) override;
  absl::StatusOr<v1::Trial> GetTrial(absl::string_view name) override;
  absl::StatusOr<std::vector<v1::Trial>> ListTrials(
      absl::string_view campaign, std::optional<v1::Trial::State> state,
      const Page<int64_t>& page) override;
  absl::StatusOr<int64_t> VisitTrials(
      absl::string_view campaign, absl::string_view counter,
      absl::FunctionRef<void(const v1::Trial&)> visit) override;
  absl::StatusOr<std::vector<v1::Measurement>> ListMeasurements(
      absl::string_view trial, const Page<int64_t>& page) override;
  absl::StatusOr<std::vector<v1::CampaignEvent>> ListEvents(
      absl::string_view campaign, const Page<int64_t>& page) override;
  absl::StatusOr<v1::Worker> GetWorker(absl::string_view name) override;
  absl::StatusOr<std::vector<v1::Worker>> ListWorkers(
      const Page<std::string>& page) override;
  absl::StatusOr<PutRequest> GetRequest(absl::string_view method,
                                        absl::string_view request_id) override;
  absl::StatusOr<int64_t> GetCounter(absl::string_view name) override;

 private:
  absl::Status ReadFault() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  const std::shared_ptr<Data> data_;  // what it points to: under mutex_
  std::deque<Fault> faults_ ABSL_GUARDED_BY(mutex_);
  bool fail_reads_ ABSL_GUARDED_BY(mutex_) = false;
  int commits_ ABSL_GUARDED_BY(mutex_) = 0;
  int holds_ ABSL_GUARDED_BY(mutex_) = 0;
  int held_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_MEMORY_STORE_H_

#ifndef ISOSHAPE_TESTS_COORDINATOR_STAGING_STORE_H_
#define ISOSHAPE_TESTS_COORDINATOR_STAGING_STORE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/status/status_macros.h"
#include "tests/coordinator/memory_store.h"

namespace isoshape {

// A store in memory that commits in two steps: the faults and holds of
// MemoryStore are of Finish, where each commit that was staged is one of its
// own. As storage/store.h says, who reads waits until what was staged is
// finished, but for GetRequest, and sees what is on disk. Thread-safe.
class StagingStore : public MemoryStore {
 public:
  using MemoryStore::MemoryStore;

  // What Stage returns from now on, staging nothing; OK: it stages.
  void RefuseStages(absl::Status status) {
    absl::MutexLock lock(&mutex_);
    refused_ = std::move(status);
  }
  // The same of Finish, whatever was staged: what lies at the path is no longer
  // the database.
  void RefuseFinishes(absl::Status status) {
    absl::MutexLock lock(&mutex_);
    moved_ = std::move(status);
  }
  // The workers whose rows were staged, in that order.
  std::vector<std::string> staged_workers() {
    absl::MutexLock lock(&mutex_);
    return workers_;
  }
  // Whether it is on disk; waits for nobody.
  bool HasOnDisk(const std::string& worker) {
    return MemoryStore::GetWorker(worker).ok();
  }

  absl::Status Stage(
      const std::shared_ptr<const std::vector<Mutation>>& mutations) override {
    absl::MutexLock lock(&mutex_);
    ISOSHAPE_RETURN_IF_ERROR(failed_);
    ISOSHAPE_RETURN_IF_ERROR(refused_);
    staged_.push_back(mutations);
    for (const Mutation& mutation : *mutations) {
      const auto* const put = std::get_if<PutWorker>(&mutation);
      if (put != nullptr) workers_.push_back(put->worker.name());
    }
    return absl::OkStatus();
  }
  absl::Status Finish() override {
    absl::MutexLock lock_finish(&finish_mutex_);
    size_t count = 0;
    {
      absl::MutexLock lock(&mutex_);
      ISOSHAPE_RETURN_IF_ERROR(failed_);
      ISOSHAPE_RETURN_IF_ERROR(moved_);
      count = staged_.size();
    }
    for (; count > 0; --count) {
      std::shared_ptr<const std::vector<Mutation>> next;
      {
        absl::MutexLock lock(&mutex_);
        next = staged_.front();
      }
      absl::Status status = MemoryStore::Commit(*next);
      absl::MutexLock lock(&mutex_);
      if (!status.ok()) return failed_ = std::move(status);
      staged_.pop_front();
    }
    return absl::OkStatus();
  }
  void TakeBack() override {
    absl::MutexLock lock_finish(&finish_mutex_);
    absl::MutexLock lock(&mutex_);
    staged_.clear();
    failed_ = absl::OkStatus();
  }
  absl::Status Commit(const std::vector<Mutation>& mutations) override {
    ISOSHAPE_RETURN_IF_ERROR(Finish());
    return MemoryStore::Commit(mutations);
  }

  absl::StatusOr<PutRequest> GetRequest(absl::string_view method,
                                        absl::string_view request_id) override {
    {
      absl::MutexLock lock(&mutex_);
      for (auto it = staged_.rbegin(); it != staged_.rend(); ++it) {
        for (const Mutation& mutation : **it) {
          const auto* const put = std::get_if<PutRequest>(&mutation);
          if (put != nullptr && put->method == method &&
              put->request_id == request_id) {
            return *put;
          }
        }
      }
    }
    return MemoryStore::GetRequest(method, request_id);
  }
  absl::StatusOr<v1::Campaign> GetCampaign(absl::string_view name) override {
    Finish().IgnoreError();
    return MemoryStore::GetCampaign(name);
  }
  absl::StatusOr<std::vector<v1::Campaign>> ListCampaigns(
      const Page<std::string>& page) override {
    Finish().IgnoreError();
    return MemoryStore::ListCampaigns(page);
  }
  absl::StatusOr<v1::Trial> GetTrial(absl::string_view name) override {
    Finish().IgnoreError();
    return MemoryStore::GetTrial(name);
  }
  absl::StatusOr<std::vector<v1::Trial>> ListTrials(
      absl::string_view campaign, std::optional<v1::Trial::State> state,
      const Page<int64_t>& page) override {
    Finish().IgnoreError();
    return MemoryStore::ListTrials(campaign, state, page);
  }
  absl::StatusOr<int64_t> VisitTrials(
      absl::string_view campaign, absl::string_view counter,
      absl::FunctionRef<void(const v1::Trial&)> visit) override {
    Finish().IgnoreError();
    return MemoryStore::VisitTrials(campaign, counter, visit);
  }
  absl::StatusOr<std::vector<v1::Measurement>> ListMeasurements(
      absl::string_view trial, const Page<int64_t>& page) override {
    Finish().IgnoreError();
    return MemoryStore::ListMeasurements(trial, page);
  }
  absl::StatusOr<std::vector<v1::CampaignEvent>> ListEvents(
      absl::string_view campaign, const Page<int64_t>& page) override {
    Finish().IgnoreError();
    return MemoryStore::ListEvents(campaign, page);
  }
  absl::StatusOr<v1::Worker> GetWorker(absl::string_view name) override {
    Finish().IgnoreError();
    return MemoryStore::GetWorker(name);
  }
  absl::StatusOr<std::vector<v1::Worker>> ListWorkers(
      const Page<std::string>& page) override {
    Finish().IgnoreError();
    return MemoryStore::ListWorkers(page);
  }
  absl::StatusOr<int64_t> GetCounter(absl::string_view name) override {
    Finish().IgnoreError();
    return MemoryStore::GetCounter(name);
  }

 private:
  absl::Mutex finish_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);
  absl::Mutex mutex_;
  // Not on disk yet, oldest first.
  std::deque<std::shared_ptr<const std::vector<Mutation>>> staged_
      ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> workers_ ABSL_GUARDED_BY(mutex_);
  absl::Status failed_ ABSL_GUARDED_BY(mutex_);
  absl::Status refused_ ABSL_GUARDED_BY(mutex_);
  absl::Status moved_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_STAGING_STORE_H_

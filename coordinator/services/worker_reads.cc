#include "coordinator/services/worker_reads.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "common/status/status_macros.h"
#include "coordinator/scheduler/eligibility.h"
#include "coordinator/services/page_token.h"
#include "messages/names/resource_name.h"
#include "messages/trial/verifier_name.h"

namespace isoshape {
namespace {

// How long a worker may be silent: the lease, or a longer one of before that
// some still go by.
absl::StatusOr<absl::Duration> LongestLease(Store& store,
                                            absl::Duration lease_duration) {
  ISOSHAPE_ASSIGN_OR_RETURN(const int64_t told,
                            store.GetCounter(kLongestLeaseCounter));
  ISOSHAPE_ASSIGN_OR_RETURN(const int64_t stretched,
                            store.GetCounter(kStretchedLeaseCounter));
  return std::max(lease_duration,
                  absl::Milliseconds(std::max(told, stretched)));
}

void SetState(v1::Worker& worker, absl::Time now,
              absl::Duration lease_duration) {
  worker.set_state(IsConnected(worker, now, lease_duration)
                       ? v1::Worker::ONLINE
                       : v1::Worker::OFFLINE);
}

// What each worker is set aside for, by its name.
absl::StatusOr<std::multimap<std::string, v1::SetAside>> AllSetAside(
    Store& store) {
  std::multimap<std::string, v1::SetAside> all;
  Page<std::string> page;
  while (true) {
    ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<v1::Campaign> campaigns,
                              store.ListCampaigns(page));
    if (campaigns.empty()) return all;
    page.after = campaigns.back().name();
    for (const v1::Campaign& campaign : campaigns) {
      for (const v1::SetAside& one : campaign.set_aside()) {
        all.emplace(one.worker(), one);
      }
    }
  }
}

void AddSetAside(const std::multimap<std::string, v1::SetAside>& all,
                 v1::Worker& worker) {
  const auto [begin, end] = all.equal_range(worker.name());
  for (auto it = begin; it != end; ++it) *worker.add_set_aside() = it->second;
}

// Whether it was a command that trained one trial and was killed: nobody is
// there, and nobody will come to be listed but that command itself.
bool IsLeftBehind(const v1::Worker& worker) {
  return worker.state() == v1::Worker::OFFLINE && IsVerifier(worker.name());
}

}  // namespace

absl::StatusOr<v1::ListWorkersResponse> ReadWorkers(
    Store& store, const v1::ListWorkersRequest& request, absl::Time now,
    absl::Duration lease_duration) {
  constexpr char kListing[] = "workers";
  Page<std::string> page;
  ISOSHAPE_ASSIGN_OR_RETURN(const int size,
                            CheckPageSize(request.page_size(), 100, 1000));
  ISOSHAPE_ASSIGN_OR_RETURN(page.after,
                            ParsePageToken(kListing, request.page_token()));
  page.limit = size + 1;
  page.max_bytes = kMaxReadBytes;
  ISOSHAPE_ASSIGN_OR_RETURN(std::vector<v1::Worker> workers,
                            store.ListWorkers(page));
  ISOSHAPE_ASSIGN_OR_RETURN(const auto set_aside, AllSetAside(store));
  ISOSHAPE_ASSIGN_OR_RETURN(lease_duration,
                            LongestLease(store, lease_duration));
  for (v1::Worker& worker : workers) {
    SetState(worker, now, lease_duration);
    AddSetAside(set_aside, worker);
  }
  v1::ListWorkersResponse response;
  response.set_next_page_token(MovePage(kListing, size, std::move(workers),
                                        response.mutable_workers(),
                                        std::mem_fn(&v1::Worker::name)));
  auto* const listed = response.mutable_workers();
  listed->erase(std::remove_if(listed->begin(), listed->end(), IsLeftBehind),
                listed->end());
  return response;
}

absl::StatusOr<v1::Worker> ReadWorker(Store& store,
                                      const v1::GetWorkerRequest& request,
                                      absl::Time now,
                                      absl::Duration lease_duration) {
  ISOSHAPE_RETURN_IF_ERROR(CheckWorkerName(request.name()));
  ISOSHAPE_ASSIGN_OR_RETURN(v1::Worker worker, store.GetWorker(request.name()));
  ISOSHAPE_ASSIGN_OR_RETURN(const auto set_aside, AllSetAside(store));
  ISOSHAPE_ASSIGN_OR_RETURN(lease_duration,
                            LongestLease(store, lease_duration));
  SetState(worker, now, lease_duration);
  AddSetAside(set_aside, worker);
  return worker;
}

absl::Status VisitConnectedWorkers(
    Store& store, absl::Time now, absl::Duration lease_duration,
    absl::FunctionRef<bool(const v1::Worker&)> visit) {
  ISOSHAPE_ASSIGN_OR_RETURN(lease_duration,
                            LongestLease(store, lease_duration));
  return store.VisitWorkers([&](const v1::Worker& worker) {
    return !IsConnected(worker, now, lease_duration) || visit(worker);
  });
}

}  // namespace isoshape

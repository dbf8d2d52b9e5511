#include "worker/coordinator/shared_heartbeats.h"

#include "absl/status/status.h"

namespace isoshape {
namespace {

constexpr size_t kMaxOfCall = 1000;
// A coordinator that was upgraded meanwhile is asked again.
constexpr absl::Duration kSinglePeriod = absl::Minutes(10);

}  // namespace

SharedHeartbeats::Beat SharedHeartbeats::Send(
    const v1::HeartbeatRequest& request, absl::Duration interval,
    absl::Duration deadline) {
  const Key key(request.trial(), request.fencing_token());
  std::vector<Key> keys;
  std::vector<v1::HeartbeatRequest> requests;
  absl::Duration end;
  {
    absl::MutexLock lock(&mutex_);
    Entry& entry = entries_[key];
    entry.request = request;
    entry.asked = clock_->Elapsed();
    end = entry.asked + deadline;
    if (!AwaitLanding(end, entry)) {
      return {absl::DeadlineExceededError("another's heartbeat is under way"),
              clock_->Elapsed()};
    }
    if (entry.beat.has_value()) {
      Beat beat = *std::move(entry.beat);
      entry.beat.reset();
      // Where reports have stood for heartbeats since, it says nothing of now.
      if (clock_->Elapsed() - beat.at <= interval) return beat;
    }
    keys = Take(key, interval);
    for (const Key& one : keys) requests.push_back(entries_[one].request);
  }
  const auto answers = Call(requests, end);
  const absl::Duration now = clock_->Elapsed();
  absl::MutexLock lock(&mutex_);
  for (size_t i = 0; i < keys.size(); ++i) {
    const auto entry = entries_.find(keys[i]);
    if (entry == entries_.end()) continue;
    entry->second.in_flight = false;
    // What was not answered is asked again by each when it is due.
    const bool answered = IsAnswer(answers[i].status()) &&
                          !absl::IsResourceExhausted(answers[i].status());
    if (i > 0 && (answered || entry->second.waits)) {
      entry->second.beat = Beat{answers[i], now};
    }
  }
  landed_.SignalAll();
  return {answers.front(), now};
}

bool SharedHeartbeats::AwaitLanding(absl::Duration end, Entry& entry) {
  entry.waits = true;
  bool in_time = true;
  while (entry.in_flight && in_time) {
    in_time = landed_.WaitFor(&mutex_, end - clock_->Elapsed());
  }
  entry.waits = false;
  return !entry.in_flight;
}

std::vector<SharedHeartbeats::Key> SharedHeartbeats::Take(
    const Key& key, absl::Duration interval) {
  std::vector<Key> keys = {key};
  const absl::Duration now = clock_->Elapsed();
  entries_[key].in_flight = true;
  if (now < single_until_) return keys;
  for (auto& [other, entry] : entries_) {
    if (keys.size() == kMaxOfCall) break;
    if (entry.in_flight || entry.beat.has_value() ||
        now - entry.asked > 2 * interval) {
      continue;
    }
    entry.in_flight = true;
    keys.push_back(other);
  }
  return keys;
}

std::vector<absl::StatusOr<v1::HeartbeatResponse>> SharedHeartbeats::Call(
    const std::vector<v1::HeartbeatRequest>& requests, absl::Duration end) {
  if (requests.size() == 1) {
    return {coordinator_->Heartbeat(requests.front(), end - clock_->Elapsed())};
  }
  v1::BatchHeartbeatRequest batch;
  batch.set_worker(requests.front().worker());
  for (const v1::HeartbeatRequest& request : requests) {
    v1::HeartbeatRequest& one = *batch.add_heartbeats();
    one = request;
    one.clear_worker();
  }
  const absl::StatusOr<v1::BatchHeartbeatResponse> response =
      coordinator_->BatchHeartbeat(batch, end - clock_->Elapsed());
  std::vector<absl::StatusOr<v1::HeartbeatResponse>> answers;
  if (absl::IsUnimplemented(response.status())) {
    {
      absl::MutexLock lock(&mutex_);
      single_until_ = clock_->Elapsed() + kSinglePeriod;
    }
    answers.assign(requests.size(), absl::UnavailableError("it was not sent"));
    answers.front() =
        coordinator_->Heartbeat(requests.front(), end - clock_->Elapsed());
    return answers;
  }
  if (!response.ok() || response->results_size() != batch.heartbeats_size()) {
    answers.assign(requests.size(),
                   response.ok() ? absl::UnavailableError(
                                       "the answer is not of all heartbeats")
                                 : response.status());
    return answers;
  }
  for (const auto& result : response->results()) {
    if (result.code() == 0) {
      answers.emplace_back(result.response());
    } else {
      answers.emplace_back(absl::Status(
          static_cast<absl::StatusCode>(result.code()), result.error()));
    }
  }
  return answers;
}

void SharedHeartbeats::Forget(const v1::Lease& lease) {
  absl::MutexLock lock(&mutex_);
  entries_.erase({lease.trial().name(), lease.fencing_token()});
}

}  // namespace isoshape

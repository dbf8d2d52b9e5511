#include "tests/coordinator/memory_store.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "messages/json/proto_time.h"
#include "messages/names/resource_name.h"
#include "messages/trial/measurement_line.h"

namespace isoshape {
namespace {

absl::Status Missing(absl::string_view name) {
  return absl::NotFoundError(absl::StrCat("there is no ", name));
}

// The first rows of a page that have `max_bytes` together.
template <typename Row>
std::vector<Row> Cut(std::vector<Row> rows, size_t max_bytes) {
  size_t bytes = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (bytes >= max_bytes) {
      rows.resize(i);
      break;
    }
    bytes += rows[i].ByteSizeLong();
  }
  return rows;
}

absl::Status Dangling(absl::string_view name) {
  return absl::FailedPreconditionError(absl::StrCat("there is no ", name));
}

class Applier {
 public:
  explicit Applier(MemoryStore::Data* data) : data_(*data) {}

  absl::Status operator()(const PutCampaign& put) {
    data_.campaigns[put.campaign.name()] = put.campaign;
    return absl::OkStatus();
  }
  absl::Status operator()(const DeleteCampaign& remove) {
    data_.campaigns.erase(remove.name);
    std::erase_if(data_.trials, [&](const auto& row) {
      return row.first.first == remove.name;
    });
    std::erase_if(data_.measurements, [&](const auto& row) {
      return ParseTrialName(row.first)->campaign == remove.name;
    });
    std::erase_if(data_.events, [&](const auto& row) {
      return row.second.campaign() == remove.name;
    });
    return absl::OkStatus();
  }
  absl::Status operator()(const PutTrial& put) {
    ISOSHAPE_ASSIGN_OR_RETURN(const TrialName name,
                              ParseTrialName(put.trial.name()));
    if (!data_.campaigns.contains(name.campaign)) {
      return Dangling(name.campaign);
    }
    data_.trials[{name.campaign, name.number}] = put.trial;
    return absl::OkStatus();
  }
  absl::Status operator()(const PutMeasurement& put) {
    ISOSHAPE_ASSIGN_OR_RETURN(const TrialName name, ParseTrialName(put.trial));
    if (!data_.trials.contains({name.campaign, name.number})) {
      return Dangling(put.trial);
    }
    data_.measurements[put.trial][put.measurement.step()] = put.measurement;
    return absl::OkStatus();
  }
  absl::Status operator()(const DropMeasurements& drop) {
    std::erase_if(data_.measurements[drop.trial],
                  [&](const auto& row) { return row.first > drop.after_step; });
    return absl::OkStatus();
  }
  absl::Status operator()(const AppendEvent& append) {
    if (!data_.campaigns.contains(append.event.campaign())) {
      return Dangling(append.event.campaign());
    }
    if (!data_.events.emplace(append.event.sequence(), append.event).second) {
      return absl::AlreadyExistsError("this sequence is taken");
    }
    return absl::OkStatus();
  }
  absl::Status operator()(const PutWorker& put) {
    data_.workers[put.worker.name()] = put.worker;
    return absl::OkStatus();
  }
  absl::Status operator()(const DeleteWorker& remove) {
    data_.workers.erase(remove.name);
    return absl::OkStatus();
  }
  absl::Status operator()(const PutRequest& put) {
    data_.requests[{put.method, put.request_id}] = put;
    return absl::OkStatus();
  }
  absl::Status operator()(const PruneRequests& prune) {
    std::multimap<absl::Time, std::pair<std::string, std::string>> oldest;
    for (const auto& [key, put] : data_.requests) {
      if (put.time < prune.before) oldest.emplace(put.time, key);
    }
    int left = prune.limit;
    for (const auto& [time, key] : oldest) {
      if (left-- > 0) data_.requests.erase(key);
    }
    return absl::OkStatus();
  }
  absl::Status operator()(const PruneEvents& prune) {
    int left = prune.limit;
    for (auto it = data_.events.upper_bound(data_.pruned_events);
         it != data_.events.end() && left-- > 0;) {
      if (FromProto(it->second.time()) >= prune.before) break;
      data_.pruned_events = it->first;
      const bool measured =
          it->second.kind() == v1::CampaignEvent::TRIAL_MEASURED;
      it = measured ? data_.events.erase(it) : std::next(it);
    }
    return absl::OkStatus();
  }
  absl::Status operator()(const TellChange& /*tell*/) {
    return absl::OkStatus();
  }
  absl::Status operator()(const PutCounter& put) {
    data_.counters[put.name] = put.value;
    return absl::OkStatus();
  }

 private:
  MemoryStore::Data& data_;
};

}  // namespace

void MemoryStore::PlanFaults(std::deque<Fault> faults) {
  absl::MutexLock lock(&mutex_);
  faults_ = std::move(faults);
}

void MemoryStore::FailReads(bool fail) {
  absl::MutexLock lock(&mutex_);
  fail_reads_ = fail;
}

int MemoryStore::commits() const {
  absl::MutexLock lock(&mutex_);
  return commits_;
}

void MemoryStore::Hold() {
  absl::MutexLock lock(&mutex_);
  ++holds_;
}

void MemoryStore::Release() {
  absl::MutexLock lock(&mutex_);
  --holds_;
}

void MemoryStore::AwaitHeld() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(
      +[](int* held) { return *held > 0; }, &held_));
}

absl::Status MemoryStore::ReadFault() const {
  return fail_reads_ ? absl::UnavailableError("reads are made to fail")
                     : absl::OkStatus();
}

absl::Status MemoryStore::Commit(const std::vector<Mutation>& mutations) {
  absl::MutexLock lock(&mutex_);
  ++held_;
  mutex_.Await(absl::Condition(
      +[](int* holds) { return *holds == 0; }, &holds_));
  --held_;
  Fault fault = Fault::kNone;
  if (!faults_.empty()) {
    fault = faults_.front();
    faults_.pop_front();
  }
  if (fault == Fault::kRefuse) {
    return absl::UnavailableError("this commit is made to fail");
  }
  Data changed = *data_;
  Applier applier(&changed);
  for (const Mutation& mutation : mutations) {
    ISOSHAPE_RETURN_IF_ERROR(std::visit(applier, mutation));
  }
  *data_ = std::move(changed);
  ++commits_;
  return fault == Fault::kApplyAndReport
             ? absl::UnavailableError("this commit is said to have failed")
             : absl::OkStatus();
}

absl::StatusOr<v1::Campaign> MemoryStore::GetCampaign(absl::string_view name) {
  absl::MutexLock lock(&mutex_);
  ISOSHAPE_RETURN_IF_ERROR(ReadFault());
  const auto it = data_->campaigns.find(std::string(name));
  if (it == data_->campaigns.end()) return Missing(name);
  return it->second;
}

absl::StatusOr<std::vector<v1::Campaign>> MemoryStore::ListCampaigns(
    const Page<std::string>& page) {
  absl::MutexLock lock(&mutex_);
  ISOSHAPE_RETURN_IF_ERROR(ReadFault());
  std::vector<v1::Campaign> rows;
  for (const auto& [name, campaign] : data_->campaigns) {
    rows.push_back(campaign);
  }
  const auto newer = [](const v1::Campaign& a, const v1::Campaign& b) {
    return std::pair(FromProto(a.create_time()), a.name()) >
           std::pair(FromProto(b.create_time()), b.name());
  };
  std::sort(rows.begin(), rows.end(), newer);
  if (page.after.has_value()) {
    const auto it = data_->campaigns.find(*page.after);
    if (it == data_->campaigns.end()) return Missing(*page.after);
    rows.erase(rows.begin(),
               std::upper_bound(rows.begin(), rows.end(), it->second, newer));
  }
  if (static_cast<int>(rows.size()) > page.limit) rows.resize(page.limit);
  return Cut(std::move(rows), page.max_bytes);
}

absl::StatusOr<v1::Trial> MemoryStore::GetTrial(absl::string_view name) {
  ISOSHAPE_ASSIGN_OR_RETURN(const TrialName parsed, ParseTrialName(name));
  absl::MutexLock lock(&mutex_);
  ISOSHAPE_RETURN_IF_ERROR(ReadFault());
  const auto it = data_->trials.find({parsed.campaign, parsed.number});
  if (it == data_->trials.end()) return Missing(name);
  return it->second;
}

absl::StatusOr<std::vector<v1::Trial>> MemoryStore::ListTrials(
    absl::string_view campaign, std::optional<v1::Trial::State> state,
    const Page<int64_t>& page) {
  absl::MutexLock lock(&mutex_);
  ISOSHAPE_RETURN_IF_ERROR(ReadFault());
  const std::string name(campaign);
  if (!data_->campaigns.contains(name)) return Missing(name);
  std::vector<v1::Trial> rows;
  for (auto it = data_->trials.upper_bound({name, page.after.value_or(0)});
       it != data_->trials.end() && it->first.first == name &&
       static_cast<int>(rows.size()) < page.limit;
       ++it) {
    if (!state.has_value() || it->second.state() == *state) {
      rows.push_back(it->second);
    }
  }
  return Cut(std::move(rows), page.max_bytes);
}

absl::StatusOr<int64_t> MemoryStore::VisitTrials(
    absl::string_view campaign, absl::string_view counter,
    absl::FunctionRef<void(const v1::Trial&)> visit) {
  absl::MutexLock lock(&mutex_);
  ISOSHAPE_RETURN_IF_ERROR(ReadFault());
  const std::string name(campaign);
  if (!data_->campaigns.contains(name)) return Missing(name);
  for (auto it = data_->trials.lower_bound({name, 0});
       it != data_->trials.end() && it->first.first == name; ++it) {
    visit(it->second);
  }
  const auto it = data_->counters.find(std::string(counter));
  return it == data_->counters.end() ? 0 : it->second;
}

absl::StatusOr<std::vector<v1::Measurement>> MemoryStore::ListMeasurements(
    absl::string_view trial, const Page<int64_t>& page) {
  ISOSHAPE_ASSIGN_OR_RETURN(const TrialName parsed, ParseTrialName(trial));
  absl::MutexLock lock(&mutex_);
  ISOSHAPE_RETURN_IF_ERROR(ReadFault());
  if (!data_->trials.contains({parsed.campaign, parsed.number})) {
    return Missing(trial);
  }
  std::vector<v1::Measurement> rows;
  const auto& curve = data_->measurements[std::string(trial)];
  for (auto it = curve.upper_bound(page.after.value_or(-1));
       it != curve.end() && static_cast<int>(rows.size()) < page.limit; ++it) {
    rows.push_back(it->second);
  }
  return Cut(std::move(rows), page.max_bytes);
}

absl::StatusOr<std::vector<v1::CampaignEvent>> MemoryStore::ListEvents(
    absl::string_view campaign, const Page<int64_t>& page) {
  absl::MutexLock lock(&mutex_);
  ISOSHAPE_RETURN_IF_ERROR(ReadFault());
  if (!data_->campaigns.contains(std::string(campaign))) {
    return Missing(campaign);
  }
  std::vector<v1::CampaignEvent> rows;
  for (auto it = data_->events.upper_bound(page.after.value_or(0));
       it != data_->events.end() && static_cast<int>(rows.size()) < page.limit;
       ++it) {
    if (it->second.campaign() != campaign) continue;
    v1::CampaignEvent& event = rows.emplace_back(it->second);
    if (event.kind() != v1::CampaignEvent::TRIAL_MEASURED) continue;
    const auto& curve = data_->measurements[event.trial()];
    const int64_t step = event.measurement().step();
    event.mutable_measurement()->Clear();
    event.mutable_measurement()->set_step(step);
    if (const auto point = curve.find(step); point != curve.end()) {
      *event.mutable_measurement() = point->second;
    }
    event.set_message(MeasurementLine(event.trial(), event.measurement()));
  }
  return Cut(std::move(rows), page.max_bytes);
}

absl::StatusOr<v1::Worker> MemoryStore::GetWorker(absl::string_view name) {
  absl::MutexLock lock(&mutex_);
  ISOSHAPE_RETURN_IF_ERROR(ReadFault());
  const auto it = data_->workers.find(std::string(name));
  if (it == data_->workers.end()) return Missing(name);
  return it->second;
}

absl::StatusOr<std::vector<v1::Worker>> MemoryStore::ListWorkers(
    const Page<std::string>& page) {
  absl::MutexLock lock(&mutex_);
  ISOSHAPE_RETURN_IF_ERROR(ReadFault());
  std::vector<v1::Worker> rows;
  for (auto it = data_->workers.upper_bound(page.after.value_or(""));
       it != data_->workers.end() && static_cast<int>(rows.size()) < page.limit;
       ++it) {
    rows.push_back(it->second);
  }
  return Cut(std::move(rows), page.max_bytes);
}

absl::StatusOr<PutRequest> MemoryStore::GetRequest(
    absl::string_view method, absl::string_view request_id) {
  absl::MutexLock lock(&mutex_);
  ISOSHAPE_RETURN_IF_ERROR(ReadFault());
  const auto it =
      data_->requests.find({std::string(method), std::string(request_id)});
  if (it == data_->requests.end()) return Missing(request_id);
  return it->second;
}

absl::StatusOr<int64_t> MemoryStore::GetCounter(absl::string_view name) {
  absl::MutexLock lock(&mutex_);
  ISOSHAPE_RETURN_IF_ERROR(ReadFault());
  const auto it = data_->counters.find(std::string(name));
  return it == data_->counters.end() ? 0 : it->second;
}

}  // namespace isoshape

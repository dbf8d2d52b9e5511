#ifndef ISOSHAPE_STORAGE_STORE_H_
#define ISOSHAPE_STORAGE_STORE_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "isoshape/v1/trial.pb.h"
#include "isoshape/v1/worker.pb.h"

namespace isoshape {

// Changes, each of them one row or a few. Names are resource names
// (`campaigns/c1`, `campaigns/c1/trials/7`, `workers/w1`).
struct PutCampaign {
  v1::Campaign campaign;  // inserted or replaced by name
};
struct DeleteCampaign {
  std::string name;  // with its trials, measurements and events
};
struct PutTrial {
  v1::Trial trial;  // inserted or replaced by name; its campaign must exist
};
struct PutMeasurement {
  std::string trial;
  v1::Measurement measurement;  // inserted or replaced by (trial, step)
};
struct DropMeasurements {
  std::string trial;
  int64_t after_step = 0;  // those of larger steps go
};
// Of the event of a measurement only its place is kept: it is listed with the
// point that the trial's curve has at that step now, and with its step alone if
// there is none any more.
struct AppendEvent {
  v1::CampaignEvent event;  // sequence chosen by the caller, unique
};
struct PutWorker {
  v1::Worker worker;  // inserted or replaced by name
};
struct DeleteWorker {
  std::string name;
};
// The answer to a mutating request, kept for replays.
struct PutRequest {
  std::string method;      // full method name
  std::string request_id;  // unique with the method
  // Identifies the request's content, so that a reused id is noticed.
  std::string fingerprint;
  std::string response;  // serialized response message
  absl::Time time;
};
// Forgets answers older than this: at most `limit` of them, the oldest first,
// so that no commit takes long.
struct PruneRequests {
  absl::Time before;
  int limit = 1000;
};
// Forgets the events of measurements older than this; the points stay. Goes on
// after the last that it looked at, and looks at `limit` events at most.
struct PruneEvents {
  absl::Time before;
  int limit = 1000;
};
// Largest numbers ever given out; kept so that deletion does not bring an id or
// a fencing token back.
struct PutCounter {
  std::string name;
  int64_t value = 0;
};

// A change that no event tells of, since it is of a worker or took the events
// with it: for the log of whoever commits it; the store keeps nothing of it.
struct TellChange {
  std::string text;   // `workers/w1 drains`
  std::string actor;  // as CampaignEvent.actor
};

using Mutation =
    std::variant<PutCampaign, DeleteCampaign, PutTrial, PutMeasurement,
                 DropMeasurements, AppendEvent, PutWorker, DeleteWorker,
                 PutRequest, PruneRequests, PruneEvents, PutCounter,
                 TellChange>;

// A page of a listing: at most `limit` rows after `after` (exclusive), and no
// more once those that were read have `max_bytes` together: one row in any
// case.
template <typename Key>
struct Page {
  std::optional<Key> after;
  int limit = 1000;
  size_t max_bytes = std::numeric_limits<size_t>::max();
};

// Durable memory of the coordinator. All methods are thread-safe; reads run
// beside a commit and see the newest committed state. Errors of every method:
// UNAVAILABLE (busy, disk full: try again), DATA_LOSS (the file is damaged),
// INTERNAL.
class Store {
 public:
  virtual ~Store() = default;

  // Applies all mutations in order, or none. OK means that they are on disk.
  // FAILED_PRECONDITION if one refers to a campaign or trial that is not
  // there; ALREADY_EXISTS if an event's sequence is taken; INVALID_ARGUMENT
  // if a trial's name is malformed. An empty list does nothing.
  virtual absl::Status Commit(const std::vector<Mutation>& mutations) = 0;
  // Why every commit would be refused; OK if it is not known to be so.
  virtual absl::Status CheckWritable() { return absl::OkStatus(); }

  // NOT_FOUND if there is none.
  virtual absl::StatusOr<v1::Campaign> GetCampaign(absl::string_view name) = 0;
  // Newest first (create_time, then name). `after` is the last name seen;
  // NOT_FOUND if that one has been deleted since.
  virtual absl::StatusOr<std::vector<v1::Campaign>> ListCampaigns(
      const Page<std::string>& page) = 0;
  // NOT_FOUND if there is none; INVALID_ARGUMENT if the name is
  // malformed.
  virtual absl::StatusOr<v1::Trial> GetTrial(absl::string_view name) = 0;
  // Trials of a campaign by number, optionally in one state. `after` is the
  // last number seen. NOT_FOUND if the campaign is not there.
  virtual absl::StatusOr<std::vector<v1::Trial>> ListTrials(
      absl::string_view campaign, std::optional<v1::Trial::State> state,
      const Page<int64_t>& page) = 0;
  // Calls `visit` with each trial of a campaign by number, all as of one
  // commit, and returns the value that the counter had then: what a reader must
  // know who goes on with the events after it. The message is the same one each
  // time: copy what is to stay. NOT_FOUND if the campaign is not there.
  virtual absl::StatusOr<int64_t> VisitTrials(
      absl::string_view campaign, absl::string_view counter,
      absl::FunctionRef<void(const v1::Trial&)> visit) = 0;
  // Measurements of a trial by step. `after` is the last step seen. NOT_FOUND
  // if the trial is not there; INVALID_ARGUMENT if its name is malformed.
  virtual absl::StatusOr<std::vector<v1::Measurement>> ListMeasurements(
      absl::string_view trial, const Page<int64_t>& page) = 0;
  // Events of a campaign by sequence. `after` is the last one seen. NOT_FOUND
  // if the campaign is not there.
  virtual absl::StatusOr<std::vector<v1::CampaignEvent>> ListEvents(
      absl::string_view campaign, const Page<int64_t>& page) = 0;
  // NOT_FOUND if there is none.
  virtual absl::StatusOr<v1::Worker> GetWorker(absl::string_view name) = 0;
  // Workers by name.
  virtual absl::StatusOr<std::vector<v1::Worker>> ListWorkers(
      const Page<std::string>& page) = 0;
  // Calls `visit` with each worker by name until it returns false: there may be
  // tens of thousands, of 16 kB each. The message is the same one each time. By
  // the default they are read page by page, not all as of one commit.
  virtual absl::Status VisitWorkers(
      absl::FunctionRef<bool(const v1::Worker&)> visit) {
    Page<std::string> page;
    page.max_bytes = size_t{16} << 20;
    while (true) {
      const auto workers = ListWorkers(page);
      if (!workers.ok() || workers->empty()) return workers.status();
      for (const v1::Worker& worker : *workers) {
        if (!visit(worker)) return absl::OkStatus();
      }
      page.after = workers->back().name();
    }
  }
  // The kept answer; NOT_FOUND if there is none.
  virtual absl::StatusOr<PutRequest> GetRequest(
      absl::string_view method, absl::string_view request_id) = 0;
  // 0 if it was never put.
  virtual absl::StatusOr<int64_t> GetCounter(absl::string_view name) = 0;

  // Commit in two steps, so that one is applied while another is brought to the
  // disk; by the default the first is all of it. Stage is Commit whose OK does
  // not say that it is on disk: its thread waits for that to read it, but in
  // GetRequest; others see it then. On one thread at a time, not beside Commit.
  virtual absl::Status Stage(
      const std::shared_ptr<const std::vector<Mutation>>& mutations) {
    return Commit(*mutations);
  }
  // OK means that all that was staged before is on disk. After an error reads
  // see nothing of what is not, and nothing can be staged or finished until
  // TakeBack. On one thread at a time; may run beside Stage.
  virtual absl::Status Finish() { return absl::OkStatus(); }
  // What was staged and is not on disk never was. A crash before the next one
  // may bring it back, as what was committed when Commit fails. Beside neither.
  virtual void TakeBack() {}
};

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_STORE_H_

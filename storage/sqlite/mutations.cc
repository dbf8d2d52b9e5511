#include "storage/sqlite/mutations.h"

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "messages/proto_time.h"
#include "messages/resource_name.h"

namespace isoshape {
namespace {

// The error for a reference to a row that is not there, with the name that the
// caller gave.
absl::Status Missing(const absl::Status& status, absl::string_view what,
                     absl::string_view name) {
  if (!absl::IsFailedPrecondition(status)) return status;
  return absl::FailedPreconditionError(
      absl::StrCat("there is no ", what, " ", name));
}

// One overload for each kind of change.
class Applier {
 public:
  explicit Applier(SqliteDatabase& database) : database_(database) {}

  absl::Status operator()(const PutCampaign& put) {
    return database_
        .Prepare(
            "INSERT INTO campaigns (name, create_nanos, message, checksum) "
            "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (name) DO UPDATE SET "
            "create_nanos = excluded.create_nanos, "
            "message = excluded.message, checksum = excluded.checksum")
        .Bind(1, put.campaign.name())
        .Bind(2, absl::ToUnixNanos(FromProto(put.campaign.create_time())))
        .BindChecked(3, put.campaign.SerializeAsString())
        .Run();
  }

  absl::Status operator()(const DeleteCampaign& remove) {
    return database_.Prepare("DELETE FROM campaigns WHERE name = ?1")
        .Bind(1, remove.name)
        .Run();
  }

  absl::Status operator()(const PutTrial& put) {
    ISOSHAPE_ASSIGN_OR_RETURN(const TrialName name,
                              ParseTrialName(put.trial.name()));
    return Missing(
        database_
            .Prepare("INSERT INTO trials (campaign, number, state, message, "
                     "checksum) "
                     "VALUES (?1, ?2, ?3, ?4, ?5) "
                     "ON CONFLICT (campaign, number) DO UPDATE SET "
                     "state = excluded.state, message = excluded.message, "
                     "checksum = excluded.checksum")
            .Bind(1, name.campaign)
            .Bind(2, name.number)
            .Bind(3, int64_t{put.trial.state()})
            .BindChecked(4, put.trial.SerializeAsString())
            .Run(),
        "campaign", name.campaign);
  }

  absl::Status operator()(const PutMeasurement& put) {
    ISOSHAPE_ASSIGN_OR_RETURN(const TrialName name, ParseTrialName(put.trial));
    return Missing(
        database_
            .Prepare("INSERT INTO measurements (campaign, number, step, "
                     "message, checksum) "
                     "VALUES (?1, ?2, ?3, ?4, ?5) "
                     "ON CONFLICT (campaign, number, step) DO UPDATE SET "
                     "message = excluded.message, checksum = excluded.checksum")
            .Bind(1, name.campaign)
            .Bind(2, name.number)
            .Bind(3, put.measurement.step())
            .BindChecked(4, put.measurement.SerializeAsString())
            .Run(),
        "trial", put.trial);
  }

  absl::Status operator()(const DropMeasurements& drop) {
    ISOSHAPE_ASSIGN_OR_RETURN(const TrialName name, ParseTrialName(drop.trial));
    return database_
        .Prepare(
            "DELETE FROM measurements WHERE campaign = ?1 AND number = ?2 AND "
            "step > ?3")
        .Bind(1, name.campaign)
        .Bind(2, name.number)
        .Bind(3, drop.after_step)
        .Run();
  }

  absl::Status operator()(const AppendEvent& append) {
    const absl::Status status =
        database_
            .Prepare(
                "INSERT INTO events (sequence, campaign, message, "
                "checksum) VALUES (?1, ?2, ?3, ?4)")
            .Bind(1, append.event.sequence())
            .Bind(2, append.event.campaign())
            .BindChecked(3, append.event.SerializeAsString())
            .Run();
    if (absl::IsAlreadyExists(status)) {
      return absl::AlreadyExistsError(absl::StrCat(
          "there is an event with sequence ", append.event.sequence()));
    }
    return Missing(status, "campaign", append.event.campaign());
  }

  absl::Status operator()(const PutWorker& put) {
    return database_
        .Prepare(
            "INSERT INTO workers (name, message, checksum) VALUES (?1, ?2, ?3) "
            "ON CONFLICT (name) DO UPDATE SET message = excluded.message, "
            "checksum = excluded.checksum")
        .Bind(1, put.worker.name())
        .BindChecked(2, put.worker.SerializeAsString())
        .Run();
  }

  absl::Status operator()(const DeleteWorker& remove) {
    return database_.Prepare("DELETE FROM workers WHERE name = ?1")
        .Bind(1, remove.name)
        .Run();
  }

  absl::Status operator()(const PutRequest& put) {
    return database_
        .Prepare(
            "INSERT INTO requests (method, request_id, fingerprint, "
            "fingerprint_checksum, response, response_checksum, time_nanos) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
            "ON CONFLICT (method, request_id) DO UPDATE SET "
            "fingerprint = excluded.fingerprint, "
            "fingerprint_checksum = excluded.fingerprint_checksum, "
            "response = excluded.response, "
            "response_checksum = excluded.response_checksum, "
            "time_nanos = excluded.time_nanos")
        .Bind(1, put.method)
        .Bind(2, put.request_id)
        .BindChecked(3, put.fingerprint)
        .BindChecked(5, put.response)
        .Bind(7, absl::ToUnixNanos(put.time))
        .Run();
  }

  absl::Status operator()(const PruneRequests& prune) {
    return database_.Prepare("DELETE FROM requests WHERE time_nanos < ?1")
        .Bind(1, absl::ToUnixNanos(prune.before))
        .Run();
  }

  absl::Status operator()(const PutCounter& put) {
    return database_
        .Prepare(
            "INSERT INTO counters (name, value, checksum) VALUES (?1, ?2, ?3) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value, "
            "checksum = excluded.checksum")
        .Bind(1, put.name)
        .BindChecked(2, absl::StrCat(put.value))
        .Run();
  }

 private:
  SqliteDatabase& database_;
};

}  // namespace

absl::Status Apply(SqliteDatabase& database, const Mutation& mutation) {
  return std::visit(Applier(database), mutation);
}

}  // namespace isoshape

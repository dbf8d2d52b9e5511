#include "storage/sqlite/mutations.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "messages/json/proto_time.h"
#include "messages/names/resource_name.h"
#include "storage/stored_rows.h"

namespace isoshape {
namespace {

// One overload for each kind of change.
class Applier {
 public:
  explicit Applier(SqliteDatabase& database) : database_(database) {}

  absl::Status operator()(const PutCampaign& put) {
    const std::string message = put.campaign.SerializeAsString();
    const int64_t created =
        absl::ToUnixNanos(FromProto(put.campaign.create_time()));
    // A key that stays is not written anew: each costs a page of the log.
    ISOSHAPE_ASSIGN_OR_RETURN(
        const bool updated,
        Updates(database_
                    .Prepare("UPDATE campaigns SET message = ?3, checksum = ?4 "
                             "WHERE name = ?1 AND create_nanos = ?2")
                    .Bind(1, put.campaign.name())
                    .Bind(2, created)
                    .BindChecked(3, message)));
    if (updated) return absl::OkStatus();
    return database_
        .Prepare(
            "INSERT INTO campaigns (name, create_nanos, message, checksum) "
            "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (name) DO UPDATE SET "
            "create_nanos = excluded.create_nanos, "
            "message = excluded.message, checksum = excluded.checksum")
        .Bind(1, put.campaign.name())
        .Bind(2, created)
        .BindChecked(3, message)
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
    const std::string message = put.trial.SerializeAsString();
    ISOSHAPE_ASSIGN_OR_RETURN(
        const bool updated,
        Updates(
            database_
                .Prepare("UPDATE trials SET message = ?4, checksum = ?5 WHERE "
                         "campaign = ?1 AND number = ?2 AND state = ?3")
                .Bind(1, name.campaign)
                .Bind(2, name.number)
                .Bind(3, int64_t{put.trial.state()})
                .BindChecked(4, message)));
    if (updated) return absl::OkStatus();
    return MissingReference(
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
            .BindChecked(4, message)
            .Run(),
        "campaign", name.campaign);
  }

  absl::Status operator()(const PutMeasurement& put) {
    ISOSHAPE_ASSIGN_OR_RETURN(const TrialName name, ParseTrialName(put.trial));
    return MissingReference(
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
            .BindChecked(3, StoredEvent(append.event))
            .Run();
    if (absl::IsAlreadyExists(status)) {
      return absl::AlreadyExistsError(absl::StrCat(
          "there is an event with sequence ", append.event.sequence()));
    }
    return MissingReference(status, "campaign", append.event.campaign());
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
    return database_
        .Prepare(
            "DELETE FROM requests WHERE (method, request_id) IN (SELECT "
            "method, request_id FROM requests WHERE time_nanos < ?1 "
            "ORDER BY time_nanos LIMIT ?2)")
        .Bind(1, absl::ToUnixNanos(prune.before))
        .Bind(2, int64_t{prune.limit})
        .Run();
  }

  absl::Status operator()(const PruneEvents& prune) {
    ISOSHAPE_ASSIGN_OR_RETURN(const int64_t after,
                              ReadCounter(database_, kPrunedEvents));
    ISOSHAPE_ASSIGN_OR_RETURN(const ForgottenEvents forgotten,
                              FindForgotten(prune, after));
    for (const int64_t sequence : forgotten.sequences) {
      ISOSHAPE_RETURN_IF_ERROR(
          database_.Prepare("DELETE FROM events WHERE sequence = ?1")
              .Bind(1, sequence)
              .Run());
    }
    if (forgotten.last == after) return absl::OkStatus();
    return (*this)(PutCounter{kPrunedEvents, forgotten.last});
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

  absl::Status operator()(const TellChange& /*tell*/) {
    return absl::OkStatus();
  }

 private:
  // What PruneEvents takes out, and the last event that it looked at.
  struct ForgottenEvents {
    std::vector<int64_t> sequences;
    int64_t last = 0;
  };

  absl::StatusOr<ForgottenEvents> FindForgotten(const PruneEvents& prune,
                                                int64_t after) {
    ForgottenEvents forgotten = {.sequences = {}, .last = after};
    SqliteStatement statement = database_.Prepare(
        "SELECT message, checksum, sequence FROM events WHERE sequence > ?1 "
        "ORDER BY sequence LIMIT ?2");
    statement.Bind(1, after).Bind(2, int64_t{prune.limit});
    v1::CampaignEvent event;
    while (true) {
      ISOSHAPE_ASSIGN_OR_RETURN(const bool row, statement.Step());
      if (!row) return forgotten;
      // One that is damaged stays, so that whoever reads it is told: that
      // others are forgotten must not fail, as it is acknowledged before it is
      // done.
      const absl::StatusOr<std::string> bytes = statement.Checked(0);
      if (!bytes.ok() || !event.ParseFromString(*bytes)) {
        forgotten.last = statement.Integer(2);
        continue;
      }
      if (FromProto(event.time()) >= prune.before) return forgotten;
      forgotten.last = statement.Integer(2);
      if (event.kind() == v1::CampaignEvent::TRIAL_MEASURED) {
        forgotten.sequences.push_back(forgotten.last);
      }
    }
  }

  // Runs an UPDATE; whether there was a row.
  absl::StatusOr<bool> Updates(SqliteStatement& statement) {
    ISOSHAPE_RETURN_IF_ERROR(statement.Run());
    return sqlite3_changes(database_.handle()) > 0;
  }

  SqliteDatabase& database_;
};

}  // namespace

absl::StatusOr<int64_t> ReadCounter(SqliteDatabase& database,
                                    absl::string_view name) {
  SqliteStatement statement =
      database.Prepare("SELECT value, checksum FROM counters WHERE name = ?1");
  statement.Bind(1, name);
  ISOSHAPE_ASSIGN_OR_RETURN(const bool row, statement.Step());
  if (!row) return 0;
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string digits, statement.Checked(0));
  return CounterValue(name, digits);
}

absl::Status Apply(SqliteDatabase& database, const Mutation& mutation) {
  return std::visit(Applier(database), mutation);
}

absl::Status ApplyAll(SqliteDatabase& database,
                      const std::vector<Mutation>& mutations) {
  for (const Mutation& mutation : mutations) {
    ISOSHAPE_RETURN_IF_ERROR(Apply(database, mutation));
  }
  return absl::OkStatus();
}

}  // namespace isoshape

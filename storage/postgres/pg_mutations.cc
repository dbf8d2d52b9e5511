#include "storage/postgres/pg_mutations.h"

#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "messages/json/proto_time.h"
#include "messages/names/resource_name.h"
#include "storage/stored_rows.h"

namespace isoshape {
namespace {

// One overload for each kind of change; docs/storage.md has the tables.
class Writer {
 public:
  Writer(std::optional<int64_t> pruned, PgConnection& connection)
      : connection_(connection) {
    changes_.pruned = pruned;
  }

  PgChanges Take() { return std::move(changes_); }
  void Begin(size_t mutation) { mutation_ = mutation; }

  absl::Status operator()(const PutCampaign& put) {
    Add("INSERT INTO campaigns (name, create_nanos, message, checksum) "
        "VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO UPDATE SET "
        "create_nanos = excluded.create_nanos, message = excluded.message, "
        "checksum = excluded.checksum")
        .Text(put.campaign.name())
        .Integer(absl::ToUnixNanos(FromProto(put.campaign.create_time())))
        .Checked(put.campaign.SerializeAsString());
    return absl::OkStatus();
  }

  absl::Status operator()(const DeleteCampaign& remove) {
    Add("DELETE FROM campaigns WHERE name = $1").Text(remove.name);
    return absl::OkStatus();
  }

  absl::Status operator()(const PutTrial& put) {
    ISOSHAPE_ASSIGN_OR_RETURN(const TrialName name,
                              ParseTrialName(put.trial.name()));
    Add("INSERT INTO trials (campaign, number, state, message, checksum) "
        "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (campaign, number) DO UPDATE "
        "SET state = excluded.state, message = excluded.message, "
        "checksum = excluded.checksum")
        .Text(name.campaign)
        .Integer(name.number)
        .Integer(put.trial.state())
        .Checked(put.trial.SerializeAsString());
    return absl::OkStatus();
  }

  absl::Status operator()(const PutMeasurement& put) {
    ISOSHAPE_ASSIGN_OR_RETURN(const TrialName name, ParseTrialName(put.trial));
    Add("INSERT INTO measurements (campaign, number, step, message, checksum) "
        "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (campaign, number, step) DO "
        "UPDATE SET message = excluded.message, checksum = excluded.checksum")
        .Text(name.campaign)
        .Integer(name.number)
        .Integer(put.measurement.step())
        .Checked(put.measurement.SerializeAsString());
    return absl::OkStatus();
  }

  absl::Status operator()(const DropMeasurements& drop) {
    ISOSHAPE_ASSIGN_OR_RETURN(const TrialName name, ParseTrialName(drop.trial));
    Add("DELETE FROM measurements WHERE campaign = $1 AND number = $2 AND "
        "step > $3")
        .Text(name.campaign)
        .Integer(name.number)
        .Integer(drop.after_step);
    return absl::OkStatus();
  }

  absl::Status operator()(const AppendEvent& append) {
    Add("INSERT INTO events (sequence, campaign, message, checksum) "
        "VALUES ($1, $2, $3, $4)")
        .Integer(append.event.sequence())
        .Text(append.event.campaign())
        .Checked(StoredEvent(append.event));
    return absl::OkStatus();
  }

  absl::Status operator()(const PutWorker& put) {
    Add("INSERT INTO workers (name, message, checksum) VALUES ($1, $2, $3) "
        "ON CONFLICT (name) DO UPDATE SET message = excluded.message, "
        "checksum = excluded.checksum")
        .Text(put.worker.name())
        .Checked(put.worker.SerializeAsString());
    return absl::OkStatus();
  }

  absl::Status operator()(const DeleteWorker& remove) {
    Add("DELETE FROM workers WHERE name = $1").Text(remove.name);
    return absl::OkStatus();
  }

  absl::Status operator()(const PutRequest& put) {
    Add("INSERT INTO requests (method, request_id, fingerprint, "
        "fingerprint_checksum, response, response_checksum, time_nanos) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (method, request_id) "
        "DO UPDATE SET fingerprint = excluded.fingerprint, "
        "fingerprint_checksum = excluded.fingerprint_checksum, "
        "response = excluded.response, "
        "response_checksum = excluded.response_checksum, "
        "time_nanos = excluded.time_nanos")
        .Text(put.method)
        .Bytes(put.request_id)
        .Checked(put.fingerprint)
        .Checked(put.response)
        .Integer(absl::ToUnixNanos(put.time));
    return absl::OkStatus();
  }

  absl::Status operator()(const PruneRequests& prune) {
    Add("DELETE FROM requests WHERE (method, request_id) IN (SELECT method, "
        "request_id FROM requests WHERE time_nanos < $1 ORDER BY time_nanos "
        "LIMIT $2)")
        .Integer(absl::ToUnixNanos(prune.before))
        .Integer(prune.limit);
    return absl::OkStatus();
  }

  // Events of this list are not among those that are looked at: they are of
  // now.
  absl::Status operator()(const PruneEvents& prune) {
    if (!changes_.pruned.has_value()) {
      ISOSHAPE_ASSIGN_OR_RETURN(changes_.pruned,
                                ReadPgCounter(connection_, kPrunedEvents));
    }
    const int64_t after = *changes_.pruned;
    ISOSHAPE_ASSIGN_OR_RETURN(
        const PgRows rows,
        connection_.Ask(
            PgQuery("SELECT message, checksum, sequence FROM events WHERE "
                    "sequence > $1 ORDER BY sequence LIMIT $2")
                .Integer(after)
                .Integer(prune.limit)));
    v1::CampaignEvent event;
    for (int i = 0; i < rows.count(); ++i) {
      const absl::StatusOr<absl::string_view> bytes = rows.Checked(i, 0);
      // One that is damaged stays, so that whoever reads it is told: that
      // others are forgotten must not fail, as it goes with commits that have
      // nothing to do with it.
      if (!bytes.ok() || !event.ParseFromArray(
                             bytes->data(), static_cast<int>(bytes->size()))) {
        changes_.pruned = rows.Integer(i, 2);
        continue;
      }
      if (FromProto(event.time()) >= prune.before) break;
      changes_.pruned = rows.Integer(i, 2);
      if (event.kind() == v1::CampaignEvent::TRIAL_MEASURED) {
        Add("DELETE FROM events WHERE sequence = $1").Integer(*changes_.pruned);
      }
    }
    if (*changes_.pruned == after) return absl::OkStatus();
    return (*this)(PutCounter{kPrunedEvents, *changes_.pruned});
  }

  absl::Status operator()(const PutCounter& put) {
    Add("INSERT INTO counters (name, value, checksum) VALUES ($1, $2, $3) "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value, "
        "checksum = excluded.checksum")
        .Text(put.name)
        .Checked(absl::StrCat(put.value));
    return absl::OkStatus();
  }

  absl::Status operator()(const TellChange& /*tell*/) {
    return absl::OkStatus();
  }

 private:
  PgQuery& Add(const char* sql) {
    changes_.mutations.push_back(mutation_);
    return changes_.queries.emplace_back(sql);
  }

  PgConnection& connection_;
  PgChanges changes_;
  size_t mutation_ = 0;
};

}  // namespace

absl::StatusOr<int64_t> ReadPgCounter(PgConnection& connection,
                                      absl::string_view name) {
  ISOSHAPE_ASSIGN_OR_RETURN(
      const PgRows rows,
      connection.Ask(
          PgQuery("SELECT value, checksum FROM counters WHERE name = $1")
              .Text(name)));
  if (rows.count() == 0) return 0;
  ISOSHAPE_ASSIGN_OR_RETURN(const absl::string_view digits, rows.Checked(0, 0));
  return CounterValue(name, digits);
}

absl::StatusOr<PgChanges> ChangesOf(const std::vector<Mutation>& mutations,
                                    std::optional<int64_t> pruned,
                                    PgConnection& connection) {
  Writer writer(pruned, connection);
  for (size_t i = 0; i < mutations.size(); ++i) {
    writer.Begin(i);
    ISOSHAPE_RETURN_IF_ERROR(std::visit(writer, mutations[i]));
  }
  return writer.Take();
}

absl::Status ChangeError(const Mutation& mutation, const absl::Status& status) {
  if (const auto* event = std::get_if<AppendEvent>(&mutation)) {
    if (absl::IsAlreadyExists(status)) {
      return absl::AlreadyExistsError(absl::StrCat(
          "there is an event with sequence ", event->event.sequence()));
    }
    return MissingReference(status, "campaign", event->event.campaign());
  }
  if (const auto* trial = std::get_if<PutTrial>(&mutation)) {
    const auto name = ParseTrialName(trial->trial.name());
    if (name.ok()) return MissingReference(status, "campaign", name->campaign);
  }
  if (const auto* point = std::get_if<PutMeasurement>(&mutation)) {
    return MissingReference(status, "trial", point->trial);
  }
  return status;
}

}  // namespace isoshape

#include "storage/postgres/pg_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "storage/postgres/pg_mutations.h"
#include "storage/postgres/pg_schema.h"

namespace isoshape {

absl::StatusOr<std::unique_ptr<PgStore>> PgStore::Open(
    PgLead::Options options) {
  std::unique_ptr<PgStore> store(new PgStore(options.address));
  ISOSHAPE_ASSIGN_OR_RETURN(store->lead_, PgLead::Take(std::move(options)));
  absl::MutexLock lock(&store->write_mutex_);
  ISOSHAPE_RETURN_IF_ERROR(store->Settle());
  ISOSHAPE_RETURN_IF_ERROR(MigratePgSchema(*store->writer_, store->address_));
  return store;
}

PgStore::~PgStore() = default;

void PgStore::GiveUpWriter() {
  settled_ = false;
  writer_.reset();
  pruned_.reset();
}

absl::Status PgStore::Settle() {
  ISOSHAPE_RETURN_IF_ERROR(lead_->Check());
  if (settled_ && writer_ != nullptr && writer_->usable()) {
    return absl::OkStatus();
  }
  GiveUpWriter();
  ISOSHAPE_ASSIGN_OR_RETURN(std::unique_ptr<PgConnection> connection,
                            PgConnection::Open(address_));
  ISOSHAPE_RETURN_IF_ERROR(lead_->Raise(*connection));
  ISOSHAPE_ASSIGN_OR_RETURN(
      const PgRows rows,
      connection->Ask(PgQuery("SELECT number FROM last_commit")));
  if (rows.count() != 1) {
    return absl::DataLossError(
        absl::StrCat("database ", address_.shown, ": last_commit is empty"));
  }
  applied_ = rows.Integer(0, 0);
  number_ = std::max(number_, applied_);
  writer_ = std::move(connection);
  ChangeReaders();
  settled_ = true;
  return absl::OkStatus();
}

void PgStore::ChangeReaders() {
  std::vector<std::unique_ptr<PgConnection>> old;  // ends without the lock
  absl::MutexLock lock(&readers_mutex_);
  old.swap(readers_);
  ++generation_;
}

absl::StatusOr<std::unique_ptr<PgConnection>> PgStore::OpenReader(
    int64_t* generation) {
  {
    std::vector<std::unique_ptr<PgConnection>> old;
    absl::MutexLock lock(&readers_mutex_);
    old.swap(readers_);
    *generation = generation_;
  }
  // Before the server is asked for its own, which only grows: who raises it
  // meanwhile does no harm.
  const int64_t epoch = lead_->epoch();
  ISOSHAPE_ASSIGN_OR_RETURN(std::unique_ptr<PgConnection> connection,
                            PgConnection::Open(address_));
  ISOSHAPE_ASSIGN_OR_RETURN(
      const PgRows rows, connection->Ask(PgQuery("SELECT epoch FROM leader")));
  if (rows.count() == 1 && rows.Integer(0, 0) >= epoch) return connection;
  return absl::UnavailableError(
      absl::StrCat("database ", address_.shown,
                   ": the server that answers is behind the one that is "
                   "written to; stop it if it is an old primary"));
}

absl::Status PgStore::TryToCommit(const std::vector<Mutation>& mutations,
                                  bool* unanswered) {
  // Before anything can fail: what Settle finds is never taken for this one.
  const int64_t number = ++number_;
  const auto changes = ChangesOf(mutations, pruned_, *writer_);
  if (!changes.ok()) {
    *unanswered = !writer_->usable();
    return changes.status();
  }
  std::vector<PgQuery> queries = {PgQuery("BEGIN"),
                                  PgQuery("SELECT begin_commit($1, $2)")
                                      .Integer(lead_->epoch())
                                      .Integer(number)};
  const size_t before = queries.size();
  queries.insert(queries.end(), changes->queries.begin(),
                 changes->queries.end());
  queries.emplace_back("COMMIT");
  const PgOutcome outcome = writer_->Run(queries);
  if (outcome.status.ok()) {
    pruned_ = changes->pruned;
    return absl::OkStatus();
  }
  if (outcome.unanswered) {
    *unanswered = true;
    return outcome.status;
  }
  writer_->Rollback();
  if (outcome.fenced) return lead_->Lose();
  const size_t change = outcome.failed - before;
  return outcome.failed >= before && change < changes->mutations.size()
             ? ChangeError(mutations[changes->mutations[change]],
                           outcome.status)
             : outcome.status;
}

absl::Status PgStore::Commit(const std::vector<Mutation>& mutations) {
  if (mutations.empty()) return absl::OkStatus();
  absl::MutexLock lock(&write_mutex_);
  ISOSHAPE_RETURN_IF_ERROR(Settle());
  bool unanswered = false;
  absl::Status status = TryToCommit(mutations, &unanswered);
  if (!unanswered) return status;
  const int64_t number = number_;
  GiveUpWriter();
  // Until it is settled, every call that comes tries to.
  ISOSHAPE_RETURN_IF_ERROR(Settle());
  if (applied_ == number) return absl::OkStatus();
  // It was not applied, and cannot be any more: as when the server was
  // restarted between two commits. Once more, then.
  unanswered = false;
  status = TryToCommit(mutations, &unanswered);
  if (unanswered) GiveUpWriter();
  return status;
}

absl::Status PgStore::InTransaction(
    absl::FunctionRef<absl::Status(PgConnection&)> body) {
  absl::MutexLock lock(&write_mutex_);
  ISOSHAPE_RETURN_IF_ERROR(Settle());
  PgOutcome begun = writer_->Run({PgQuery("BEGIN ISOLATION LEVEL REPEATABLE "
                                          "READ"),
                                  PgQuery("SELECT begin_commit($1, $2)")
                                      .Integer(lead_->epoch())
                                      .Integer(++number_),
                                  // The other database has its turn between.
                                  PgQuery("SET LOCAL "
                                          "idle_in_transaction_session_"
                                          "timeout = 0")});
  absl::Status status = begun.fenced ? lead_->Lose() : begun.status;
  if (status.ok()) status = body(*writer_);
  if (status.ok()) status = writer_->Ask(PgQuery("COMMIT")).status();
  if (!status.ok()) {
    writer_->Rollback();
    GiveUpWriter();
  }
  return status;
}

absl::Status PgStore::CheckWritable() { return lead_->Check(); }

}  // namespace isoshape

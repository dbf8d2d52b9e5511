#ifndef ISOSHAPE_STORAGE_POSTGRES_PG_STORE_H_
#define ISOSHAPE_STORAGE_POSTGRES_PG_STORE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "storage/postgres/pg_connection.h"
#include "storage/postgres/pg_lead.h"
#include "storage/store.h"

namespace isoshape {

// A store in a schema of a PostgreSQL database, over libpq. Who opens it has
// the lead (pg_lead.h). One connection writes: a commit is one round trip, in
// which the lead is asked for, and returns OK when the server has it on its
// disk and on those of the replicas that it is told to wait for. Readers have a
// few connections of their own.
//
// A commit that got no answer is looked for: over a new connection the epoch is
// raised, so that the old one can write nothing any more, and only then the
// number of the last commit is read. Nothing else is read or written before.
// The new connection may be to another server, a replica that was promoted:
// readers then leave the old one too. Thread-safe.
//
//   auto store = PgStore::Open({.address =
//   *ParsePgAddress("postgres:///runs")});
class PgStore : public Store {
 public:
  // Errors of PgLead::Take, EnsurePgSchema and MigratePgSchema.
  static absl::StatusOr<std::unique_ptr<PgStore>> Open(PgLead::Options options);
  ~PgStore() override;

  absl::Status Commit(const std::vector<Mutation>& mutations) override;
  absl::Status CheckWritable() override;
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

  // Runs something over the writer's connection in a transaction of the leader,
  // with commits held up: for whoever copies whole tables.
  absl::Status InTransaction(
      absl::FunctionRef<absl::Status(PgConnection&)> body);

 private:
  // Readers' connections at most; the server has some hundred for everybody.
  static constexpr int kMaxReaders = 8;
  // A reader's connection, lent for one call.
  class Reader;

  explicit PgStore(PgAddress address) : address_(std::move(address)) {}

  // Makes sure that there is a connection to write over, and that what became
  // of the last commit is known.
  absl::Status Settle() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // One try of a commit; `unanswered`: what became of it is not known.
  absl::Status TryToCommit(const std::vector<Mutation>& mutations,
                           bool* unanswered)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // Drops the connection: the next call settles.
  void GiveUpWriter() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // Sends all to a reader's connection; once more over a new one, if the old
  // one turns out to be gone.
  absl::StatusOr<std::vector<PgRows>> Read(const std::vector<PgQuery>& queries);
  // A connection for a reader, and the generation that it belongs to; drops
  // those that wait, as their server may be gone too. UNAVAILABLE also if its
  // server has not got the writer's epoch: an old primary.
  absl::StatusOr<std::unique_ptr<PgConnection>> OpenReader(int64_t* generation);
  // Begins a generation of readers' connections: those that wait are dropped,
  // and those that are lent are not taken back.
  void ChangeReaders();

  const PgAddress address_;
  std::unique_ptr<PgLead> lead_;
  absl::Mutex write_mutex_;
  // Null: not settled.
  std::unique_ptr<PgConnection> writer_ ABSL_GUARDED_BY(write_mutex_);
  std::atomic<bool> settled_ = false;
  int64_t number_ ABSL_GUARDED_BY(write_mutex_) = 0;   // of the last commit
  int64_t applied_ ABSL_GUARDED_BY(write_mutex_) = 0;  // that Settle found
  std::optional<int64_t> pruned_ ABSL_GUARDED_BY(write_mutex_);
  absl::Mutex readers_mutex_;
  std::vector<std::unique_ptr<PgConnection>> readers_
      ABSL_GUARDED_BY(readers_mutex_);
  int lent_ ABSL_GUARDED_BY(readers_mutex_) = 0;
  // Grows with each new connection of the writer.
  int64_t generation_ ABSL_GUARDED_BY(readers_mutex_) = 0;
};

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_POSTGRES_PG_STORE_H_

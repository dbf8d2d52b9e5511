#ifndef ISOSHAPE_STORAGE_SQLITE_SQLITE_STORE_H_
#define ISOSHAPE_STORAGE_SQLITE_SQLITE_STORE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "storage/sqlite/database_file.h"
#include "storage/sqlite/sqlite_database.h"
#include "storage/store.h"

namespace isoshape {

// A store in one SQLite file: write-ahead log, synchronous=FULL, so that a
// commit that returned OK survives a crash of the process and of the machine.
// One connection writes; readers have connections of their own and see the
// newest commit without waiting for the writer. docs/storage.md draws the
// schema. Thread-safe.
//
//   auto store = SqliteStore::Open({.path = "campaigns.db"});
class SqliteStore : public Store {
 public:
  struct Options {
    std::string path;
    // How long a call waits for another program's lock on the file.
    absl::Duration busy_timeout = absl::Seconds(5);
    TellWait tell = nullptr;  // of DatabaseLock::Take
    // One of so many bytes that was closed in order, and was not touched since,
    // is checked beside its use and not before.
    int64_t check_beside_from = int64_t{32} << 20;
  };

  // Opens or creates the file. Refused, and left as it is: FAILED_PRECONDITION
  // if another coordinator has it open, or if it was written by a newer
  // isoshape or by another program; DATA_LOSS if it is damaged or no
  // database; UNAVAILABLE if it cannot be created, read or written.
  // INVALID_ARGUMENT if the path is empty; CANCELLED as DatabaseLock::Take.
  static absl::StatusOr<std::unique_ptr<SqliteStore>> Open(Options options);
  ~SqliteStore() override;

  // Waits until a check beside its use, if there is one, has ended. If it finds
  // damage, every commit is DATA_LOSS from then on.
  void AwaitCheck();

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

 private:
  // A reader's connection, lent for one call.
  class Reader;

  SqliteStore(Options options, std::unique_ptr<DatabaseLock> lock)
      : options_(std::move(options)), lock_(std::move(lock)) {}

  absl::Status OpenWriter(FileState state);
  void CheckBeside();
  // UNAVAILABLE if the files are no longer at their paths, or once were not.
  absl::Status CheckInPlace() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);

  const Options options_;
  const std::unique_ptr<DatabaseLock> lock_;
  absl::Mutex write_mutex_;
  // Why nothing is written any more, if it is so.
  absl::Status moved_ ABSL_GUARDED_BY(write_mutex_);
  // It is that another program wrote into the database.
  bool overwritten_ ABSL_GUARDED_BY(write_mutex_) = false;
  // Whether all of it was found sound since it was opened.
  bool sound_ ABSL_GUARDED_BY(write_mutex_) = false;
  std::unique_ptr<SqliteDatabase> writer_ ABSL_GUARDED_BY(write_mutex_);
  absl::Mutex readers_mutex_;
  std::vector<std::unique_ptr<SqliteDatabase>> readers_
      ABSL_GUARDED_BY(readers_mutex_);
  std::atomic<bool> closing_ = false;
  absl::Mutex check_mutex_;
  std::thread check_ ABSL_GUARDED_BY(check_mutex_);  // uses the others
};

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_SQLITE_STORE_H_

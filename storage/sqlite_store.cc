#include "storage/sqlite_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/proto_time.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "storage/mutations.h"
#include "storage/schema.h"

namespace isoshape {
namespace {

constexpr char kRemedy[] =
    "; restore a backup, or choose another file with --db";

absl::Status NewerError(const std::string& path, int64_t version) {
  return absl::FailedPreconditionError(absl::StrCat(
      "database ", path, " has schema version ", version,
      ", newer than this program's ", NewestSchemaVersion(),
      "; use the isoshape that wrote it, or choose another file with --db"));
}

absl::Status ForeignError(const std::string& path) {
  return absl::FailedPreconditionError(absl::StrCat(
      "database ", path,
      " belongs to another program; choose another file with --db"));
}

// Refuses what the first 100 bytes tell is not ours, without opening it as a
// database. https://www.sqlite.org/fileformat2.html, section 1.3.
absl::Status CheckHeader(const std::string& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return absl::OkStatus();
    return absl::UnavailableError(
        absl::StrCat("database ", path, ": ", strerror(errno)));
  }
  if (!S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "database ", path, " is not a file; name a file with --db"));
  }
  if (info.st_size == 0) return absl::OkStatus();
  std::array<unsigned char, 100> header = {};
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(header.data()), header.size());
  if (file.gcount() < static_cast<std::streamsize>(header.size()) ||
      std::memcmp(header.data(), "SQLite format 3", 16) != 0) {
    return absl::DataLossError(
        absl::StrCat("file ", path, " is not a SQLite database", kRemedy));
  }
  const auto integer_at = [&header](size_t at) {
    return (int64_t{header[at]} << 24) | (int64_t{header[at + 1]} << 16) |
           (int64_t{header[at + 2]} << 8) | int64_t{header[at + 3]};
  };
  if (integer_at(68) != kApplicationId) return ForeignError(path);
  if (integer_at(60) > NewestSchemaVersion()) {
    return NewerError(path, integer_at(60));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> Lock(const std::string& path) {
  const std::string lock_path = path + ".lock";
  const int lock = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock < 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot create ", lock_path, ": ", strerror(errno),
                     "; name a file in a writable folder with --db"));
  }
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    close(lock);
    return absl::FailedPreconditionError(absl::StrCat(
        "database ", path,
        " is in use by another isoshape-coordinator; stop that one, or choose "
        "another file with --db"));
  }
  return lock;
}

// Reads all rows whose only column is a message.
template <typename Message>
absl::StatusOr<std::vector<Message>> ReadAll(SqliteStatement& statement) {
  std::vector<Message> rows;
  while (true) {
    ISOSHAPE_ASSIGN_OR_RETURN(const bool row, statement.Step());
    if (!row) return rows;
    if (!rows.emplace_back().ParseFromString(statement.Bytes(0))) {
      return absl::DataLossError(
          absl::StrCat("a stored ", Message::descriptor()->name(),
                       " cannot be read: the database is damaged"));
    }
  }
}

template <typename Message>
absl::StatusOr<Message> ReadOne(SqliteStatement& statement,
                                absl::string_view what,
                                absl::string_view name) {
  ISOSHAPE_ASSIGN_OR_RETURN(std::vector<Message> rows,
                            ReadAll<Message>(statement));
  if (rows.empty()) {
    return absl::NotFoundError(absl::StrCat("there is no ", what, " ", name));
  }
  return std::move(rows.front());
}

}  // namespace

// Lends a connection and takes it back; a new one is opened where all are lent.
class SqliteStore::Reader {
 public:
  static absl::StatusOr<Reader> Borrow(SqliteStore& store) {
    {
      absl::MutexLock lock(&store.readers_mutex_);
      if (!store.readers_.empty()) {
        Reader reader(store, std::move(store.readers_.back()));
        store.readers_.pop_back();
        return reader;
      }
    }
    ISOSHAPE_ASSIGN_OR_RETURN(
        std::unique_ptr<SqliteDatabase> database,
        SqliteDatabase::Open(store.options_.path,
                             SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
                             store.options_.busy_timeout));
    return Reader(store, std::move(database));
  }

  Reader(Reader&& other) = default;
  ~Reader() {
    if (database_ == nullptr) return;
    absl::MutexLock lock(&store_->readers_mutex_);
    store_->readers_.push_back(std::move(database_));
  }

  SqliteDatabase* operator->() { return database_.get(); }

  // NOT_FOUND where there is no such row.
  absl::Status Expect(SqliteStatement& statement, absl::string_view what,
                      absl::string_view name) {
    ISOSHAPE_ASSIGN_OR_RETURN(const bool row, statement.Step());
    if (row) return absl::OkStatus();
    return absl::NotFoundError(absl::StrCat("there is no ", what, " ", name));
  }
  absl::Status ExpectCampaign(absl::string_view campaign) {
    SqliteStatement statement =
        database_->Prepare("SELECT 1 FROM campaigns WHERE name = ?1");
    statement.Bind(1, campaign);
    return Expect(statement, "campaign", campaign);
  }

 private:
  Reader(SqliteStore& store, std::unique_ptr<SqliteDatabase> database)
      : store_(&store), database_(std::move(database)) {}

  SqliteStore* store_;
  std::unique_ptr<SqliteDatabase> database_;
};

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Open(
    Options options) {
  ISOSHAPE_RETURN_IF_ERROR(CheckHeader(options.path));
  ISOSHAPE_ASSIGN_OR_RETURN(const int lock, Lock(options.path));
  auto store =
      std::unique_ptr<SqliteStore>(new SqliteStore(std::move(options), lock));
  ISOSHAPE_RETURN_IF_ERROR(store->OpenWriter());
  return store;
}

SqliteStore::~SqliteStore() {
  {
    absl::MutexLock lock(&readers_mutex_);
    readers_.clear();
  }
  {
    // The last connection to close empties the write-ahead log.
    absl::MutexLock lock(&write_mutex_);
    writer_.reset();
  }
  close(lock_);
}

absl::Status SqliteStore::OpenWriter() {
  absl::MutexLock lock(&write_mutex_);
  ISOSHAPE_ASSIGN_OR_RETURN(
      writer_, SqliteDatabase::Open(options_.path,
                                    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                                        SQLITE_OPEN_NOMUTEX,
                                    options_.busy_timeout));
  // Until it is known to be sound, closing must not fold the log into it.
  sqlite3_db_config(writer_->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                    nullptr);
  const absl::StatusOr<std::string> check =
      writer_->QueryText("PRAGMA quick_check(1)");
  if (absl::IsUnavailable(check.status())) return check.status();
  if (!check.ok() || *check != "ok") {
    return absl::DataLossError(absl::StrCat(
        "database ", options_.path, " is damaged (",
        check.ok() ? *check : std::string(check.status().message()), ")",
        kRemedy));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const int64_t version,
                            writer_->QueryInteger("PRAGMA user_version"));
  if (version > NewestSchemaVersion()) {
    return NewerError(options_.path, version);
  }
  if (version == 0) {
    ISOSHAPE_ASSIGN_OR_RETURN(
        const int64_t tables,
        writer_->QueryInteger("SELECT count(*) FROM sqlite_schema"));
    if (tables != 0) return ForeignError(options_.path);
  }
  // The schema first: so the marks in the header are in the file itself, where
  // CheckHeader looks, before the log begins.
  ISOSHAPE_RETURN_IF_ERROR(Migrate(*writer_));
  ISOSHAPE_RETURN_IF_ERROR(
      writer_->Execute("PRAGMA journal_mode = WAL;"
                       "PRAGMA synchronous = FULL;"
                       "PRAGMA foreign_keys = ON;"));
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string journal,
                            writer_->QueryText("PRAGMA journal_mode"));
  if (journal != "wal") {
    return absl::UnavailableError(absl::StrCat(
        "database ", options_.path,
        ": this file system has no write-ahead "
        "log (it needs shared memory); name a file on a local disk with --db"));
  }
  sqlite3_db_config(writer_->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0,
                    nullptr);
  return absl::OkStatus();
}

absl::Status SqliteStore::Commit(const std::vector<Mutation>& mutations) {
  if (mutations.empty()) return absl::OkStatus();
  absl::MutexLock lock(&write_mutex_);
  ISOSHAPE_RETURN_IF_ERROR(writer_->Prepare("BEGIN IMMEDIATE").Run());
  absl::Status status;
  for (const Mutation& mutation : mutations) {
    status = Apply(*writer_, mutation);
    if (!status.ok()) break;
  }
  if (status.ok()) status = writer_->Prepare("COMMIT").Run();
  // SQLite has rolled back on its own after some errors.
  if (!status.ok() && sqlite3_get_autocommit(writer_->handle()) == 0) {
    writer_->Prepare("ROLLBACK").Run().IgnoreError();
  }
  return status;
}

absl::StatusOr<v1::Campaign> SqliteStore::GetCampaign(absl::string_view name) {
  ISOSHAPE_ASSIGN_OR_RETURN(Reader reader, Reader::Borrow(*this));
  SqliteStatement statement =
      reader->Prepare("SELECT message FROM campaigns WHERE name = ?1");
  statement.Bind(1, name);
  return ReadOne<v1::Campaign>(statement, "campaign", name);
}

absl::StatusOr<std::vector<v1::Campaign>> SqliteStore::ListCampaigns(
    const Page<std::string>& page) {
  ISOSHAPE_ASSIGN_OR_RETURN(Reader reader, Reader::Borrow(*this));
  if (!page.after.has_value()) {
    SqliteStatement statement = reader->Prepare(
        "SELECT message FROM campaigns ORDER BY create_nanos DESC, name DESC "
        "LIMIT ?1");
    statement.Bind(1, int64_t{page.limit});
    return ReadAll<v1::Campaign>(statement);
  }
  SqliteStatement statement = reader->Prepare(
      "SELECT message FROM campaigns WHERE (create_nanos, name) < "
      "((SELECT create_nanos FROM campaigns WHERE name = ?1), ?1) "
      "ORDER BY create_nanos DESC, name DESC LIMIT ?2");
  statement.Bind(1, *page.after).Bind(2, int64_t{page.limit});
  return ReadAll<v1::Campaign>(statement);
}

absl::StatusOr<v1::Trial> SqliteStore::GetTrial(absl::string_view name) {
  ISOSHAPE_ASSIGN_OR_RETURN(const TrialName parsed, ParseTrialName(name));
  ISOSHAPE_ASSIGN_OR_RETURN(Reader reader, Reader::Borrow(*this));
  SqliteStatement statement = reader->Prepare(
      "SELECT message FROM trials WHERE campaign = ?1 AND number = ?2");
  statement.Bind(1, parsed.campaign).Bind(2, parsed.number);
  return ReadOne<v1::Trial>(statement, "trial", name);
}

absl::StatusOr<std::vector<v1::Trial>> SqliteStore::ListTrials(
    absl::string_view campaign, std::optional<v1::Trial::State> state,
    const Page<int64_t>& page) {
  ISOSHAPE_ASSIGN_OR_RETURN(Reader reader, Reader::Borrow(*this));
  ISOSHAPE_RETURN_IF_ERROR(reader.ExpectCampaign(campaign));
  if (state.has_value()) {
    SqliteStatement statement = reader->Prepare(
        "SELECT message FROM trials WHERE campaign = ?1 AND number > ?2 AND "
        "state = ?4 ORDER BY number LIMIT ?3");
    statement.Bind(1, campaign)
        .Bind(2, page.after.value_or(0))
        .Bind(3, int64_t{page.limit})
        .Bind(4, int64_t{*state});
    return ReadAll<v1::Trial>(statement);
  }
  SqliteStatement statement = reader->Prepare(
      "SELECT message FROM trials WHERE campaign = ?1 AND number > ?2 "
      "ORDER BY number LIMIT ?3");
  statement.Bind(1, campaign)
      .Bind(2, page.after.value_or(0))
      .Bind(3, int64_t{page.limit});
  return ReadAll<v1::Trial>(statement);
}

absl::StatusOr<std::vector<v1::Measurement>> SqliteStore::ListMeasurements(
    absl::string_view trial, const Page<int64_t>& page) {
  ISOSHAPE_ASSIGN_OR_RETURN(const TrialName name, ParseTrialName(trial));
  ISOSHAPE_ASSIGN_OR_RETURN(Reader reader, Reader::Borrow(*this));
  {
    SqliteStatement statement = reader->Prepare(
        "SELECT 1 FROM trials WHERE campaign = ?1 AND number = ?2");
    statement.Bind(1, name.campaign).Bind(2, name.number);
    ISOSHAPE_RETURN_IF_ERROR(reader.Expect(statement, "trial", trial));
  }
  SqliteStatement statement = reader->Prepare(
      "SELECT message FROM measurements WHERE campaign = ?1 AND number = ?2 "
      "AND step > ?3 ORDER BY step LIMIT ?4");
  statement.Bind(1, name.campaign)
      .Bind(2, name.number)
      .Bind(3, page.after.value_or(-1))
      .Bind(4, int64_t{page.limit});
  return ReadAll<v1::Measurement>(statement);
}

absl::StatusOr<std::vector<v1::CampaignEvent>> SqliteStore::ListEvents(
    absl::string_view campaign, const Page<int64_t>& page) {
  ISOSHAPE_ASSIGN_OR_RETURN(Reader reader, Reader::Borrow(*this));
  ISOSHAPE_RETURN_IF_ERROR(reader.ExpectCampaign(campaign));
  SqliteStatement statement = reader->Prepare(
      "SELECT message FROM events WHERE campaign = ?1 AND sequence > ?2 "
      "ORDER BY sequence LIMIT ?3");
  statement.Bind(1, campaign)
      .Bind(2, page.after.value_or(0))
      .Bind(3, int64_t{page.limit});
  return ReadAll<v1::CampaignEvent>(statement);
}

absl::StatusOr<v1::Worker> SqliteStore::GetWorker(absl::string_view name) {
  ISOSHAPE_ASSIGN_OR_RETURN(Reader reader, Reader::Borrow(*this));
  SqliteStatement statement =
      reader->Prepare("SELECT message FROM workers WHERE name = ?1");
  statement.Bind(1, name);
  return ReadOne<v1::Worker>(statement, "worker", name);
}

absl::StatusOr<std::vector<v1::Worker>> SqliteStore::ListWorkers(
    const Page<std::string>& page) {
  ISOSHAPE_ASSIGN_OR_RETURN(Reader reader, Reader::Borrow(*this));
  SqliteStatement statement = reader->Prepare(
      "SELECT message FROM workers WHERE name > ?1 ORDER BY name LIMIT ?2");
  statement.Bind(1, page.after.value_or("")).Bind(2, int64_t{page.limit});
  return ReadAll<v1::Worker>(statement);
}

absl::StatusOr<PutRequest> SqliteStore::GetRequest(
    absl::string_view method, absl::string_view request_id) {
  ISOSHAPE_ASSIGN_OR_RETURN(Reader reader, Reader::Borrow(*this));
  SqliteStatement statement = reader->Prepare(
      "SELECT fingerprint, response, time_nanos FROM requests "
      "WHERE method = ?1 AND request_id = ?2");
  statement.Bind(1, method).Bind(2, request_id);
  ISOSHAPE_RETURN_IF_ERROR(reader.Expect(
      statement, "answer to request", absl::StrCat(method, " ", request_id)));
  PutRequest request;
  request.method = std::string(method);
  request.request_id = std::string(request_id);
  request.fingerprint = statement.Bytes(0);
  request.response = statement.Bytes(1);
  request.time = absl::FromUnixNanos(statement.Integer(2));
  return request;
}

absl::StatusOr<int64_t> SqliteStore::GetCounter(absl::string_view name) {
  ISOSHAPE_ASSIGN_OR_RETURN(Reader reader, Reader::Borrow(*this));
  SqliteStatement statement =
      reader->Prepare("SELECT value FROM counters WHERE name = ?1");
  statement.Bind(1, name);
  ISOSHAPE_ASSIGN_OR_RETURN(const bool row, statement.Step());
  return row ? statement.Integer(0) : 0;
}

}  // namespace isoshape

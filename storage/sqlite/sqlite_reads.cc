// Reads of the store, each by a connection that is lent for it.
#include <limits>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "messages/names/resource_name.h"
#include "storage/sqlite/mutations.h"
#include "storage/sqlite/sqlite_store.h"
#include "storage/stored_rows.h"

namespace isoshape {
namespace {

// The `after` of a first page: less than every number, step and sequence.
constexpr int64_t kFromTheStart = std::numeric_limits<int64_t>::min();

// Reads rows of (message, checksum) into one message, one after another, until
// `take` returns false of it and its bytes.
template <typename Message, typename Take>
absl::Status ReadEach(SqliteStatement& statement, Take take) {
  Message message;
  while (true) {
    ISOSHAPE_ASSIGN_OR_RETURN(const bool row, statement.Step());
    if (!row) return absl::OkStatus();
    ISOSHAPE_ASSIGN_OR_RETURN(const std::string bytes, statement.Checked(0));
    if (!message.ParseFromString(bytes)) return Unreadable<Message>();
    if (!take(message, bytes.size())) return absl::OkStatus();
  }
}

// Reads all, or until they have `max_bytes` together.
template <typename Message>
absl::StatusOr<std::vector<Message>> ReadAll(
    SqliteStatement& statement,
    size_t max_bytes = std::numeric_limits<size_t>::max()) {
  std::vector<Message> rows;
  size_t read = 0;
  const auto take = [&](Message& row, size_t bytes) {
    rows.push_back(std::move(row));
    return (read += bytes) < max_bytes;
  };
  ISOSHAPE_RETURN_IF_ERROR(ReadEach<Message>(statement, take));
  return rows;
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

// Lends a connection and takes it back; a new one is opened if all are lent.
class SqliteStore::Reader {
 public:
  // Sees the newest commit.
  static absl::StatusOr<Reader> Borrow(SqliteStore& store)
      ABSL_NO_THREAD_SAFETY_ANALYSIS {
    if (store.ShowNewest().ok() || store.IsDamaged()) return BorrowAsIs(store);
    // The disk is full or hangs, another program has the tables locked, or what
    // lies at the path is no longer the database: what was committed can be
    // read all the same. Nobody else was told of what is only staged; who
    // staged it waits for it, and does not see it if it fails.
    if (store.HasStagedHere()) store.Finish().IgnoreError();
    store.fork_mutex_.Lock();
    absl::Cleanup unlock = [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
      store.fork_mutex_.Unlock();
    };
    // While this waited for other reads the tables may have got all of it.
    if (!store.unsettled_) return BorrowAsIs(store);
    ISOSHAPE_RETURN_IF_ERROR(store.CheckReadable());
    ISOSHAPE_RETURN_IF_ERROR(store.ShowUnsettled());
    Reader reader(store, &store.fork_->database());
    std::move(unlock).Cancel();  // the reader does
    return reader;
  }
  // Sees what others have seen.
  static absl::StatusOr<Reader> BorrowAsIs(SqliteStore& store) {
    ISOSHAPE_RETURN_IF_ERROR(store.CheckReadable());
    {
      absl::MutexLock lock(&store.readers_mutex_);
      if (!store.readers_.empty()) {
        Reader reader(store, std::move(store.readers_.back()));
        store.readers_.pop_back();
        return reader;
      }
    }
    // Another file at the path would be read as if it were ours.
    ISOSHAPE_RETURN_IF_ERROR(store.lock_->CheckInPlace());
    ISOSHAPE_ASSIGN_OR_RETURN(
        std::unique_ptr<SqliteDatabase> database,
        SqliteDatabase::Open(store.options_.path,
                             SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
                             store.options_.busy_timeout));
    return Reader(store, std::move(database));
  }

  Reader(Reader&& other) = default;
  ~Reader() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    if (fork_ != nullptr) {
      fork_ = nullptr;
      store_->fork_mutex_.Unlock();
    }
    if (database_ == nullptr) return;
    absl::MutexLock lock(&store_->readers_mutex_);
    store_->readers_.push_back(std::move(database_));
  }

  SqliteDatabase& operator*() { return fork_ == nullptr ? *database_ : *fork_; }
  SqliteDatabase* operator->() { return &**this; }

  // NOT_FOUND if there is no such row.
  absl::Status Expect(SqliteStatement& statement, absl::string_view what,
                      absl::string_view name) {
    ISOSHAPE_ASSIGN_OR_RETURN(const bool row, statement.Step());
    if (row) return absl::OkStatus();
    return absl::NotFoundError(absl::StrCat("there is no ", what, " ", name));
  }
  absl::Status ExpectCampaign(absl::string_view campaign) {
    SqliteStatement statement =
        (**this).Prepare("SELECT 1 FROM campaigns WHERE name = ?1");
    statement.Bind(1, campaign);
    return Expect(statement, "campaign", campaign);
  }
  absl::StatusOr<int64_t> Counter(absl::string_view name) {
    return ReadCounter(**this, name);
  }

  // Adds to the event of a measurement the point and the line that tells it.
  absl::Status FillPoint(v1::CampaignEvent* event) {
    ISOSHAPE_ASSIGN_OR_RETURN(const TrialName name,
                              ParseTrialName(event->trial()));
    SqliteStatement statement = (**this).Prepare(
        "SELECT message, checksum FROM measurements WHERE campaign = ?1 AND "
        "number = ?2 AND step = ?3");
    statement.Bind(1, name.campaign)
        .Bind(2, name.number)
        .Bind(3, event->measurement().step());
    ISOSHAPE_ASSIGN_OR_RETURN(const bool row, statement.Step());
    std::string bytes;
    if (row) {
      ISOSHAPE_ASSIGN_OR_RETURN(bytes, statement.Checked(0));
    }
    return isoshape::FillPoint(bytes, row, event);
  }

 private:
  Reader(SqliteStore& store, std::unique_ptr<SqliteDatabase> database)
      : store_(&store), database_(std::move(database)) {}
  // With fork_mutex_.
  Reader(SqliteStore& store, SqliteDatabase* fork)
      : store_(&store), fork_(fork) {}

  struct Borrowed {
    void operator()(SqliteDatabase* /*fork*/) {}
  };

  SqliteStore* store_;
  std::unique_ptr<SqliteDatabase> database_;
  std::unique_ptr<SqliteDatabase, Borrowed> fork_;
};

absl::StatusOr<v1::Campaign> SqliteStore::GetCampaign(absl::string_view name) {
  ISOSHAPE_ASSIGN_OR_RETURN(Reader reader, Reader::Borrow(*this));
  SqliteStatement statement = reader->Prepare(
      "SELECT message, checksum FROM campaigns WHERE name = ?1");
  statement.Bind(1, name);
  return ReadOne<v1::Campaign>(statement, "campaign", name);
}

absl::StatusOr<std::vector<v1::Campaign>> SqliteStore::ListCampaigns(
    const Page<std::string>& page) {
  ISOSHAPE_ASSIGN_OR_RETURN(Reader reader, Reader::Borrow(*this));
  if (!page.after.has_value()) {
    SqliteStatement statement = reader->Prepare(
        "SELECT message, checksum FROM campaigns ORDER BY create_nanos DESC, "
        "name DESC LIMIT ?1");
    statement.Bind(1, int64_t{page.limit});
    return ReadAll<v1::Campaign>(statement, page.max_bytes);
  }
  SqliteStatement last =
      reader->Prepare("SELECT create_nanos FROM campaigns WHERE name = ?1");
  last.Bind(1, *page.after);
  ISOSHAPE_RETURN_IF_ERROR(reader.Expect(last, "campaign", *page.after));
  SqliteStatement statement = reader->Prepare(
      "SELECT message, checksum FROM campaigns "
      "WHERE (create_nanos, name) < (?1, ?2) "
      "ORDER BY create_nanos DESC, name DESC LIMIT ?3");
  statement.Bind(1, last.Integer(0))
      .Bind(2, *page.after)
      .Bind(3, int64_t{page.limit});
  return ReadAll<v1::Campaign>(statement, page.max_bytes);
}

absl::StatusOr<v1::Trial> SqliteStore::GetTrial(absl::string_view name) {
  ISOSHAPE_ASSIGN_OR_RETURN(const TrialName parsed, ParseTrialName(name));
  ISOSHAPE_ASSIGN_OR_RETURN(Reader reader, Reader::Borrow(*this));
  SqliteStatement statement = reader->Prepare(
      "SELECT message, checksum FROM trials WHERE campaign = ?1 AND number = "
      "?2");
  statement.Bind(1, parsed.campaign).Bind(2, parsed.number);
  return ReadOne<v1::Trial>(statement, "trial", name);
}

absl::StatusOr<std::vector<v1::Trial>> SqliteStore::ListTrials(
    absl::string_view campaign, std::optional<v1::Trial::State> state,
    const Page<int64_t>& page) {
  ISOSHAPE_ASSIGN_OR_RETURN(Reader reader, Reader::Borrow(*this));
  ISOSHAPE_RETURN_IF_ERROR(reader.ExpectCampaign(campaign));
  SqliteStatement statement = reader->Prepare(
      state ? "SELECT message, checksum FROM trials WHERE campaign = ?1 AND "
              "number > ?2 AND state = ?4 ORDER BY number LIMIT ?3"
            : "SELECT message, checksum FROM trials WHERE campaign = ?1 AND "
              "number > ?2 ORDER BY number LIMIT ?3");
  statement.Bind(1, campaign)
      .Bind(2, page.after.value_or(kFromTheStart))
      .Bind(3, int64_t{page.limit});
  if (state) statement.Bind(4, int64_t{*state});
  return ReadAll<v1::Trial>(statement, page.max_bytes);
}

absl::StatusOr<int64_t> SqliteStore::VisitTrials(
    absl::string_view campaign, absl::string_view counter,
    absl::FunctionRef<void(const v1::Trial&)> visit) {
  ISOSHAPE_ASSIGN_OR_RETURN(Reader reader, Reader::Borrow(*this));
  // While this statement has a row, what the connection reads is as of its
  // beginning.
  SqliteStatement snapshot =
      reader->Prepare("SELECT 1 FROM campaigns WHERE name = ?1");
  snapshot.Bind(1, campaign);
  ISOSHAPE_RETURN_IF_ERROR(reader.Expect(snapshot, "campaign", campaign));
  ISOSHAPE_ASSIGN_OR_RETURN(const int64_t count, reader.Counter(counter));
  SqliteStatement statement = reader->Prepare(
      "SELECT message, checksum FROM trials WHERE campaign = ?1 "
      "ORDER BY number");
  statement.Bind(1, campaign);
  ISOSHAPE_RETURN_IF_ERROR(
      ReadEach<v1::Trial>(statement, [&](const v1::Trial& trial, size_t) {
        visit(trial);
        return true;
      }));
  return count;
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
      "SELECT message, checksum FROM measurements WHERE campaign = ?1 AND "
      "number = ?2 AND step > ?3 ORDER BY step LIMIT ?4");
  statement.Bind(1, name.campaign)
      .Bind(2, name.number)
      .Bind(3, page.after.value_or(kFromTheStart))
      .Bind(4, int64_t{page.limit});
  return ReadAll<v1::Measurement>(statement, page.max_bytes);
}

absl::StatusOr<std::vector<v1::CampaignEvent>> SqliteStore::ListEvents(
    absl::string_view campaign, const Page<int64_t>& page) {
  ISOSHAPE_ASSIGN_OR_RETURN(Reader reader, Reader::Borrow(*this));
  ISOSHAPE_RETURN_IF_ERROR(reader.ExpectCampaign(campaign));
  SqliteStatement statement = reader->Prepare(
      "SELECT message, checksum, sequence FROM events WHERE campaign = ?1 AND "
      "sequence > ?2 ORDER BY sequence LIMIT ?3");
  statement.Bind(1, campaign)
      .Bind(2, page.after.value_or(kFromTheStart))
      .Bind(3, int64_t{page.limit});
  std::vector<v1::CampaignEvent> events;
  size_t read = 0;
  while (read < page.max_bytes) {
    ISOSHAPE_ASSIGN_OR_RETURN(const bool row, statement.Step());
    if (!row) break;
    ISOSHAPE_ASSIGN_OR_RETURN(const std::string bytes, statement.Checked(0));
    v1::CampaignEvent& event = events.emplace_back();
    if (!event.ParseFromString(bytes)) return Unreadable<v1::CampaignEvent>();
    event.set_sequence(statement.Integer(2));
    event.set_campaign(std::string(campaign));
    if (event.kind() == v1::CampaignEvent::TRIAL_MEASURED) {
      ISOSHAPE_RETURN_IF_ERROR(reader.FillPoint(&event));
    }
    read += event.ByteSizeLong();
  }
  return events;
}

absl::StatusOr<v1::Worker> SqliteStore::GetWorker(absl::string_view name) {
  ISOSHAPE_ASSIGN_OR_RETURN(Reader reader, Reader::Borrow(*this));
  SqliteStatement statement =
      reader->Prepare("SELECT message, checksum FROM workers WHERE name = ?1");
  statement.Bind(1, name);
  return ReadOne<v1::Worker>(statement, "worker", name);
}

absl::StatusOr<std::vector<v1::Worker>> SqliteStore::ListWorkers(
    const Page<std::string>& page) {
  ISOSHAPE_ASSIGN_OR_RETURN(Reader reader, Reader::Borrow(*this));
  SqliteStatement statement = reader->Prepare(
      "SELECT message, checksum FROM workers WHERE name > ?1 ORDER BY name "
      "LIMIT ?2");
  statement.Bind(1, page.after.value_or("")).Bind(2, int64_t{page.limit});
  return ReadAll<v1::Worker>(statement, page.max_bytes);
}

absl::Status SqliteStore::VisitWorkers(
    absl::FunctionRef<bool(const v1::Worker&)> visit) {
  ISOSHAPE_ASSIGN_OR_RETURN(Reader reader, Reader::Borrow(*this));
  SqliteStatement statement =
      reader->Prepare("SELECT message, checksum FROM workers ORDER BY name");
  return ReadEach<v1::Worker>(statement, [&](const v1::Worker& worker, size_t) {
    return visit(worker);
  });
}

absl::StatusOr<PutRequest> SqliteStore::GetRequest(
    absl::string_view method, absl::string_view request_id) {
  absl::Time forgets_before = absl::InfinitePast();
  bool was_gathered = false;
  if (unsettled_) {
    absl::MutexLock lock(&write_mutex_);
    forgets_before = forgets_before_;
    const auto gathered = answers_.find({method, request_id});
    was_gathered = gathered != answers_.end();
    if (was_gathered && gathered->second.put->time >= forgets_before) {
      return *gathered->second.put;
    }
  }
  if (!was_gathered) {
    ISOSHAPE_ASSIGN_OR_RETURN(Reader reader, Reader::BorrowAsIs(*this));
    absl::StatusOr<PutRequest> kept = ReadAnswer(reader, method, request_id);
    if (!kept.ok() || kept->time >= forgets_before) return kept;
  }
  // Only the tables know whether it is among those that are forgotten.
  ISOSHAPE_ASSIGN_OR_RETURN(Reader reader, Reader::Borrow(*this));
  return ReadAnswer(reader, method, request_id);
}

bool SqliteStore::AreSureToApply(const std::vector<Mutation>& mutations) {
  const auto has_row = [this](const char* sql, const auto& bind) {
    absl::StatusOr<Reader> reader = Reader::BorrowAsIs(*this);
    if (!reader.ok()) return false;
    SqliteStatement statement = (*reader)->Prepare(sql);
    bind(statement);
    return statement.Step().value_or(false);
  };
  const auto has_campaign = [&](absl::string_view name) {
    return has_row(
        "SELECT 1 FROM campaigns WHERE name = ?1",
        [&](SqliteStatement& statement) { statement.Bind(1, name); });
  };
  const auto has_trial = [&](const TrialName& name) {
    return has_row("SELECT 1 FROM trials WHERE campaign = ?1 AND number = ?2",
                   [&](SqliteStatement& statement) {
                     statement.Bind(1, name.campaign).Bind(2, name.number);
                   });
  };
  return known_.Cover(mutations,
                      {.has_campaign = has_campaign, .has_trial = has_trial});
}

absl::StatusOr<PutRequest> SqliteStore::ReadAnswer(
    Reader& reader, absl::string_view method, absl::string_view request_id) {
  SqliteStatement statement = reader->Prepare(
      "SELECT fingerprint, fingerprint_checksum, response, response_checksum, "
      "time_nanos FROM requests WHERE method = ?1 AND request_id = ?2");
  statement.Bind(1, method).Bind(2, request_id);
  ISOSHAPE_RETURN_IF_ERROR(reader.Expect(
      statement, "answer to request", absl::StrCat(method, " ", request_id)));
  PutRequest request;
  request.method = std::string(method);
  request.request_id = std::string(request_id);
  ISOSHAPE_ASSIGN_OR_RETURN(request.fingerprint, statement.Checked(0));
  ISOSHAPE_ASSIGN_OR_RETURN(request.response, statement.Checked(2));
  request.time = absl::FromUnixNanos(statement.Integer(4));
  return request;
}

absl::StatusOr<int64_t> SqliteStore::GetCounter(absl::string_view name) {
  ISOSHAPE_ASSIGN_OR_RETURN(Reader reader, Reader::Borrow(*this));
  return reader.Counter(name);
}

}  // namespace isoshape

// Reads of the store, each by a connection that is lent for it.
#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "messages/names/resource_name.h"
#include "storage/postgres/pg_mutations.h"
#include "storage/postgres/pg_store.h"
#include "storage/stored_rows.h"

namespace isoshape {
namespace {

// The `after` of a first page: less than every number, step and sequence.
constexpr int64_t kFromTheStart = std::numeric_limits<int64_t>::min();
// Rows that VisitTrials reads at a time.
constexpr int64_t kVisited = 2000;

// A page of rows (message, checksum, key) in the order of their keys, without
// those that come when the ones before have the bytes that were asked for: the
// server need not send them. What is selected says LIMIT itself.
std::string PageOf(absl::string_view selected, absl::string_view order) {
  return absl::StrCat(
      "SELECT message, checksum, key FROM (SELECT message, checksum, key, "
      "row_number() OVER page AS place, sum(octet_length(message)) OVER page - "
      "octet_length(message) AS before FROM (",
      selected, ") AS rows WINDOW page AS (ORDER BY ", order,
      " ROWS UNBOUNDED PRECEDING)) AS summed WHERE before < $1 ORDER BY place");
}

PgQuery PageQuery(const std::string& sql, size_t max_bytes, int limit) {
  return PgQuery(sql.c_str())
      .Integer(static_cast<int64_t>(
          std::min<size_t>(max_bytes, std::numeric_limits<int64_t>::max())))
      .Integer(limit);
}

template <typename Message>
absl::StatusOr<Message> MessageOf(const PgRows& rows, int row) {
  ISOSHAPE_ASSIGN_OR_RETURN(const absl::string_view bytes,
                            rows.Checked(row, 0));
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Unreadable<Message>();
  }
  return message;
}

template <typename Message>
absl::StatusOr<std::vector<Message>> MessagesOf(const PgRows& rows) {
  std::vector<Message> messages;
  for (int i = 0; i < rows.count(); ++i) {
    ISOSHAPE_ASSIGN_OR_RETURN(Message message, MessageOf<Message>(rows, i));
    messages.push_back(std::move(message));
  }
  return messages;
}

absl::Status NotFound(absl::string_view what, absl::string_view name) {
  return absl::NotFoundError(absl::StrCat("there is no ", what, " ", name));
}

template <typename Message>
absl::StatusOr<Message> OneOf(const PgRows& rows, absl::string_view what,
                              absl::string_view name) {
  if (rows.count() == 0) return NotFound(what, name);
  return MessageOf<Message>(rows, 0);
}

PgQuery IsCampaign(absl::string_view campaign) {
  return PgQuery("SELECT 1 FROM campaigns WHERE name = $1").Text(campaign);
}

}  // namespace

// Lends a connection and takes it back; a new one is opened if all are lent,
// and the call waits if there are as many as there may be.
class PgStore::Reader {
 public:
  static absl::StatusOr<Reader> Borrow(PgStore& store) {
    if (!store.settled_) {
      // What became of the last commit is not known: nothing may be read yet.
      absl::MutexLock lock(&store.write_mutex_);
      ISOSHAPE_RETURN_IF_ERROR(store.Settle());
    }
    Reader reader(store);
    {
      const auto free = [&store]()
                            ABSL_SHARED_LOCKS_REQUIRED(store.readers_mutex_) {
                              return store.lent_ < kMaxReaders;
                            };
      absl::MutexLock lock(&store.readers_mutex_, absl::Condition(&free));
      ++store.lent_;
      reader.lent_ = true;
      reader.generation_ = store.generation_;
      if (!store.readers_.empty()) {
        reader.connection_ = std::move(store.readers_.back());
        store.readers_.pop_back();
      }
    }
    if (reader.connection_ == nullptr) {
      ISOSHAPE_RETURN_IF_ERROR(reader.Renew());
    }
    return reader;
  }

  Reader(Reader&& other) noexcept
      : store_(other.store_),
        lent_(std::exchange(other.lent_, false)),
        generation_(other.generation_),
        connection_(std::move(other.connection_)) {}
  Reader& operator=(Reader&&) = delete;
  ~Reader() {
    if (!lent_) return;
    absl::MutexLock lock(&store_->readers_mutex_);
    --store_->lent_;
    if (connection_ != nullptr && connection_->usable() &&
        generation_ == store_->generation_) {
      store_->readers_.push_back(std::move(connection_));
    }
  }

  PgConnection& operator*() { return *connection_; }
  PgConnection* operator->() { return connection_.get(); }
  // A new connection instead of one that is gone.
  absl::Status Renew() {
    ISOSHAPE_ASSIGN_OR_RETURN(connection_, store_->OpenReader(&generation_));
    return absl::OkStatus();
  }

 private:
  explicit Reader(PgStore& store) : store_(&store) {}

  PgStore* store_;
  bool lent_ = false;
  int64_t generation_ = 0;  // of the connection
  std::unique_ptr<PgConnection> connection_;
};

absl::StatusOr<std::vector<PgRows>> PgStore::Read(
    const std::vector<PgQuery>& queries) {
  ISOSHAPE_ASSIGN_OR_RETURN(Reader reader, Reader::Borrow(*this));
  PgOutcome outcome = reader->Run(queries);
  if (outcome.unanswered) {
    ISOSHAPE_RETURN_IF_ERROR(reader.Renew());
    outcome = reader->Run(queries);
  }
  if (!outcome.status.ok()) return outcome.status;
  return std::move(outcome.rows);
}

absl::StatusOr<v1::Campaign> PgStore::GetCampaign(absl::string_view name) {
  ISOSHAPE_ASSIGN_OR_RETURN(
      const std::vector<PgRows> rows,
      Read({PgQuery("SELECT message, checksum FROM campaigns WHERE name = $1")
                .Text(name)}));
  return OneOf<v1::Campaign>(rows[0], "campaign", name);
}

absl::StatusOr<std::vector<v1::Campaign>> PgStore::ListCampaigns(
    const Page<std::string>& page) {
  static const std::string& first = *new std::string(PageOf(
      "SELECT message, checksum, name AS key, create_nanos FROM campaigns "
      "ORDER BY create_nanos DESC, name DESC LIMIT $2",
      "create_nanos DESC, key DESC"));
  static const std::string& next = *new std::string(PageOf(
      "SELECT message, checksum, name AS key, create_nanos FROM campaigns "
      "WHERE (create_nanos, name) < (SELECT create_nanos, name FROM campaigns "
      "WHERE name = $3) ORDER BY create_nanos DESC, name DESC LIMIT $2",
      "create_nanos DESC, key DESC"));
  if (!page.after.has_value()) {
    ISOSHAPE_ASSIGN_OR_RETURN(
        const std::vector<PgRows> rows,
        Read({PageQuery(first, page.max_bytes, page.limit)}));
    return MessagesOf<v1::Campaign>(rows[0]);
  }
  ISOSHAPE_ASSIGN_OR_RETURN(
      const std::vector<PgRows> rows,
      Read({IsCampaign(*page.after),
            PageQuery(next, page.max_bytes, page.limit).Text(*page.after)}));
  if (rows[0].count() == 0) return NotFound("campaign", *page.after);
  return MessagesOf<v1::Campaign>(rows[1]);
}

absl::StatusOr<v1::Trial> PgStore::GetTrial(absl::string_view name) {
  ISOSHAPE_ASSIGN_OR_RETURN(const TrialName parsed, ParseTrialName(name));
  ISOSHAPE_ASSIGN_OR_RETURN(
      const std::vector<PgRows> rows,
      Read({PgQuery("SELECT message, checksum FROM trials WHERE campaign = $1 "
                    "AND number = $2")
                .Text(parsed.campaign)
                .Integer(parsed.number)}));
  return OneOf<v1::Trial>(rows[0], "trial", name);
}

absl::StatusOr<std::vector<v1::Trial>> PgStore::ListTrials(
    absl::string_view campaign, std::optional<v1::Trial::State> state,
    const Page<int64_t>& page) {
  static const std::string& any = *new std::string(PageOf(
      "SELECT message, checksum, number AS key FROM trials WHERE campaign = $3 "
      "AND number > $4 ORDER BY number LIMIT $2",
      "key"));
  static const std::string& of_state = *new std::string(PageOf(
      "SELECT message, checksum, number AS key FROM trials WHERE campaign = $3 "
      "AND number > $4 AND state = $5 ORDER BY number LIMIT $2",
      "key"));
  PgQuery query =
      PageQuery(state.has_value() ? of_state : any, page.max_bytes, page.limit)
          .Text(campaign)
          .Integer(page.after.value_or(kFromTheStart));
  if (state.has_value()) query.Integer(*state);
  ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<PgRows> rows,
                            Read({IsCampaign(campaign), query}));
  if (rows[0].count() == 0) return NotFound("campaign", campaign);
  return MessagesOf<v1::Trial>(rows[1]);
}

absl::StatusOr<int64_t> PgStore::VisitTrials(
    absl::string_view campaign, absl::string_view counter,
    absl::FunctionRef<void(const v1::Trial&)> visit) {
  ISOSHAPE_ASSIGN_OR_RETURN(Reader reader, Reader::Borrow(*this));
  const std::vector<PgQuery> begin = {
      PgQuery("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
      IsCampaign(campaign)};
  PgOutcome begun = reader->Run(begin);
  if (begun.unanswered) {
    ISOSHAPE_RETURN_IF_ERROR(reader.Renew());
    begun = reader->Run(begin);
  }
  ISOSHAPE_RETURN_IF_ERROR(begun.status);
  absl::StatusOr<int64_t> count = begun.rows[1].count() == 0
                                      ? NotFound("campaign", campaign)
                                      : ReadPgCounter(*reader, counter);
  int64_t after = kFromTheStart;
  for (bool more = true; more && count.ok();) {
    const auto rows = reader->Ask(
        PgQuery("SELECT message, checksum, number FROM trials WHERE campaign = "
                "$1 AND number > $2 ORDER BY number LIMIT $3")
            .Text(campaign)
            .Integer(after)
            .Integer(kVisited));
    if (!rows.ok()) count = rows.status();
    for (int i = 0; count.ok() && i < rows->count(); ++i) {
      const auto trial = MessageOf<v1::Trial>(*rows, i);
      if (trial.ok()) {
        visit(*trial);
      } else {
        count = trial.status();
      }
      after = rows->Integer(i, 2);
    }
    more = rows.ok() && rows->count() == kVisited;
  }
  reader->Rollback();
  return count;
}

absl::StatusOr<std::vector<v1::Measurement>> PgStore::ListMeasurements(
    absl::string_view trial, const Page<int64_t>& page) {
  static const std::string& sql = *new std::string(PageOf(
      "SELECT message, checksum, step AS key FROM measurements WHERE campaign "
      "= $3 AND number = $4 AND step > $5 ORDER BY step LIMIT $2",
      "key"));
  ISOSHAPE_ASSIGN_OR_RETURN(const TrialName name, ParseTrialName(trial));
  ISOSHAPE_ASSIGN_OR_RETURN(
      const std::vector<PgRows> rows,
      Read({PgQuery("SELECT 1 FROM trials WHERE campaign = $1 AND number = $2")
                .Text(name.campaign)
                .Integer(name.number),
            PageQuery(sql, page.max_bytes, page.limit)
                .Text(name.campaign)
                .Integer(name.number)
                .Integer(page.after.value_or(kFromTheStart))}));
  if (rows[0].count() == 0) return NotFound("trial", trial);
  return MessagesOf<v1::Measurement>(rows[1]);
}

absl::StatusOr<std::vector<v1::CampaignEvent>> PgStore::ListEvents(
    absl::string_view campaign, const Page<int64_t>& page) {
  static const std::string& sql = *new std::string(PageOf(
      "SELECT message, checksum, sequence AS key FROM events WHERE campaign = "
      "$3 AND sequence > $4 ORDER BY sequence LIMIT $2",
      "key"));
  ISOSHAPE_ASSIGN_OR_RETURN(
      const std::vector<PgRows> rows,
      Read({IsCampaign(campaign),
            PageQuery(sql, page.max_bytes, page.limit)
                .Text(campaign)
                .Integer(page.after.value_or(kFromTheStart))}));
  if (rows[0].count() == 0) return NotFound("campaign", campaign);
  ISOSHAPE_ASSIGN_OR_RETURN(std::vector<v1::CampaignEvent> events,
                            MessagesOf<v1::CampaignEvent>(rows[1]));
  std::vector<PgQuery> points;
  for (size_t i = 0; i < events.size(); ++i) {
    events[i].set_sequence(rows[1].Integer(static_cast<int>(i), 2));
    events[i].set_campaign(std::string(campaign));
    if (events[i].kind() != v1::CampaignEvent::TRIAL_MEASURED) continue;
    ISOSHAPE_ASSIGN_OR_RETURN(const TrialName name,
                              ParseTrialName(events[i].trial()));
    points.push_back(
        PgQuery("SELECT message, checksum FROM measurements WHERE campaign = "
                "$1 AND number = $2 AND step = $3")
            .Text(name.campaign)
            .Integer(name.number)
            .Integer(events[i].measurement().step()));
  }
  std::vector<PgRows> found;
  if (!points.empty()) {
    ISOSHAPE_ASSIGN_OR_RETURN(found, Read(points));
  }
  size_t read = 0;
  size_t point = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    // With their points they may be longer than they were stored.
    if (read >= page.max_bytes) {
      events.resize(i);
      break;
    }
    if (events[i].kind() == v1::CampaignEvent::TRIAL_MEASURED) {
      const PgRows& row = found[point++];
      absl::string_view bytes;
      if (row.count() > 0) {
        ISOSHAPE_ASSIGN_OR_RETURN(bytes, row.Checked(0, 0));
      }
      ISOSHAPE_RETURN_IF_ERROR(FillPoint(bytes, row.count() > 0, &events[i]));
    }
    read += events[i].ByteSizeLong();
  }
  return events;
}

absl::StatusOr<v1::Worker> PgStore::GetWorker(absl::string_view name) {
  ISOSHAPE_ASSIGN_OR_RETURN(
      const std::vector<PgRows> rows,
      Read({PgQuery("SELECT message, checksum FROM workers WHERE name = $1")
                .Text(name)}));
  return OneOf<v1::Worker>(rows[0], "worker", name);
}

absl::StatusOr<std::vector<v1::Worker>> PgStore::ListWorkers(
    const Page<std::string>& page) {
  static const std::string& sql = *new std::string(PageOf(
      "SELECT message, checksum, name AS key FROM workers WHERE name > $3 "
      "ORDER BY name LIMIT $2",
      "key"));
  ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<PgRows> rows,
                            Read({PageQuery(sql, page.max_bytes, page.limit)
                                      .Text(page.after.value_or(""))}));
  return MessagesOf<v1::Worker>(rows[0]);
}

absl::StatusOr<PutRequest> PgStore::GetRequest(absl::string_view method,
                                               absl::string_view request_id) {
  ISOSHAPE_ASSIGN_OR_RETURN(
      const std::vector<PgRows> rows,
      Read({PgQuery("SELECT fingerprint, fingerprint_checksum, response, "
                    "response_checksum, time_nanos FROM requests WHERE method "
                    "= $1 AND request_id = $2")
                .Text(method)
                .Bytes(request_id)}));
  if (rows[0].count() == 0) {
    return NotFound("answer to request", absl::StrCat(method, " ", request_id));
  }
  PutRequest request;
  request.method = std::string(method);
  request.request_id = std::string(request_id);
  ISOSHAPE_ASSIGN_OR_RETURN(const absl::string_view fingerprint,
                            rows[0].Checked(0, 0));
  ISOSHAPE_ASSIGN_OR_RETURN(const absl::string_view response,
                            rows[0].Checked(0, 2));
  request.fingerprint = std::string(fingerprint);
  request.response = std::string(response);
  request.time = absl::FromUnixNanos(rows[0].Integer(0, 4));
  return request;
}

absl::StatusOr<int64_t> PgStore::GetCounter(absl::string_view name) {
  ISOSHAPE_ASSIGN_OR_RETURN(
      const std::vector<PgRows> rows,
      Read({PgQuery("SELECT value, checksum FROM counters WHERE name = $1")
                .Text(name)}));
  if (rows[0].count() == 0) return 0;
  ISOSHAPE_ASSIGN_OR_RETURN(const absl::string_view digits,
                            rows[0].Checked(0, 0));
  return CounterValue(name, digits);
}

}  // namespace isoshape

#include "storage/postgres/pg_lead.h"

#include <unistd.h>

#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "common/net/request_id.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "common/threads/cancellation.h"
#include "common/threads/clock.h"
#include "storage/postgres/pg_schema.h"

namespace isoshape {
namespace {

// Between two looks of one who waits for the lead.
constexpr absl::Duration kLook = absl::Milliseconds(500);
constexpr absl::Duration kRenewal = absl::Seconds(6);  // may take so long
constexpr absl::Duration kRelease = absl::Seconds(2);

// `host process 123 …`: nobody else has it.
std::string NewHolder() {
  char host[256] = "?";
  gethostname(host, sizeof(host) - 1);
  return absl::StrCat(OneLine(host), " process ", getpid(), " ",
                      NewRequestId());
}

// Of a holder what tells people who it is.
std::string Shown(absl::string_view holder) {
  const std::vector<std::string> words = absl::StrSplit(holder, ' ');
  return words.size() < 3
             ? std::string(holder)
             : absl::StrCat("process ", words[2], " on ", words[0]);
}

// Whose lease is waited for; empty if a lock kept it from being read.
std::string InBrackets(absl::string_view holder) {
  return holder.empty() ? "" : absl::StrCat("(", Shown(holder), ") ");
}

struct Seen {
  std::string holder;
  int64_t expires = 0;  // microseconds of the database's clock
};

// One try: the epoch if the lead was free, else who has it.
absl::StatusOr<std::optional<int64_t>> TryToTake(PgConnection& connection,
                                                 const std::string& holder,
                                                 absl::Duration lease,
                                                 Seen* seen) {
  const auto taken = connection.Ask(
      PgQuery("UPDATE leader SET epoch = epoch + 1, holder = $1, expires = "
              "clock_timestamp() + $2 * interval '1 millisecond' WHERE expires "
              "< clock_timestamp() RETURNING epoch")
          .Text(holder)
          .Integer(absl::ToInt64Milliseconds(lease)));
  if (!taken.ok()) return taken.status();
  if (taken->count() == 1) return taken->Integer(0, 0);
  ISOSHAPE_ASSIGN_OR_RETURN(
      const PgRows rows,
      connection.Ask(PgQuery("SELECT holder, (extract(epoch FROM expires) * "
                             "1000000)::bigint FROM leader WHERE "
                             "expires > '-infinity'")));
  if (rows.count() == 1) {
    *seen = {std::string(rows.Bytes(0, 0)), rows.Integer(0, 1)};
  }
  return std::nullopt;
}

// A connection to a database whose schema is there.
absl::StatusOr<std::unique_ptr<PgConnection>> OpenChecked(
    const PgAddress& address) {
  ISOSHAPE_ASSIGN_OR_RETURN(std::unique_ptr<PgConnection> connection,
                            PgConnection::Open(address));
  ISOSHAPE_RETURN_IF_ERROR(EnsurePgSchema(*connection, address));
  return connection;
}

}  // namespace

PgLead::PgLead(Options options, std::string holder, int64_t epoch)
    : options_(std::move(options)), holder_(std::move(holder)), epoch_(epoch) {
  thread_ = std::thread([this] { KeepRenewing(); });
}

absl::StatusOr<std::unique_ptr<PgLead>> PgLead::Take(Options options) {
  const std::string holder = NewHolder();
  std::unique_ptr<PgConnection> connection;
  Seen first;
  bool told = false;
  const auto tell = [&](const std::string& why) {
    if (!told && options.tell) options.tell(why);
    told = true;
  };
  for (;; Clock::Real()->Sleep(kLook)) {
    if (Cancelled()) return absl::CancelledError();
    if (connection == nullptr || !connection->usable()) {
      auto opened = OpenChecked(options.address);
      if (options.standby && told && absl::IsUnavailable(opened.status())) {
        continue;
      }
      ISOSHAPE_ASSIGN_OR_RETURN(connection, std::move(opened));
    }
    Seen seen;
    const auto epoch = TryToTake(*connection, holder, options.lease, &seen);
    if (epoch.ok() && epoch->has_value()) {
      return std::unique_ptr<PgLead>(
          new PgLead(std::move(options), holder, **epoch));
    }
    // Also the lock of a commit under way, whose coordinator may be dying.
    if (!epoch.ok() && !absl::IsUnavailable(epoch.status())) {
      return epoch.status();
    }
    if (first.holder.empty()) first = seen;
    if (options.standby) {
      tell(absl::StrCat(
          "waits for the lead of ", options.address.shown,
          seen.holder.empty()
              ? ""
              : absl::StrCat(", which ", Shown(seen.holder), " has")));
      continue;
    }
    if (seen.holder == first.holder && seen.expires != first.expires) {
      return absl::FailedPreconditionError(
          absl::StrCat("database ", options.address.shown,
                       " is in use by another "
                       "coordinator (",
                       Shown(seen.holder),
                       "); stop that one, or start this one with --standby"));
    }
    tell(absl::StrCat("waits for the lease of the last coordinator ",
                      InBrackets(seen.holder), "to end, ",
                      absl::FormatDuration(options.lease), " at most"));
    first = seen;
  }
}

PgLead::~PgLead() {
  end_.Notify();
  if (thread_.joinable()) thread_.join();
}

absl::Status PgLead::Check() const {
  absl::MutexLock lock(&mutex_);
  return lost_;
}

absl::Status PgLead::Lose() {
  absl::Status lost;
  {
    absl::MutexLock lock(&mutex_);
    if (!lost_.ok()) return lost_;
    lost_ = lost = absl::UnavailableError(
        absl::StrCat("another coordinator has taken the lead of ",
                     options_.address.shown, "; ask that one"));
  }
  if (options_.on_lost) options_.on_lost(std::string(lost.message()));
  return lost;
}

absl::Status PgLead::Raise(PgConnection& connection) {
  ISOSHAPE_RETURN_IF_ERROR(Check());
  // By the holder alone: the answer to an earlier try may have been lost.
  ISOSHAPE_ASSIGN_OR_RETURN(
      const PgRows rows,
      connection.Ask(
          PgQuery("UPDATE leader SET epoch = epoch + 1, expires = "
                  "clock_timestamp() + $2 * interval '1 millisecond' WHERE "
                  "holder = $1 RETURNING epoch")
              .Text(holder_)
              .Integer(absl::ToInt64Milliseconds(options_.lease))));
  if (rows.count() != 1) return Lose();
  epoch_ = rows.Integer(0, 0);
  return absl::OkStatus();
}

bool PgLead::Renew(std::unique_ptr<PgConnection>& connection) {
  if (connection == nullptr || !connection->usable()) {
    auto opened = PgConnection::Open(options_.address);
    if (!opened.ok()) return false;
    connection = *std::move(opened);
  }
  const auto rows = connection->Ask(
      PgQuery("UPDATE leader SET expires = clock_timestamp() + $2 * interval "
              "'1 millisecond' WHERE holder = $1 RETURNING epoch")
          .Text(holder_)
          .Integer(absl::ToInt64Milliseconds(options_.lease)),
      kRenewal);
  if (!rows.ok()) return false;
  if (rows->count() != 1) Lose().IgnoreError();
  return true;
}

void PgLead::KeepRenewing() {
  std::unique_ptr<PgConnection> connection;
  bool renewed = Renew(connection);
  while (!end_.WaitFor(options_.lease / (renewed ? 3 : 10))) {
    renewed = Renew(connection);
    if (!Check().ok()) return;
  }
  if (connection == nullptr) return;
  connection
      ->Ask(PgQuery("UPDATE leader SET expires = '-infinity' WHERE holder = $1 "
                    "RETURNING epoch")
                .Text(holder_),
            kRelease)
      .status()
      .IgnoreError();
}

}  // namespace isoshape

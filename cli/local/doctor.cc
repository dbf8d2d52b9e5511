#include "cli/local/doctor.h"

#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "cli/console/campaign_reads.h"
#include "cli/console/client.h"
#include "common/process/child_process.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "common/text/one_line.h"
#include "figures/gnuplot/gnuplot_process.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "machine/cgroup.h"
#include "machine/cpus.h"
#include "messages/json/proto_time.h"
#include "messages/names/name_parts.h"
#include "storage/open_store.h"
#include "storage/postgres/open_postgres.h"
#include "storage/sqlite/database_file.h"
#include "storage/sqlite/database_path.h"
#include "storage/sqlite/sqlite_database.h"
#include "worker/trainer/trainer_session.h"

namespace isoshape {
namespace {

namespace fs = std::filesystem;
using Kind = Finding::Kind;

// Below this a database or checkpoint soon finds its disk full.
constexpr double kLowDiskBytes = 1 << 30;
// A connection takes a descriptor: fewer would not do for a fleet.
constexpr rlim_t kFleetDescriptors = 4096;
constexpr size_t kMaxWaiting = 5;  // campaigns, shown with the reason
// Up to this a database that nobody uses is read whole, in about a second.
constexpr int64_t kCheckedBytes = int64_t{64} << 20;

std::string Text(const absl::Status& status) {
  return OneLine(status.message());
}

Finding LookAtProgram(const std::string& folder, const std::string& name) {
  ChildCommand command;
  command.arguments = {(fs::path(folder) / name).string(), "--version"};
  command.relay_error = true;
  command.quiet_error = true;
  absl::StatusOr<std::unique_ptr<ChildProcess>> child =
      ChildProcess::Start(command);
  const absl::StatusOr<std::string> printed =
      child.ok() ? (*child)->Exchange("", 4096, absl::Seconds(30))
                 : absl::StatusOr<std::string>(child.status());
  if (!printed.ok()) {
    return {Kind::kWrong, name,
            absl::StrCat(Text(printed.status()),
                         "; build it, or put it beside isoshape in ", folder)};
  }
  const std::string expected = absl::StrCat(name, " ", ISOSHAPE_VERSION);
  const std::string version(absl::StripAsciiWhitespace(*printed));
  if (version == expected) return {Kind::kOk, name, version};
  return {Kind::kWrong, name,
          absl::StrCat("is '", OneLine(version), "' and not '", expected,
                       "'; take all programs from one build")};
}

Finding LookAtTrainer(const WorkerOptions& options) {
  const auto session = TrainerSession::Start(options);
  if (!session.ok()) return {Kind::kWrong, "trainer", Text(session.status())};
  const TrainerLine& ready = (*session)->ready();
  Finding finding = {Kind::kOk, "trainer",
                     absl::StrCat(ready.trainer, " on ", ready.device, ", ",
                                  ready.device_name)};
  if (ready.memory_limit_bytes > 0) {
    absl::StrAppend(&finding.text, ", ",
                    FormatBytes(static_cast<double>(ready.memory_limit_bytes)),
                    " of memory");
  }
  (*session)->Finish(absl::Seconds(10));
  return finding;
}

Finding LookAtMachine() {
  const auto allowed = static_cast<int>(AllowedCpus().size());
  const int usable = UsableCpus();
  rlimit descriptors = {};
  getrlimit(RLIMIT_NOFILE, &descriptors);
  Finding finding = {Kind::kOk, "machine", Counted(usable, "processor")};
  if (usable < allowed) {
    absl::StrAppendFormat(&finding.text,
                          " of %d, as its control group has a quota", allowed);
  }
  if (const auto memory = ReadCgroupLimits().memory_bytes) {
    absl::StrAppend(&finding.text, ", ",
                    FormatBytes(static_cast<double>(*memory)),
                    " of memory by its control group");
  }
  if (descriptors.rlim_max < kFleetDescriptors) {
    finding.kind = Kind::kNote;
    absl::StrAppendFormat(&finding.text,
                          ", %d file descriptors at most: a coordinator has "
                          "one for each connection; raise 'ulimit -Hn' for "
                          "more than some hundred workers",
                          static_cast<int>(descriptors.rlim_max));
  }
  return finding;
}

// The free space of a folder that is written to.
Finding LookAtFolder(const std::string& what, const fs::path& folder) {
  std::error_code error;
  const fs::space_info space = fs::space(folder, error);
  if (error || access(folder.c_str(), W_OK) != 0) {
    return {Kind::kWrong, what,
            absl::StrCat(folder.string(), " cannot be written",
                         error ? absl::StrCat(": ", error.message()) : "",
                         "; make it, or name another")};
  }
  const auto free = static_cast<double>(space.available);
  Finding finding = {
      Kind::kOk, what,
      absl::StrCat(folder.string(), ", ", FormatBytes(free), " free")};
  if (free < kLowDiskBytes) {
    finding.kind = Kind::kNote;
    absl::StrAppend(&finding.text, ": little; make room");
  }
  return finding;
}

Finding LookAtGnuplot() {
  const auto version = RunGnuplot("set print '-'\nprint GPVAL_VERSION\n");
  if (version.ok()) {
    return {Kind::kOk, "gnuplot",
            std::string(absl::StripAsciiWhitespace(*version))};
  }
  return {Kind::kNote, "gnuplot", Text(version.status())};
}

Finding LookAtPostgres(const std::string& address) {
  const absl::StatusOr<PostgresState> state = InspectPostgres(address);
  if (!state.ok()) return {Kind::kWrong, "database", Text(state.status())};
  Finding finding = {
      Kind::kOk, "database",
      absl::StrCat(state->shown, ", PostgreSQL ", OneLine(state->server),
                   state->led ? ", in use by a coordinator" : "")};
  if (state->schema == 0) {
    finding.kind = Kind::kNote;
    absl::StrAppend(&finding.text,
                    ", without our tables yet; the coordinator makes them");
  } else if (state->replicas.empty()) {
    finding.kind = Kind::kNote;
    absl::StrAppend(&finding.text,
                    ", no synchronous replica: what was acknowledged last may "
                    "be missing after a failover (docs/deploy/postgresql.md)");
  }
  absl::StrAppend(&finding.text, "; back it up with pg_dump");
  return finding;
}

// Of one that nobody uses.
absl::Status CheckDatabase(const std::string& path) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<SqliteDatabase> database,
                            SqliteDatabase::OpenImmutable(path));
  return CheckContents(*database);
}

std::vector<Finding> LookAtDatabase(const std::string& address) {
  if (IsPostgresAddress(address)) return {LookAtPostgres(address)};
  const absl::StatusOr<std::string> path = SqlitePath(address);
  if (!path.ok()) return {{Kind::kWrong, "database", Text(path.status())}};
  // What a link leads to: there the logs lie.
  const absl::StatusOr<fs::path> resolved = DatabasePath(*path);
  if (!resolved.ok()) {
    return {{Kind::kWrong, "database", Text(resolved.status())}};
  }
  const fs::path& file = *resolved;
  std::vector<Finding> findings = {
      LookAtFolder("database's folder", file.parent_path())};
  struct statfs system = {};
  if (statfs(file.parent_path().c_str(), &system) == 0 &&
      (system.f_type == NFS_SUPER_MAGIC || system.f_type == SMB_SUPER_MAGIC)) {
    findings.push_back({Kind::kWrong, "database's folder",
                        "lies on a network file system, which does not keep "
                        "SQLite's locks; name a local disk with --db"});
  }
  const ReadLock lock(file);  // so that no coordinator begins meanwhile
  const bool in_use = lock.refused();
  absl::StatusOr<FileState> state = InspectFile(file);
  if (const absl::Status alone = CheckNotMounted(file); !alone.ok()) {
    state = alone;
  }
  if (state.ok() && *state == FileState::kClosed && lock.held() &&
      BytesOf(file) <= kCheckedBytes) {
    if (const absl::Status sound = CheckDatabase(file); !sound.ok()) {
      state = sound;
    }
  }
  if (!state.ok()) {
    findings.push_back({Kind::kWrong, "database", Text(state.status())});
  } else if (*state == FileState::kNew) {
    findings.push_back({Kind::kNote, "database",
                        absl::StrCat(file.string(),
                                     " is not there yet; 'isoshape serve' "
                                     "makes it, and --db names another")});
  } else {
    int64_t logged = 0;
    for (const char* end : kLogEnds) logged += BytesOf(file.string() + end);
    findings.push_back(
        {Kind::kOk, "database",
         absl::StrCat(
             file.string(), ", ",
             FormatBytes(static_cast<double>(BytesOf(file))),
             logged == 0
                 ? ""
                 : absl::StrCat(" and ",
                                FormatBytes(static_cast<double>(logged)),
                                " in its logs"),
             in_use                      ? ", in use by a coordinator"
             : *state == FileState::kHot ? ", left by a process that was killed"
                                         : ", closed in order")});
  }
  return findings;
}

Finding LookAtWorkers(const std::vector<v1::Worker>& workers) {
  std::vector<std::string> online;
  std::vector<std::string> others;  // of another version
  std::vector<std::string> aside;
  for (const v1::Worker& worker : workers) {
    if (worker.state() != v1::Worker::ONLINE) continue;
    online.push_back(absl::StrCat(ShortName(worker.name()), " (",
                                  absl::StrJoin(worker.datasets(), ", "), ")"));
    if (!absl::EndsWith(worker.version(),
                        absl::StrCat(" ", ISOSHAPE_VERSION))) {
      others.push_back(
          absl::StrCat(ShortName(worker.name()), " is ", worker.version()));
    }
    for (const v1::SetAside& one : worker.set_aside()) {
      // Without a time it is watched.
      if (!one.has_until() || FromProto(one.until()) <= absl::Now()) continue;
      aside.push_back(absl::StrCat(ShortName(worker.name()), " for ",
                                   ShortName(one.campaign())));
    }
  }
  if (online.empty()) {
    return {Kind::kNote, "workers",
            "none is connected; start one with 'isoshape worker --data "
            "text=FILE'"};
  }
  Finding finding = {Kind::kOk, "workers", absl::StrJoin(online, ", ")};
  if (!others.empty()) {
    finding.kind = Kind::kNote;
    absl::StrAppend(&finding.text,
                    "; of another version than " ISOSHAPE_VERSION ": ",
                    absl::StrJoin(others, ", "));
  }
  if (!aside.empty()) {
    finding.kind = Kind::kNote;
    absl::StrAppend(&finding.text, "; set aside: ", absl::StrJoin(aside, ", "),
                    " (see 'isoshape worker get NAME')");
  }
  return finding;
}

// Why a campaign that is not done trains nothing. If some worker can train its
// trials, all that they wait for is a slot: what the planner has said last
// tells of other things.
std::string WhyNothingTrains(const v1::Campaign& campaign,
                             const v1::ListCampaignsResponse& running) {
  if (!campaign.waiting().empty()) return campaign.waiting();
  const int pending = campaign.trial_counts().pending();
  if (pending == 0) return campaign.planner_note();
  std::vector<std::string> others;
  for (const v1::Campaign& other : running.campaigns()) {
    if (others.size() == kMaxWaiting) break;
    if (const int leased = other.trial_counts().leased(); leased > 0) {
      others.push_back(absl::StrCat(leased, " of ", ShortName(other.name())));
    }
  }
  return absl::StrCat(
      Counted(pending, "trial"), pending == 1 ? " waits" : " wait",
      " until a worker that can train ", pending == 1 ? "it" : "them",
      " has a free slot and asks",
      others.empty()
          ? ""
          : absl::StrCat("; in training: ", absl::StrJoin(others, ", ")));
}

// Whether a coordinator has the database, which must be a file.
bool DatabaseIsInUse(const DoctorOptions& options) {
  const absl::StatusOr<std::string> path = SqlitePath(options.database);
  if (IsPostgresAddress(options.database) || !path.ok()) return false;
  const absl::StatusOr<fs::path> file = DatabasePath(*path);
  return file.ok() && IsInUse(*file);
}

std::vector<Finding> LookAtCoordinator(const DoctorOptions& options) {
  const std::string& server = options.server;
  Client client(server);
  const absl::Time asked = absl::Now();
  const auto workers = ListWorkers(client);
  if (!workers.ok()) {
    // There may be none yet, unless somebody says that there is.
    const bool none = absl::IsUnavailable(workers.status());
    if (none && DatabaseIsInUse(options)) {
      return {{Kind::kWrong, "coordinator",
               absl::StrCat("one has the database, and at ", server, ": ",
                            Text(workers.status()),
                            " (name its address with --server, or look why it "
                            "is silent)")}};
    }
    return {{none && !options.server_is_named ? Kind::kNote : Kind::kWrong,
             "coordinator", Text(workers.status())}};
  }
  std::vector<Finding> findings = {
      {Kind::kOk, "coordinator",
       absl::StrCat(server, " answers in ",
                    FormatSeconds(absl::ToDoubleSeconds(absl::Now() - asked)))},
      LookAtWorkers(*workers)};
  v1::ListCampaignsRequest running;
  running.set_state(v1::Campaign::RUNNING);
  const auto campaigns = ListCampaigns(client, /*limit=*/0, running);
  if (!campaigns.ok()) {
    findings.push_back({Kind::kWrong, "campaigns", Text(campaigns.status())});
    return findings;
  }
  size_t waiting = 0;
  for (const v1::Campaign& listed : campaigns->campaigns()) {
    if (listed.trial_counts().leased() > 0) continue;
    if (++waiting > kMaxWaiting) continue;
    const auto campaign = GetCampaign(client, listed.name());
    if (!campaign.ok()) continue;  // it was deleted meanwhile
    findings.push_back(
        {Kind::kNote, absl::StrCat("campaign ", ShortName(listed.name())),
         absl::StrCat("trains nothing: ",
                      OneLine(WhyNothingTrains(*campaign, *campaigns)))});
  }
  if (waiting > kMaxWaiting) {
    findings.push_back({Kind::kNote, "campaigns",
                        absl::StrCat(waiting - kMaxWaiting,
                                     " more train nothing; see 'isoshape "
                                     "campaign list --state running'")});
  }
  return findings;
}

}  // namespace

void Diagnose(const DoctorOptions& options,
              const std::function<void(const Finding&)>& found) {
  const auto all = [&found](const std::vector<Finding>& findings) {
    for (const Finding& finding : findings) found(finding);
  };
  for (const char* program :
       {"isoshape-coordinator", "isoshape-worker", "isoshape-trainer"}) {
    found(LookAtProgram(options.binaries, program));
  }
  found(LookAtTrainer(options.trainer));
  found(LookAtMachine());
  std::error_code error;
  found(LookAtFolder("temporary files", fs::temp_directory_path(error)));
  found(LookAtGnuplot());
  all(LookAtDatabase(options.database));
  all(LookAtCoordinator(options));
}

}  // namespace isoshape

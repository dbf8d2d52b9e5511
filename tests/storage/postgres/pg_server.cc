#include "tests/storage/postgres/pg_server.h"

#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/threads/clock.h"
#include "tests/read_file.h"

namespace isoshape {
namespace {

constexpr char kUser[] = "postgres";
constexpr absl::Duration kPatience = absl::Seconds(60);

// The folder of the newest server's programs, as Debian has them; empty: none.
std::string Binaries() {
  std::string newest;
  int version = 0;
  std::error_code none;
  for (const auto& entry :
       std::filesystem::directory_iterator("/usr/lib/postgresql", none)) {
    int number = 0;
    if (!absl::SimpleAtoi(entry.path().filename().string(), &number) ||
        number <= version || !exists(entry.path() / "bin/initdb")) {
      continue;
    }
    version = number;
    newest = (entry.path() / "bin").string();
  }
  return newest;
}

std::string Run(const std::vector<std::string>& arguments) {
  ChildCommand command;
  command.arguments = arguments;
  command.relay_error = true;
  auto child = ChildProcess::Start(command);
  if (!child.ok()) throw std::runtime_error(child.status().ToString());
  const auto printed = (*child)->Exchange("", 1 << 20, kPatience);
  if (!printed.ok()) throw std::runtime_error(printed.status().ToString());
  return *printed;
}

}  // namespace

std::string PgServer::Missing() {
  if (Binaries().empty())
    return "there is no PostgreSQL in /usr/lib/postgresql";
  if (geteuid() == 0 && getpwnam(kUser) == nullptr) {
    return absl::StrCat("root needs a user ", kUser, " to start it as");
  }
  return "";
}

std::vector<std::string> PgServer::As(
    const std::string& program,
    const std::vector<std::string>& arguments) const {
  // It ends when this process does: `timeout` gets its parent's death, and
  // `setpriv` would lose it.
  std::vector<std::string> all = {"/usr/bin/timeout", "--foreground", "600"};
  if (geteuid() == 0) {
    all.insert(all.end(), {"/usr/bin/setpriv", absl::StrCat("--reuid=", kUser),
                           absl::StrCat("--regid=", kUser), "--clear-groups"});
  }
  all.push_back(absl::StrCat(Binaries(), "/", program));
  all.insert(all.end(), arguments.begin(), arguments.end());
  return all;
}

void PgServer::TakeFolder() const {
  if (geteuid() != 0) return;
  const passwd* user = getpwnam(kUser);
  if (user == nullptr ||
      chown(folder().c_str(), user->pw_uid, user->pw_gid) != 0) {
    throw std::runtime_error("the folder cannot be given to postgres");
  }
}

PgServer::PgServer() {
  TakeFolder();
  Run(As("initdb", {"-D", folder_.File("data"), "-U", kUser, "-A", "trust",
                    "--no-sync", "-E", "UTF8", "--locale=C"}));
  // The first line that fits counts.
  const std::string file = folder_.File("data/pg_hba.conf");
  const std::string rest = ReadFile(file);
  std::ofstream(file) << "local all secret scram-sha-256\n" << rest;
  Start();
}

PgServer::PgServer(const PgServer& primary, const std::string& name) {
  TakeFolder();
  Run(As("pg_basebackup",
         {"-D", folder_.File("data"), "-h", primary.folder(), "-U", kUser, "-R",
          "-X", "stream", "-c", "fast", "--no-sync"}));
  settings_ = {absl::StrCat("primary_conninfo=host=", primary.folder(),
                            " user=", kUser, " application_name=", name)};
  Start();
}

PgServer::~PgServer() { Kill(); }

void PgServer::Promote() const {
  Run(As("pg_ctl", {"-D", folder_.File("data"), "-w", "promote"}));
}

void PgServer::StartWith(const std::vector<std::string>& settings) {
  settings_ = settings;
  Start();
}

void PgServer::Start() {
  std::vector<std::string> arguments = {
      "-D", folder_.File("data"),  "-k", folder(),
      "-c", "listen_addresses=",   "-c", "fsync=off",
      "-c", "shared_buffers=16MB", "-c", "max_connections=60"};
  for (const std::string& setting : settings_) {
    arguments.insert(arguments.end(), {"-c", setting});
  }
  ChildCommand command;
  command.arguments = As("postgres", arguments);
  command.error_log = folder_.File("server.log");
  auto started = ChildProcess::Start(command);
  if (!started.ok()) throw std::runtime_error(started.status().ToString());
  process_ = *std::move(started);
  const absl::Duration end = Clock::Real()->Elapsed() + kPatience;
  // A replica takes no connection of ours, which are for one that writes.
  while (PQping(absl::StrCat("host=", folder()).c_str()) != PQPING_OK) {
    if (Clock::Real()->Elapsed() > end || !process_->Running()) {
      throw std::runtime_error(
          absl::StrCat("no server: ", ReadFile(folder_.File("server.log"))));
    }
    // It prints nothing: this waits a moment, or for its end.
    process_->ReadLine(absl::Milliseconds(20)).status().IgnoreError();
  }
}

void PgServer::Kill() {
  if (process_ == nullptr) return;
  // Immediate shutdown of all its processes: the next start recovers.
  int server = 0;
  std::ifstream(folder_.File("data/postmaster.pid")) >> server;
  if (server > 1) kill(server, SIGQUIT);
  process_->WaitForEnd(absl::Seconds(20));
  process_->Stop(absl::Seconds(1));
  process_.reset();
}

std::string PgServer::NewAddress() {
  return absl::StrCat("postgres://postgres@/postgres?host=", folder(),
                      "&schema=test", ++schemas_);
}

std::unique_ptr<PgConnection> PgServer::Connect(const std::string& address) {
  auto connection = PgConnection::Open(*ParsePgAddress(address));
  return connection.ok() ? *std::move(connection) : nullptr;
}

PgServer& SharedPgServer() {
  static auto& server = *new std::unique_ptr<PgServer>();
  if (server == nullptr) {
    server = std::make_unique<PgServer>();
    std::atexit([] { server.reset(); });
  }
  return *server;
}

namespace {

// Without a server all of the program is skipped.
class NeedsPostgres : public testing::Environment {
 public:
  void SetUp() override {
    const std::string missing = PgServer::Missing();
    if (missing.empty()) return;
    std::cout << "skipped: " << missing << "\n";
    std::exit(77);
  }
};
const testing::Environment* const kNeeds =
    testing::AddGlobalTestEnvironment(new NeedsPostgres);

}  // namespace
}  // namespace isoshape

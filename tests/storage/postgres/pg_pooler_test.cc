#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/process/child_process.h"
#include "common/threads/clock.h"
#include "storage/open_store.h"
#include "tests/read_file.h"
#include "tests/storage/postgres/pg_server.h"
#include "tests/temp_folder.h"

// Behind a pooler a session is not ours alone: what it sets and prepares would
// be lost, or another's. It is refused in one line, whatever the pooler's mode.

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A real one, on a socket in a folder of its own, before a server.
class PgBouncer {
 public:
  static constexpr char kProgram[] = "/usr/sbin/pgbouncer";

  PgBouncer(const PgServer& server, const std::string& mode,
            const std::string& more) {
    folder_.Write("users", "\"postgres\" \"\"\n\"pooled\" \"\"\n");
    folder_.Write(
        "ini",
        absl::StrCat("[databases]\npostgres = host=", server.folder(),
                     "\n[pgbouncer]\nlisten_addr =\nunix_socket_dir = ",
                     folder_.path(), "\nlisten_port = 5432\npool_mode = ", mode,
                     "\nauth_type = trust\nauth_file = ", folder_.File("users"),
                     "\n", more, "\n"));
    ChildCommand command;
    // It ends when this process does, as PgServer says.
    command.arguments = {"/usr/bin/timeout", "--foreground", "600"};
    if (geteuid() == 0) {
      const passwd* user = getpwnam("postgres");
      if (user == nullptr ||
          chown(folder_.path().c_str(), user->pw_uid, user->pw_gid) != 0) {
        throw std::runtime_error("the folder cannot be given to postgres");
      }
      command.arguments.insert(command.arguments.end(),
                               {"/usr/bin/setpriv", "--reuid=postgres",
                                "--regid=postgres", "--clear-groups"});
    }
    command.arguments.insert(command.arguments.end(),
                             {kProgram, folder_.File("ini")});
    command.error_log = folder_.File("log");
    auto started = ChildProcess::Start(command);
    if (!started.ok()) throw std::runtime_error(started.status().ToString());
    process_ = *std::move(started);
    const absl::Duration end = Clock::Real()->Elapsed() + absl::Seconds(30);
    while (PQping(absl::StrCat("host=", folder_.path(),
                               " user=postgres dbname=postgres")
                      .c_str()) != PQPING_OK) {
      if (Clock::Real()->Elapsed() > end || !process_->Running()) {
        throw std::runtime_error(
            absl::StrCat("no pooler: ", ReadFile(folder_.File("log"))));
      }
      // It prints nothing: a moment's wait.
      process_->ReadLine(absl::Milliseconds(20)).status().IgnoreError();
    }
  }
  ~PgBouncer() { process_->Stop(absl::Seconds(5)); }
  PgBouncer(const PgBouncer&) = delete;
  PgBouncer& operator=(const PgBouncer&) = delete;

  std::string AddressOf(const std::string& user) const {
    return absl::StrCat("postgres://", user, "@/postgres?host=", folder_.path(),
                        "&schema=pooled");
  }

 private:
  const TempFolder folder_;
  std::unique_ptr<ChildProcess> process_;
};

class PoolerTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(PgBouncer::kProgram)) {
      GTEST_SKIP() << "there is no " << PgBouncer::kProgram;
    }
  }
  // Why it is refused, one line.
  static std::string Refused(const std::string& address,
                             absl::StatusCode code) {
    const absl::Status status = OpenStore(address).status();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("\n")));
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("give the address of PostgreSQL itself"));
    return std::string(status.message());
  }
};

TEST_P(PoolerTest, AsItIsInstalledItRefusesUsAndWeSayWhatToDo) {
  const PgBouncer pooler(SharedPgServer(), GetParam(), "");
  const std::string error =
      Refused(pooler.AddressOf("postgres"), absl::StatusCode::kUnavailable);
  EXPECT_THAT(error, HasSubstr("unsupported startup parameter: options"));
  EXPECT_THAT(error, Not(HasSubstr("start PostgreSQL there")));
}

TEST_P(PoolerTest, OneThatKeepsBackWhatASessionAsksForIsRefused) {
  PgServer& server = SharedPgServer();
  const PgBouncer pooler(server, GetParam(),
                         "ignore_startup_parameters = options");
  EXPECT_THAT(Refused(pooler.AddressOf("postgres"),
                      absl::StatusCode::kFailedPrecondition),
              HasSubstr("does not reach the server"));
}

// The schema alone may be right by what an administrator has set.
TEST_P(PoolerTest, OneBeforeAUserOfTheSameSchemaIsRefused) {
  PgServer& server = SharedPgServer();
  const auto admin = PgServer::Connect(server.NewAddress());
  ASSERT_NE(admin, nullptr);
  ASSERT_TRUE(admin->Execute("DROP ROLE IF EXISTS pooled").ok());
  ASSERT_TRUE(admin
                  ->Execute("CREATE USER pooled\n;ALTER ROLE pooled SET "
                            "search_path = pooled")
                  .ok());
  const PgBouncer pooler(server, GetParam(),
                         "ignore_startup_parameters = options");
  EXPECT_THAT(Refused(pooler.AddressOf("pooled"),
                      absl::StatusCode::kFailedPrecondition),
              HasSubstr("does not reach the server"));
}

INSTANTIATE_TEST_SUITE_P(Modes, PoolerTest,
                         testing::Values("session", "transaction"));

}  // namespace
}  // namespace isoshape

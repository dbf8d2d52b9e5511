#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "storage/open_store.h"
#include "storage/postgres/open_postgres.h"
#include "tests/scoped_variable.h"
#include "tests/storage/postgres/pg_server.h"

// Databases that cannot be used: each is told in one line, with what to do.

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Refused(const std::string& address, absl::StatusCode code) {
  const absl::Status status = OpenStore(address).status();
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("\n")));
  return std::string(status.message());
}

TEST(OpenPostgres, NoServerThere) {
  const std::string error =
      Refused("postgres://me@127.0.0.1:1/runs", absl::StatusCode::kUnavailable);
  EXPECT_THAT(error, HasSubstr("postgres://me@127.0.0.1:1/runs"));
  EXPECT_THAT(error, HasSubstr("start PostgreSQL there"));
}

TEST(OpenPostgres, AServerThatSaysNoIsNotToBeStarted) {
  const std::string error =
      Refused(absl::StrCat("postgres://postgres@/nosuch?host=",
                           SharedPgServer().folder()),
              absl::StatusCode::kUnavailable);
  EXPECT_THAT(error, HasSubstr("database \"nosuch\" does not exist"));
  EXPECT_THAT(error, HasSubstr("mend what it says"));
  EXPECT_THAT(error, Not(HasSubstr("start PostgreSQL there")));
}

TEST(OpenPostgres, PasswordsComeFromAFileAndAreNotTold) {
  PgServer& server = SharedPgServer();
  const auto admin = PgServer::Connect(server.NewAddress());
  ASSERT_NE(admin, nullptr);
  ASSERT_TRUE(
      admin
          ->Execute("CREATE USER secret PASSWORD 'hunter2'\n;GRANT CREATE ON "
                    "DATABASE postgres TO secret")
          .ok());
  const std::string address = absl::StrCat(
      "postgres://secret@/postgres?host=", server.folder(), "&schema=secret");
  const TempFolder folder;
  const std::string file = folder.Write("pgpass", "*:*:*:nobody:x\n");
  ASSERT_EQ(chmod(file.c_str(), 0600), 0);
  const ScopedVariable passfile("PGPASSFILE", file);
  EXPECT_THAT(Refused(address, absl::StatusCode::kUnavailable),
              HasSubstr("PGPASSFILE"));
  folder.Write("pgpass", "*:*:*:secret:hunter3\n");
  const std::string wrong = Refused(address, absl::StatusCode::kUnavailable);
  EXPECT_THAT(wrong, HasSubstr("check the user and the database"));
  EXPECT_THAT(wrong, Not(HasSubstr("hunter3")));
  folder.Write("pgpass", "*:*:*:secret:hunter2\n");
  const auto store = OpenStore(address);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_TRUE((*store)->Commit({PutCounter{"n", 1}}).ok());
}

TEST(OpenPostgres, ADatabaseOfANewerVersion) {
  const std::string address = SharedPgServer().NewAddress();
  ASSERT_TRUE(OpenStore(address).ok());
  ASSERT_TRUE(PgServer::Connect(address)
                  ->Execute("UPDATE about SET version = 99")
                  .ok());
  EXPECT_THAT(Refused(address, absl::StatusCode::kFailedPrecondition),
              HasSubstr("by a newer isoshape (schema 99, this one knows 1)"));
}

TEST(OpenPostgres, ASchemaOfSomethingElse) {
  const std::string address = SharedPgServer().NewAddress();
  const std::string schema = address.substr(address.rfind('=') + 1);
  const auto admin = PgServer::Connect(address);
  ASSERT_TRUE(admin
                  ->Execute(absl::StrCat("CREATE SCHEMA ", schema,
                                         "\n;CREATE TABLE accounts (n int)"))
                  .ok());
  EXPECT_THAT(Refused(address, absl::StatusCode::kFailedPrecondition),
              HasSubstr("holds tables of something else; name another with "
                        "?schema=NAME"));
  const auto left = admin->Ask(PgQuery("SELECT count(*) FROM pg_class JOIN "
                                       "pg_namespace n ON n.oid = relnamespace "
                                       "WHERE nspname = $1")
                                   .Text(schema));
  EXPECT_EQ(left->Integer(0, 0), 1);
}

TEST(OpenPostgres, OneThatMustExistIsNotMade) {
  const std::string address = SharedPgServer().NewAddress();
  const std::string schema = address.substr(address.rfind('=') + 1);
  const auto store = OpenStore(address, {.must_exist = true}).status();
  EXPECT_EQ(store.code(), absl::StatusCode::kNotFound) << store;
  EXPECT_THAT(std::string(store.message()),
              AllOf(HasSubstr("there is no database of isoshape at "),
                    HasSubstr(", in the schema " + schema + "; name one")));
  EXPECT_EQ(OpenTables(address, {.must_exist = true}).status(), store);
  EXPECT_EQ(InspectPostgres(address)->schema, 0);
  ASSERT_TRUE(OpenStore(address).ok());
  EXPECT_EQ(OpenStore(address, {.must_exist = true}).status(),
            absl::OkStatus());
  EXPECT_EQ(OpenTables(address, {.must_exist = true}).status(),
            absl::OkStatus());
}

TEST(OpenPostgres, AUserWhoMayMakeNoSchema) {
  PgServer& server = SharedPgServer();
  const auto admin = PgServer::Connect(server.NewAddress());
  ASSERT_TRUE(admin->Execute("CREATE USER guest").ok());
  const std::string address = absl::StrCat(
      "postgres://guest@/postgres?host=", server.folder(), "&schema=guest");
  EXPECT_THAT(Refused(address, absl::StatusCode::kFailedPrecondition),
              HasSubstr("permission denied for database"));
  // An administrator's schema will do.
  ASSERT_TRUE(admin->Execute("CREATE SCHEMA guest AUTHORIZATION guest").ok());
  const auto store = OpenStore(address);
  EXPECT_TRUE(store.ok()) << store.status();
}

TEST(OpenPostgres, ALookTellsWhatIsThereAndChangesNothing) {
  const std::string address = SharedPgServer().NewAddress();
  auto state = InspectPostgres(address);
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_EQ(state->schema, 0);
  EXPECT_FALSE(state->led);
  EXPECT_EQ(state->replicas, "");
  {
    const auto store = OpenStore(address);
    ASSERT_TRUE(store.ok()) << store.status();
    state = InspectPostgres(address);
    EXPECT_EQ(state->schema, 1);
    EXPECT_TRUE(state->led);
  }
  EXPECT_FALSE(InspectPostgres(address)->led);
}

}  // namespace
}  // namespace isoshape

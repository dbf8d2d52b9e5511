#include "storage/postgres/pg_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "storage/open_store.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Refused(const std::string& address) {
  const absl::Status status = ParsePgAddress(address).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << address;
  return std::string(status.message());
}

TEST(PgAddress, TakesTheSchemaOutOfWhatLibpqGets) {
  const auto plain = ParsePgAddress("postgres://me@db:6000,db2/runs");
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_EQ(plain->schema, "isoshape");
  EXPECT_EQ(plain->uri, "postgres://me@db:6000,db2/runs");
  const auto other = ParsePgAddress(
      "postgresql:///runs?host=/tmp&schema=team_2&options=-c%20work_mem%3D8MB");
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_EQ(other->schema, "team_2");
  EXPECT_EQ(other->uri,
            "postgresql:///runs?host=/tmp&options=-c%20work_mem%3D8MB");
  EXPECT_EQ(other->options, "-c work_mem=8MB");
  EXPECT_EQ(ParsePgAddress("postgres:///?schema=a")->uri, "postgres:///");
}

TEST(PgAddress, NoPasswordIsTakenAndNoneIsTold) {
  for (const char* address :
       {"postgres://me:hunter2@db/runs",
        "postgres://me@db/runs?password=hunter2",
        "postgres://me:hunter2@db:x/runs", "postgres://:hunter2@db/runs",
        "postgres://me@db/runs?sslpassword=hunter2"}) {
    const std::string error = Refused(address);
    EXPECT_THAT(error, HasSubstr("PGPASSFILE")) << address;
    EXPECT_THAT(error, Not(HasSubstr("hunter2"))) << address;
  }
}

TEST(PgAddress, RefusesWhatIsNoAddressWithTheForm) {
  EXPECT_THAT(Refused("postgres:results"),
              HasSubstr("give postgres://USER@HOST:PORT/DATABASE"));
  EXPECT_THAT(Refused("postgres://db/runs?colour=red"), HasSubstr("colour"));
  EXPECT_THAT(Refused("postgres://db/runs?schema=Team"), HasSubstr("a-z"));
  EXPECT_THAT(Refused("postgres://db/runs?schema=a;b"), HasSubstr("a-z"));
  EXPECT_THAT(Refused("postgres://db/runs?schema=pg_x"), HasSubstr("a-z"));
}

TEST(PgAddress, IsNoPathOfAFile) {
  const absl::Status status = SqlitePath("postgres://db/runs").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("pg_dump"));
}

}  // namespace
}  // namespace isoshape

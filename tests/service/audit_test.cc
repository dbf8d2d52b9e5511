// Two people with a token each: who asked for what, in `campaign watch` and in
// the coordinator's log.
#include "access/token_file.h"
#include "tests/service/service_fixture.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class AuditTest : public ServiceTest {
 protected:
  // What `isoshape ARGUMENTS` prints to who has that token.
  std::string As(const std::string& token, std::vector<std::string> arguments) {
    environment_ = {absl::StrCat("ISOSHAPE_TOKEN=", token)};
    std::vector<std::string> command = {"/bin/sh", "-c",
                                        "\"$@\"; echo \"exit code $?\"", "sh",
                                        ISOSHAPE_PROGRAM};
    command.insert(command.end(), arguments.begin(), arguments.end());
    command.insert(command.end(), {"--server", address_});
    auto started = Start(command, "isoshape");
    EXPECT_TRUE(started.ok()) << started.status();
    const auto printed = (*started)->Exchange("", 1 << 20, kPatience);
    EXPECT_TRUE(printed.ok()) << printed.status();
    // That of watch says how the campaign ended.
    if (arguments[1] != "watch") {
      EXPECT_THAT(printed.value_or(""), testing::EndsWith("exit code 0\n"));
    }
    return printed.value_or("");
  }
};

TEST_F(AuditTest, PeopleAreToldApartByTheirTokens) {
  const std::string tokens = (folder_ / "tokens").string();
  const std::string alice =
      *CreateToken(tokens, "alice", Role::kAdmin, absl::InfiniteFuture());
  const std::string bob =
      *CreateToken(tokens, "bob", Role::kOperator, absl::InfiniteFuture());
  coordinator_ = Serve("coordinator", "30s",
                       {"--http", "off", "--tokens", tokens}, &address_);
  ASSERT_NE(coordinator_, nullptr);
  As(alice, {"campaign", "create", "--id", "c1", "--budgets", "2.5e11"});
  As(bob, {"campaign", "pause", "c1"});
  As(alice, {"campaign", "cancel", "c1", "--yes"});
  const std::string watched =
      As(bob, {"campaign", "watch", "c1", "--after-sequence", "0"});
  EXPECT_THAT(watched, HasSubstr("paused, by token:bob\n"));
  EXPECT_THAT(watched, HasSubstr("cancelled, by token:alice; "));
  const std::string json = As(bob, {"campaign", "watch", "c1", "--output=json",
                                    "--after-sequence", "0"});
  EXPECT_THAT(json, HasSubstr("token:bob"));
  As(alice, {"campaign", "delete", "c1", "--yes"});
  coordinator_->Stop(kPatience);
  const std::string log = Log("coordinator");
  EXPECT_THAT(log, HasSubstr("campaigns/c1: paused, by token:bob\n"));
  EXPECT_THAT(log, HasSubstr(" info campaigns/c1 is deleted with "));
  EXPECT_THAT(log, HasSubstr(" trials, by token:alice\n"));
  for (const std::string& secret : {alice, bob}) {
    EXPECT_THAT(log, Not(HasSubstr(secret)));
    EXPECT_THAT(watched, Not(HasSubstr(secret)));
  }
}

}  // namespace
}  // namespace isoshape

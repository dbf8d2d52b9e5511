#include "access/access_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/as_nobody.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

class AccessPolicyTest : public testing::Test {
 protected:
  AccessPolicyTest() {
    viewer_ = Make("v", Role::kViewer);
    operator_ = Make("o", Role::kOperator);
    auto made = AccessPolicy::Make(
        {.tokens = path_, .clock = &clock_, .on_read = [this](const auto& e) {
           error_ = std::string(e.message());
           ++reads_;
         }});
    EXPECT_TRUE(made.ok()) << made.status();
    policy_ = *std::move(made);
  }

  std::string Make(const std::string& name, Role role,
                   absl::Time expires = absl::InfiniteFuture()) {
    return CreateToken(path_, name, role, expires).value_or("");
  }
  absl::StatusCode Code(const std::string& token, Role needed) {
    return policy_->Check(token, needed, "Verb").code();
  }

  const TempFolder folder_;
  const std::string path_ = folder_.File("tokens");
  FakeClock clock_{absl::FromUnixSeconds(1'800'000'000)};
  std::string viewer_, operator_, error_;
  int reads_ = 0;  // after the first
  std::unique_ptr<AccessPolicy> policy_;
};

TEST_F(AccessPolicyTest, ATokenMayDoWhatItsRoleMay) {
  EXPECT_EQ(Code(viewer_, Role::kViewer), absl::StatusCode::kOk);
  EXPECT_EQ(Code(viewer_, Role::kWorker), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Code(operator_, Role::kWorker), absl::StatusCode::kOk);
  EXPECT_EQ(Code(operator_, Role::kAdmin), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(
      policy_->Check(viewer_, Role::kOperator, "CancelCampaign").message(),
      "the token v has the role viewer, and CancelCampaign takes "
      "operator");
}

TEST_F(AccessPolicyTest, WhoHasNoneOrAnotherIsUnknown) {
  EXPECT_EQ(Code("", Role::kViewer), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Code("iso_x", Role::kViewer), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Code(TokenHash(viewer_), Role::kViewer),
            absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Code("", Role::kNobody), absl::StatusCode::kOk);
}

TEST_F(AccessPolicyTest, RevokedAndNewTokensCountWithinASecond) {
  ASSERT_TRUE(RevokeToken(path_, "v").ok());
  const std::string worker = Make("w", Role::kWorker);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Code(viewer_, Role::kViewer), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Code(worker, Role::kWorker), absl::StatusCode::kOk);
  // Both at once, which was told.
  EXPECT_EQ(reads_, 1);
  EXPECT_EQ(error_, "");
}

// Root's, as whoever copied it made it, until it is given to the coordinator.
TEST_F(AccessPolicyTest, AFileThatMayBeReadAgainCounts) {
  if (geteuid() != 0) GTEST_SKIP() << "root alone gives files away";
  ASSERT_EQ(chmod(folder_.path().c_str(), 0755), 0);
  ASSERT_TRUE(RevokeToken(path_, "v").ok());
  clock_.Advance(absl::Seconds(1));
  {
    const AsNobody nobody;
    EXPECT_EQ(Code(viewer_, Role::kViewer), absl::StatusCode::kOk);
    EXPECT_THAT(error_, HasSubstr("may not be read by this user"));
  }
  ASSERT_EQ(chmod(path_.c_str(), 0644), 0);
  clock_.Advance(absl::Seconds(1));
  const AsNobody nobody;
  EXPECT_EQ(Code(viewer_, Role::kViewer), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(error_, "");
}

// By its folder, of which the file shows nothing; it is told once.
TEST_F(AccessPolicyTest, AFileThatCouldNotBeReadIsTriedAgain) {
  ASSERT_TRUE(RevokeToken(path_, "v").ok());
  const std::string elsewhere = folder_.File("elsewhere");
  std::filesystem::rename(path_, elsewhere);
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Seconds(1));
    EXPECT_EQ(Code(viewer_, Role::kViewer), absl::StatusCode::kOk);
  }
  EXPECT_EQ(reads_, 1);
  std::filesystem::rename(elsewhere, path_);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Code(viewer_, Role::kViewer), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(reads_, 2);
}

// As of a folder that is away, and then closed to this user.
TEST_F(AccessPolicyTest, AnotherReasonThanBeforeIsToldOnce) {
  if (geteuid() != 0) GTEST_SKIP() << "root alone opens all folders";
  std::filesystem::rename(path_, folder_.File("elsewhere"));
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Code(viewer_, Role::kViewer), absl::StatusCode::kOk);
  EXPECT_THAT(error_, HasSubstr("cannot be read"));
  ASSERT_EQ(chmod(folder_.path().c_str(), 0700), 0);
  const AsNobody nobody;
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Seconds(1));
    EXPECT_EQ(Code(viewer_, Role::kViewer), absl::StatusCode::kOk);
    EXPECT_THAT(error_, HasSubstr("may not be read by this user"));
  }
  EXPECT_EQ(reads_, 2);
}

// Bytes that this process has read so far.
int64_t BytesRead() {
  std::ifstream counts("/proc/self/io");
  std::string name;
  int64_t count = 0;
  counts >> name >> count;
  EXPECT_EQ(name, "rchar:");
  return count;
}

TEST_F(AccessPolicyTest, AFileThatIsSpoiltIsParsedOnceAndNotAtEachLook) {
  constexpr int64_t kBytes = 1 << 20;
  std::ofstream(path_) << std::string(kBytes, '#') << "\nnonsense\n";
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Code(viewer_, Role::kViewer), absl::StatusCode::kOk);
  const int64_t begin = BytesRead();
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Seconds(1));
    EXPECT_EQ(Code(viewer_, Role::kViewer), absl::StatusCode::kOk);
  }
  EXPECT_LT(BytesRead() - begin, kBytes);
  EXPECT_EQ(reads_, 1);
}

TEST_F(AccessPolicyTest, ATokenIsGoodUntilItExpires) {
  const std::string brief =
      Make("brief", Role::kViewer, clock_.Now() + absl::Minutes(1));
  clock_.Advance(absl::Seconds(30));
  EXPECT_EQ(Code(brief, Role::kViewer), absl::StatusCode::kOk);
  clock_.Advance(absl::Seconds(30));
  const absl::Status over = policy_->Check(brief, Role::kViewer, "Verb");
  EXPECT_EQ(over.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(over.message(), HasSubstr("the token brief expired at"));
}

TEST_F(AccessPolicyTest, AFileThatWasSpoiltLeavesTheOldTokens) {
  std::ofstream(path_) << "nonsense\n";
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Code(viewer_, Role::kViewer), absl::StatusCode::kOk);
  EXPECT_THAT(error_, HasSubstr(":1: 1 field, not"));
}

TEST_F(AccessPolicyTest, AFileWithoutTokensIsNoPolicy) {
  std::ofstream(path_, std::ios::trunc) << "# none\n";
  // No wrong use of a program: the file may get one any time.
  EXPECT_EQ(AccessPolicy::Make({.tokens = path_}).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(BearerTokenTest, IsReadFromItsHeader) {
  EXPECT_EQ(BearerToken("Bearer iso_a"), "iso_a");
  EXPECT_EQ(BearerToken("bearer  iso_a "), "iso_a");
  EXPECT_EQ(BearerToken("Basic aXNv"), "");
  EXPECT_EQ(BearerToken(""), "");
}

}  // namespace
}  // namespace isoshape

#include "access/token_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/threads/processor_time.h"
#include "tests/as_nobody.h"
#include "tests/error_of.h"
#include "tests/read_file.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class TokenFileTest : public testing::Test {
 protected:
  void Write(const std::string& text) { std::ofstream(path_) << text; }
  std::string Refusal(const std::string& text) {
    Write(text);
    chmod(path_.c_str(), 0600);
    return ErrorOf(ReadTokenFile(path_), absl::StatusCode::kFailedPrecondition);
  }
  const TempFolder folder_;
  const std::string path_ = folder_.File("tokens");
};

TEST_F(TokenFileTest, KeepsWhatATokenIsForAndNotTheToken) {
  const absl::Time end = absl::FromUnixSeconds(2'000'000'000);
  const auto token = CreateToken(path_, "fleet", Role::kWorker, end);
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_THAT(*token, testing::StartsWith("iso_"));
  EXPECT_THAT(*token, SizeIs(47));  // 256 bits
  const auto entries = ReadTokenFile(path_);
  ASSERT_TRUE(entries.ok()) << entries.status();
  ASSERT_THAT(*entries, SizeIs(1));
  EXPECT_EQ((*entries)[0].name, "fleet");
  EXPECT_EQ((*entries)[0].role, Role::kWorker);
  EXPECT_EQ((*entries)[0].expires, end);
  EXPECT_EQ((*entries)[0].hash, TokenHash(*token));
  const std::string text = ReadFile(path_);
  EXPECT_EQ(text.find(token->substr(4)), std::string::npos);
  struct stat status = {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(TokenFileTest, NothingButAFileIsReplaced) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  const auto token =
      CreateToken(path_, "fleet", Role::kWorker, absl::InfiniteFuture());
  EXPECT_EQ(token.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(token.status().message(), HasSubstr("is no regular file"));
  EXPECT_EQ(RevokeToken(path_, "fleet").code(),
            absl::StatusCode::kInvalidArgument);
  struct stat status = {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_TRUE(S_ISFIFO(status.st_mode));
}

// Each name is one token's, without a look at all others for each.
TEST_F(TokenFileTest, ALongFileIsReadInATimeThatFollowsItsLength) {
  constexpr int kTokens = 60'000;
  {
    std::ofstream file(path_);
    for (int i = 0; i < kTokens; ++i) {
      file << "token-" << i << " viewer never " << TokenHash(absl::StrCat(i))
           << '\n';
    }
  }
  ASSERT_EQ(chmod(path_.c_str(), 0600), 0);
  const absl::Duration begin = ThreadProcessorTime();
  const auto entries = ReadTokenFile(path_);
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_THAT(*entries, SizeIs(kTokens));
  // Some 0.1 s; with a look at all others many times this bound.
  EXPECT_LT(ThreadProcessorTime() - begin, absl::Seconds(2));
}

// A coordinator that runs as another user reads it.
TEST_F(TokenFileTest, AChangeKeepsTheOwnerTheGroupAndTheMode) {
  ASSERT_TRUE(
      CreateToken(path_, "a", Role::kViewer, absl::InfiniteFuture()).ok());
  ASSERT_EQ(chmod(path_.c_str(), 0640), 0);
  if (geteuid() == 0) {
    ASSERT_EQ(chown(path_.c_str(), 1234, 2345), 0);
  }
  struct stat before = {}, after = {};
  ASSERT_EQ(stat(path_.c_str(), &before), 0);
  ASSERT_TRUE(RevokeToken(path_, "a").ok());
  ASSERT_EQ(stat(path_.c_str(), &after), 0);
  EXPECT_EQ(after.st_uid, before.st_uid);
  EXPECT_EQ(after.st_gid, before.st_gid);
  EXPECT_EQ(after.st_mode, before.st_mode);
  EXPECT_NE(after.st_ino, before.st_ino);  // put in its place as a whole
}

TEST_F(TokenFileTest, OneWhoseOwnerCannotBeKeptIsNotChanged) {
  if (geteuid() != 0) GTEST_SKIP() << "only root has files of others";
  ASSERT_TRUE(
      CreateToken(path_, "a", Role::kViewer, absl::InfiniteFuture()).ok());
  // Nobody's folder, and nobody may write what is somebody else's group's.
  ASSERT_EQ(chown(folder_.path().c_str(), AsNobody::kNobody, 0), 0);
  ASSERT_EQ(chown(path_.c_str(), AsNobody::kNobody, 2345), 0);
  const std::string before = ReadFile(path_);
  {
    const AsNobody nobody;
    const absl::Status status = RevokeToken(path_, "a");
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << status;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("run as root, or as its owner"));
  }
  EXPECT_EQ(ReadFile(path_), before);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()),
                          std::filesystem::directory_iterator()),
            1);
}

TEST_F(TokenFileTest, AChangeThroughALinkIsOneOfTheFile) {
  ASSERT_TRUE(
      CreateToken(path_, "a", Role::kViewer, absl::InfiniteFuture()).ok());
  const std::string link = folder_.File("link");
  std::filesystem::create_symlink(path_, link);
  ASSERT_TRUE(RevokeToken(link, "a").ok());
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_THAT(*ReadTokenFile(path_), SizeIs(0));
  // Nor does a link to nothing become a file.
  const std::string next = folder_.File("next");
  std::filesystem::create_symlink(folder_.File("made"), next);
  ASSERT_TRUE(
      CreateToken(next, "b", Role::kViewer, absl::InfiniteFuture()).ok());
  EXPECT_TRUE(std::filesystem::is_symlink(next));
  EXPECT_THAT(*ReadTokenFile(folder_.File("made")), SizeIs(1));
}

TEST_F(TokenFileTest, TokensDifferAndNamesAreTakenOnce) {
  const auto forever = absl::InfiniteFuture();
  const auto a = CreateToken(path_, "a", Role::kViewer, forever);
  const auto b = CreateToken(path_, "b", Role::kViewer, forever);
  EXPECT_NE(*a, *b);
  EXPECT_EQ(CreateToken(path_, "a", Role::kAdmin, forever).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(CreateToken(path_, "a b\n", Role::kAdmin, forever).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(RevokeToken(path_, "a"), absl::OkStatus());
  EXPECT_EQ(RevokeToken(path_, "a").code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(*ReadTokenFile(path_), SizeIs(1));
}

TEST_F(TokenFileTest, WritersAtOnceLoseNothing) {
  std::vector<std::thread> writers;
  for (int i = 0; i < 8; ++i) {
    writers.emplace_back([&, i] {
      EXPECT_TRUE(CreateToken(path_, absl::StrCat("t", i), Role::kViewer,
                              absl::InfiniteFuture())
                      .ok());
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_THAT(*ReadTokenFile(path_), SizeIs(8));
}

TEST_F(TokenFileTest, ALineThatIsNoneIsNamed) {
  const std::string hash(64, 'a');
  EXPECT_THAT(Refusal("# a comment\nx viewer never\n"),
              HasSubstr(":2: 3 fields"));
  EXPECT_THAT(Refusal("x root never " + hash), HasSubstr("role 'root'"));
  EXPECT_THAT(Refusal("x viewer soon " + hash), HasSubstr("expiry 'soon'"));
  EXPECT_THAT(Refusal("x viewer never iso_secret"),
              HasSubstr("the token itself does not belong"));
  // Events name a token: two of one name would be taken for each other.
  EXPECT_THAT(Refusal("x viewer never " + hash + "\nx admin never " +
                      std::string(64, 'b')),
              HasSubstr(":2: the token x has the name or the hash"));
  EXPECT_THAT(Refusal("x viewer never " + hash + "\ny admin never " + hash),
              HasSubstr(":2: the token y has the name or the hash"));
}

TEST_F(TokenFileTest, OneThatOthersCanWriteIsNotTrusted) {
  Write("");
  chmod(path_.c_str(), 0666);
  EXPECT_EQ(ReadTokenFile(path_).status().code(),
            absl::StatusCode::kPermissionDenied);
  std::filesystem::remove(path_);
  EXPECT_EQ(ReadTokenFile(path_).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(TokenFileTest, OneThatMayNotBeReadIsNotSaidToBeMissing) {
  ASSERT_TRUE(
      CreateToken(path_, "me", Role::kAdmin, absl::InfiniteFuture()).ok());
  const bool is_root = geteuid() == 0;
  if (!is_root) chmod(path_.c_str(), 0);
  const auto refused = [&] {
    const AsNobody nobody;
    return ErrorOf(ReadTokenFile(path_), absl::StatusCode::kPermissionDenied);
  };
  const std::string file = refused();
  EXPECT_THAT(file,
              AllOf(HasSubstr(path_ + " may not be read by this user; run as "
                                      "its owner, or give it to"),
                    HasSubstr("and let that user enter the folders above it")));
  if (!is_root) return;
  // The same of the file alone, in a folder that may be looked into.
  ASSERT_EQ(chmod(folder_.path().c_str(), 0755), 0);
  EXPECT_EQ(refused(), file);
}

}  // namespace
}  // namespace isoshape

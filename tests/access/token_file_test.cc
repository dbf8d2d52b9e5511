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
#include "tests/error_of.h"
#include "tests/read_file.h"
#include "tests/temp_folder.h"
#include "tests/unreadable_folder.h"

namespace isoshape {
namespace {

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
  EXPECT_THAT(file, HasSubstr(path_ + " may not be read by this user; run as "
                                      "its owner, or give it to"));
  if (!is_root) return;
  // The same of the file alone, in a folder that may be looked into.
  ASSERT_EQ(chmod(folder_.path().c_str(), 0755), 0);
  EXPECT_EQ(refused(), file);
}

}  // namespace
}  // namespace isoshape

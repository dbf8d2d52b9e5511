#include "common/net/client_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/error_of.h"
#include "tests/scoped_variable.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

constexpr char kFile[] = "ISOSHAPE_TOKEN_FILE";

class ClientTokenTest : public testing::Test {
 protected:
  static std::string Refused() { return ErrorOf(ClientToken::Read()); }

  const TempFolder folder_;
  const ScopedVariable no_file_{kFile, ""};
  const ScopedVariable no_token_{"ISOSHAPE_TOKEN", ""};
};

TEST_F(ClientTokenTest, IsThatOfTheFileIfOneIsNamed) {
  EXPECT_EQ(*ClientToken::Read(), "");
  const ScopedVariable text("ISOSHAPE_TOKEN", "iso_mine");
  EXPECT_EQ(*ClientToken::Read(), "iso_mine");
  const ScopedVariable file(kFile, folder_.Write("token", " iso_filed \n"));
  EXPECT_EQ(*ClientToken::Read(), "iso_filed");
}

TEST_F(ClientTokenTest, AFileThatCannotBeReadIsRefusedWhateverElseThereIs) {
  const ScopedVariable text("ISOSHAPE_TOKEN", "iso_mine");
  for (const std::string& path :
       {folder_.File("none"), folder_.Write("empty", ""), folder_.path()}) {
    const ScopedVariable file(kFile, path);
    EXPECT_EQ(Refused(),
              "ISOSHAPE_TOKEN_FILE " + path +
                  " cannot be read or is empty; name the file that 'isoshape "
                  "token create' was written to");
  }
}

TEST_F(ClientTokenTest, WhatIsNoTokenIsRefusedAndNotShown) {
  const ScopedVariable file(kFile, folder_.Write("token", "iso_a iso_b\n"));
  EXPECT_EQ(Refused(),
            "ISOSHAPE_TOKEN_FILE holds no token; it is one word, iso_ and 43 "
            "characters");
  const ScopedVariable no_file(kFile, "");
  const ScopedVariable text("ISOSHAPE_TOKEN", "\x01");
  EXPECT_THAT(Refused(), HasSubstr("ISOSHAPE_TOKEN holds no token"));
}

}  // namespace
}  // namespace isoshape

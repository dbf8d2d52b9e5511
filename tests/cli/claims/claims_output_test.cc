#include "cli/claims/claims_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "cli/console/command.h"
#include "tests/read_file.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(WriteClaims, TheNameOfTheFileSaysItsForm) {
  const TempFolder folder;
  for (const auto& [name, begin] :
       std::vector<std::pair<std::string, std::string>>{
           {"c.md", "# "}, {"c.html", "<!doctype html>"}, {"c.json", "{"}}) {
    const std::string path = folder.File(name);
    EXPECT_TRUE(CheckClaimsFile(path).ok());
    const absl::Status status = WriteClaims({}, {}, path);
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_THAT(ReadFile(path), StartsWith(begin));
  }
}

TEST(WriteClaims, AnotherNameIsWrongUse) {
  const TempFolder folder;
  for (const std::string& path : {folder.File("c.pdf"), folder.File("md")}) {
    for (const absl::Status& status :
         {CheckClaimsFile(path), WriteClaims({}, {}, path)}) {
      EXPECT_TRUE(IsUsageError(status)) << status;
      EXPECT_THAT(status.message(), HasSubstr(": its name says no format"));
    }
  }
  // None is asked for, and so none is written.
  EXPECT_TRUE(CheckClaimsFile("").ok());
  EXPECT_TRUE(IsUsageError(WriteClaims({}, {}, "")));
}

}  // namespace
}  // namespace isoshape

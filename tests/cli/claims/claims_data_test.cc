#include "cli/claims/claims_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/read_file.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

TEST(ClaimsDataTest, NamesSayWhatIsAskedOfTheMachine) {
  EXPECT_TRUE(ClaimDataOf("text").is_text);
  EXPECT_EQ(ClaimDataOf("text-64k").kibibytes, 64);
  EXPECT_EQ(ClaimDataOf("text-by-2").processes, 2);
  for (const char* other : {"synthetic:markov", "text-", "text-0k", "text-by-0",
                            "text-by-99", "text-ab", "textual", "code"}) {
    EXPECT_FALSE(ClaimDataOf(other).is_text) << other;
    EXPECT_EQ(ClaimDataOf(other).processes, 1) << other;
  }
}

TEST(ClaimsDataTest, ASliceIsTheFirstBytesInTheOrderOfPaths) {
  const TempFolder root;
  root.Write("text/a.txt", std::string(700, 'a'));
  root.Write("text/b/c.txt", std::string(700, 'c'));
  const auto path = WriteSlice(root.File("text"), 1, root.path());
  ASSERT_TRUE(path.ok()) << path.status();
  EXPECT_EQ(ReadFile(*path), std::string(700, 'a') + std::string(324, 'c'));
  const auto longer = WriteSlice(root.File("text"), 2, root.path());
  EXPECT_EQ(longer.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(longer.status().message()),
              HasSubstr("has 1400 bytes; these claims need 2048"));
}

}  // namespace
}  // namespace isoshape

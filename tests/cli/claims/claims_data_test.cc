#include "cli/claims/claims_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

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
  const std::string root = ::testing::TempDir() + "/claims_slice";
  std::filesystem::remove_all(root);
  std::filesystem::create_directories(root + "/text/b");
  std::ofstream(root + "/text/a.txt") << std::string(700, 'a');
  std::ofstream(root + "/text/b/c.txt") << std::string(700, 'c');
  const auto path = WriteSlice(root + "/text", 1, root);
  ASSERT_TRUE(path.ok()) << path.status();
  std::ifstream file(*path);
  const std::string slice((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(slice, std::string(700, 'a') + std::string(324, 'c'));
  const auto longer = WriteSlice(root + "/text", 2, root);
  EXPECT_EQ(longer.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(longer.status().message()),
              HasSubstr("has 1400 bytes; these claims need 2048"));
}

}  // namespace
}  // namespace isoshape

#include "common/files/small_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

TEST(SmallFileTest, OnlyARegularFileThatIsSmallIsRead) {
  const TempFolder folder;
  EXPECT_TRUE(CheckSmallFile(folder.Write("small", "abc"), 3).ok());
  const absl::Status large = CheckSmallFile(folder.Write("large", "abcd"), 3);
  EXPECT_EQ(large.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(large.message(), HasSubstr("has 4 bytes and may have 3"));
  EXPECT_EQ(CheckSmallFile(folder.File("none"), 3).code(),
            absl::StatusCode::kNotFound);
  // Whoever opens it would wait for a writer.
  ASSERT_EQ(mkfifo(folder.File("pipe").c_str(), 0600), 0);
  const absl::Status pipe = CheckSmallFile(folder.File("pipe"), 3);
  EXPECT_EQ(pipe.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(pipe.message(), HasSubstr("is no regular file"));
}

}  // namespace
}  // namespace isoshape

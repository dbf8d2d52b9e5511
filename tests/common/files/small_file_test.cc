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
  EXPECT_EQ(ReadSmallFile(folder.Write("small", "abc"), 3).value(), "abc");
  EXPECT_EQ(ReadSmallFile(folder.Write("empty", ""), 3).value(), "");
  const auto refusal = [](const std::string& path) {
    const absl::Status status = ReadSmallFile(path, 3).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  };
  EXPECT_THAT(refusal(folder.Write("large", "abcd")),
              HasSubstr("has 4 bytes and may have 3"));
  EXPECT_THAT(refusal("/dev/zero"), HasSubstr("is no regular file"));
  EXPECT_THAT(refusal(folder.File("")), HasSubstr("is no regular file"));
  // Whoever opens it would wait for a writer.
  ASSERT_EQ(mkfifo(folder.File("pipe").c_str(), 0600), 0);
  EXPECT_THAT(refusal(folder.File("pipe")), HasSubstr("is no regular file"));
  EXPECT_EQ(ReadSmallFile(folder.File("none"), 3).status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace isoshape

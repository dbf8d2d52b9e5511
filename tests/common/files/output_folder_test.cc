#include "common/files/output_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "tests/as_nobody.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using ::testing::StartsWith;

absl::Status Refusal(const std::string& path, const std::string& reason) {
  return absl::PermissionDeniedError(
      "--out " + path + ": the folder cannot be made or written: " + reason +
      "; name another folder");
}

TEST(OutputFolder, IsLookedForWithoutBeingMade) {
  const TempFolder folder;
  const std::string path = folder.File("new/and/below");
  EXPECT_TRUE(CheckOutputFolder("--out", path).ok());
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_TRUE(MakeOutputFolder("--out", path).ok());
  EXPECT_TRUE(std::filesystem::is_directory(path));
  EXPECT_TRUE(MakeOutputFolder("--out", path).ok()) << "it is there";
}

TEST(OutputFolder, OneThatCannotBeIsRefusedByItsFlag) {
  const TempFolder folder;
  const std::string file = folder.Write("file", "text");
  for (const std::string& path : {file, file + "/below"}) {
    const absl::Status refusal = Refusal(path, "Not a directory");
    EXPECT_EQ(CheckOutputFolder("--out", path), refusal);
    EXPECT_EQ(MakeOutputFolder("--out", path), refusal);
  }
  // To root only the attempt tells.
  const absl::Status refused = MakeOutputFolder("--out", "/proc/folder");
  EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied) << refused;
  EXPECT_THAT(std::string(refused.message()),
              StartsWith("--out /proc/folder: the folder cannot be made or "
                         "written: "));
}

// Nobody makes a file in a folder that he may not enter, though he may write to
// it.
TEST(OutputFolder, OneThatMayBeWrittenAndNotEnteredIsRefused) {
  const TempFolder folder;
  ASSERT_EQ(chmod(folder.path().c_str(), 0755), 0);
  const std::string path = folder.File("model");
  std::filesystem::create_directory(path);
  ASSERT_EQ(chmod(path.c_str(), 0222), 0);
  {
    const AsNobody nobody;
    const absl::Status refusal = Refusal(path, "Permission denied");
    EXPECT_EQ(CheckOutputFolder("--out", path), refusal);
    EXPECT_EQ(MakeOutputFolder("--out", path), refusal);
  }
  ASSERT_EQ(chmod(path.c_str(), 0755), 0);  // so that it can be removed
}

}  // namespace
}  // namespace isoshape

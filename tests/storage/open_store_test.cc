#include "storage/open_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/storage/sqlite/sqlite_folder.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

TEST(OpenStore, TakesAPathWithAndWithoutItsKind) {
  const SqliteFolder folder;
  for (const std::string kind : {"", "sqlite:"}) {
    const auto store = OpenStore(kind + folder.Database());
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_TRUE(std::filesystem::exists(folder.Database()));
    EXPECT_TRUE((*store)->Commit({PutCounter{"campaign", 7}}).ok());
    EXPECT_EQ(*(*store)->GetCounter("campaign"), 7);
  }
}

TEST(OpenStore, RefusesAKindThatItDoesNotKnow) {
  const absl::Status status = OpenStore("postgres:results").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("no kind of database 'postgres'; give sqlite:PATH"));
  EXPECT_EQ(OpenStore("sqlite:").status().code(),
            absl::StatusCode::kInvalidArgument);
}
}  // namespace
}  // namespace isoshape

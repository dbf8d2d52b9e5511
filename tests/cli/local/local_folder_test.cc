#include "cli/local/local_folder.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/temp_folder.h"

namespace isoshape {
namespace {

// A full disk is no wrong use, which INVALID_ARGUMENT would be.
TEST(LocalFolderTest, WhatCannotBeWrittenOrIsTakenIsAState) {
  const TempFolder folder;
  std::ofstream(folder.File("file")) << "no folder";
  LocalFolder below;
  EXPECT_EQ(below.Open(folder.File("file") + "/demo", "demo").code(),
            absl::StatusCode::kFailedPrecondition);
  LocalFolder first, second;
  EXPECT_EQ(first.Open(folder.File("demo"), "demo"), absl::OkStatus());
  EXPECT_EQ(second.Open(folder.File("demo"), "demo").code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace isoshape

#include "common/text/shell_word.h"

#include <gtest/gtest.h>

namespace isoshape {
namespace {

TEST(ShellWordTest, QuotesWhatMeansSomethingToAShell) {
  EXPECT_EQ(ShellWord("/data/results.db-wal"), "/data/results.db-wal");
  EXPECT_EQ(ShellWord("my results.db"), "'my results.db'");
  EXPECT_EQ(ShellWord("it's $(rm -r ~)"), "'it'\\''s $(rm -r ~)'");
  EXPECT_EQ(ShellWord("~/a*"), "'~/a*'");
  EXPECT_EQ(ShellWord(""), "''");
  EXPECT_EQ(ShellQuoted("plain"), "'plain'");
}

}  // namespace
}  // namespace isoshape

#include "common/text/interval_text.h"

#include <gtest/gtest.h>

#include "common/text/format_number.h"

namespace isoshape {
namespace {

TEST(IntervalTextTest, AnEndThatIsAbsentIsAQuestionMark) {
  EXPECT_EQ(IntervalText(0.33, 1.7702, FormatRatio), "[0.33, 1.77]");
  EXPECT_EQ(IntervalText(0.33, 1.7702, FormatLoss), "[0.3300, 1.7702]");
  EXPECT_EQ(IntervalText({}, 1.5e6, FormatCount), "[?, 1.5M]");
  EXPECT_EQ(IntervalText(0, {}, FormatCount), "[0, ?]");
  EXPECT_EQ(IntervalText({}, {}, FormatCount), "[?, ?]");
}

}  // namespace
}  // namespace isoshape

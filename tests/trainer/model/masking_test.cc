#include "trainer/model/masking.h"

#include <gtest/gtest.h>

#include <set>

namespace isoshape {
namespace {

// Two sequences of 100 tokens, all below 256, and the token after each.
Batch SomeBatch() {
  Batch batch{2, 100, {}};
  for (int32_t i = 0; i < 2 * 101; ++i) batch.tokens.push_back(i % 256);
  return batch;
}

TEST(MaskTokensTest, ChangesTheChosenPositionsAndNoOther) {
  const Batch batch = SomeBatch();
  const MaskedBatch masked = MaskTokens(batch, 257, 0.15, 3);
  ASSERT_EQ(masked.masked, 15);
  ASSERT_EQ(masked.inputs.size(), 200u);
  ASSERT_EQ(masked.positions.size(), 30u);
  for (int64_t sequence = 0; sequence < 2; ++sequence) {
    const std::set<int64_t> chosen(
        masked.positions.begin() + sequence * 15,
        masked.positions.begin() + (sequence + 1) * 15);
    EXPECT_EQ(chosen.size(), 15u);  // no position twice
    for (int64_t i = 0; i < 100; ++i) {
      if (chosen.count(i) > 0) continue;
      EXPECT_EQ(masked.inputs[static_cast<size_t>(sequence * 100 + i)],
                batch.tokens[static_cast<size_t>(sequence * 101 + i)]);
    }
  }
}

// Devlin et al. 2018: 80 % the mask, 10 % random, 10 % unchanged.
TEST(MaskTokensTest, MostBecomeTheMaskAndSomeStay) {
  const Batch batch = SomeBatch();
  int mask = 0, same = 0, all = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const MaskedBatch masked = MaskTokens(batch, 257, 0.5, seed);
    for (size_t i = 0; i < masked.positions.size(); ++i) {
      const int64_t sequence = static_cast<int64_t>(i) / masked.masked;
      const int64_t position = masked.positions[i];
      const int32_t input =
          masked.inputs[static_cast<size_t>(sequence * 100 + position)];
      ++all;
      if (input == 256) ++mask;
      if (input ==
          batch.tokens[static_cast<size_t>(sequence * 101 + position)]) {
        ++same;
      }
    }
  }
  EXPECT_EQ(all, 200 * 100);
  EXPECT_NEAR(mask / 20000.0, 0.8, 0.02);
  EXPECT_NEAR(same / 20000.0, 0.1, 0.02);
}

TEST(MaskTokensTest, FollowsTheSeedAndMasksAtLeastOne) {
  const Batch batch = SomeBatch();
  EXPECT_EQ(MaskTokens(batch, 257, 0.15, 1).inputs,
            MaskTokens(batch, 257, 0.15, 1).inputs);
  EXPECT_NE(MaskTokens(batch, 257, 0.15, 1).positions,
            MaskTokens(batch, 257, 0.15, 2).positions);
  EXPECT_EQ(MaskTokens(batch, 257, 1e-6, 1).masked, 1);
}

}  // namespace
}  // namespace isoshape

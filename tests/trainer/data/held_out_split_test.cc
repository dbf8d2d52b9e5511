#include "trainer/data/held_out_split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "trainer/data/permutation.h"

namespace isoshape {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Use = DataBlock::Use;

constexpr int64_t kSize = 100;

// Blocks of kSize bytes with these hashes.
std::vector<DataBlock> Blocks(const std::vector<uint64_t>& hashes) {
  std::vector<DataBlock> blocks;
  for (const uint64_t hash : hashes) {
    blocks.push_back({0, static_cast<int64_t>(blocks.size()) * kSize, kSize,
                      hash, Use::kTrain});
  }
  return blocks;
}

int64_t Count(const std::vector<DataBlock>& blocks, Use use) {
  int64_t count = 0;
  for (const DataBlock& block : blocks) count += block.use == use ? 1 : 0;
  return count;
}

TEST(HeldOutSplitTest, TakesTheSmallestHashesOfOneInSixteen) {
  std::vector<uint64_t> hashes;
  for (uint64_t i = 0; i < 40; ++i) hashes.push_back(1000 - i);
  std::vector<DataBlock> blocks = Blocks(hashes);
  const HeldOutSplit split = SplitHeldOut(1, blocks);
  EXPECT_THAT(split.held_out, ElementsAre(39, 38, 37));  // 250 bytes at least
  EXPECT_THAT(split.warnings, IsEmpty());
  EXPECT_EQ(Count(blocks, Use::kHeldOut), 3);
  EXPECT_EQ(Count(blocks, Use::kTrain), 37);
}

TEST(HeldOutSplitTest, OtherCopiesOfWhatIsMeasuredAreLeftOut) {
  std::vector<uint64_t> hashes = {7, 7};
  for (uint64_t i = 0; i < 46; ++i) hashes.push_back(1000 + i);
  std::vector<DataBlock> blocks = Blocks(hashes);
  const HeldOutSplit split = SplitHeldOut(2, blocks);
  EXPECT_THAT(split.held_out, ElementsAre(0, 2, 3));
  EXPECT_EQ(blocks[1].use, Use::kLeftOut);
  EXPECT_EQ(Count(blocks, Use::kTrain), 44);
  EXPECT_THAT(split.warnings,
              ElementsAre(HasSubstr("50 tokens (2.08 % of the data) are copies "
                                    "of held-out blocks")));
}

TEST(HeldOutSplitTest, CopiesThatAreLeftOutTakeNothingFromWhatIsMeasured) {
  // Everything twice: still a sixteenth is measured.
  std::vector<uint64_t> hashes;
  for (uint64_t i = 0; i < 320; ++i) hashes.push_back(1000 + i / 2);
  std::vector<DataBlock> twice = Blocks(hashes);
  EXPECT_EQ(SplitHeldOut(1, twice).held_out.size(), 20u);
  EXPECT_EQ(Count(twice, Use::kLeftOut), 20);
  // One text of many copies that is just small enough to be held out.
  hashes.assign(18, 7);
  for (uint64_t i = 0; i < 302; ++i) hashes.push_back(1000 + i);
  std::vector<DataBlock> one = Blocks(hashes);
  EXPECT_EQ(SplitHeldOut(1, one).held_out.size(), 20u);
  EXPECT_EQ(Count(one, Use::kLeftOut), 17);
  // Two of them would be more than twice the share: the other is trained on.
  hashes.assign(18, 7);
  hashes.insert(hashes.end(), 18, 8);
  hashes.insert(hashes.end(), 18, 9);
  for (uint64_t i = 0; i < 266; ++i) hashes.push_back(1000 + i);
  std::vector<DataBlock> three = Blocks(hashes);
  EXPECT_EQ(SplitHeldOut(1, three).held_out.size(), 6u);
  EXPECT_EQ(Count(three, Use::kLeftOut), 34);
  EXPECT_EQ(Count(three, Use::kTrain), 280);
}

TEST(HeldOutSplitTest, ASmallFileThatIsThereTwiceIsNothingToWarnOf) {
  std::vector<uint64_t> hashes = {7, 7};
  for (uint64_t i = 0; i < 16'000; ++i) hashes.push_back(1000 + i);
  std::vector<DataBlock> blocks = Blocks(hashes);
  const HeldOutSplit split = SplitHeldOut(1, blocks);
  EXPECT_EQ(split.held_out.size(), 1001u);  // of 1000.1
  EXPECT_EQ(blocks[1].use, Use::kHeldOut);
  EXPECT_EQ(Count(blocks, Use::kTrain), 15001);
  EXPECT_THAT(split.warnings, IsEmpty());
}

TEST(HeldOutSplitTest, WhatIsCopiedTooOftenIsTrainedOn) {
  std::vector<uint64_t> hashes(60, 7);
  for (uint64_t i = 0; i < 40; ++i) hashes.push_back(1000 + i);
  std::vector<DataBlock> blocks = Blocks(hashes);
  const HeldOutSplit split = SplitHeldOut(1, blocks);
  EXPECT_EQ(split.held_out.size(), 7u);
  for (const size_t i : split.held_out) EXPECT_GE(blocks[i].hash, 1000u);
  EXPECT_EQ(Count(blocks, Use::kLeftOut), 0);
  EXPECT_THAT(split.warnings,
              ElementsAre(HasSubstr("6000 tokens (60 % of the data) are copies "
                                    "of blocks that occur so often")));
}

TEST(HeldOutSplitTest, DataOfFewContentsAreMeasuredOnWhatWasTrainedOn) {
  std::vector<uint64_t> hashes(50, 7);
  hashes.resize(100, 9);
  std::vector<DataBlock> blocks = Blocks(hashes);
  const HeldOutSplit split = SplitHeldOut(1, blocks);
  EXPECT_THAT(split.held_out, ElementsAre(0, 50));
  EXPECT_EQ(Count(blocks, Use::kTrain), 98);
  EXPECT_THAT(split.warnings,
              ElementsAre(HasSubstr("200 tokens (2 % of the data) are held out "
                                    "and were trained on too"),
                          HasSubstr("one in sixteen was asked for")));
}

TEST(HeldOutSplitTest, ShortDataSayThatTheShareIsLarge) {
  std::vector<DataBlock> blocks = Blocks({3, 1, 2});
  const HeldOutSplit split = SplitHeldOut(1, blocks);
  EXPECT_THAT(split.held_out, ElementsAre(1));
  EXPECT_THAT(split.warnings,
              ElementsAre(HasSubstr("100 tokens (33.3 % of the data) are held "
                                    "out, and one in sixteen was asked for")));
}

TEST(HeldOutSplitTest, WhateverRepeatsTheShareIsKeptAndNothingLeaks) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    std::vector<uint64_t> hashes;
    while (hashes.size() < 400) {
      const uint64_t random = Mix(seed * 1000003 + hashes.size());
      const uint64_t longest = 1 + Mix(seed) % 200;
      hashes.insert(hashes.end(), 1 + random % longest, random >> 8);
    }
    std::vector<DataBlock> blocks = Blocks(hashes);
    const HeldOutSplit split = SplitHeldOut(1, blocks);
    const auto total = static_cast<int64_t>(blocks.size());
    ASSERT_GE(Count(blocks, Use::kHeldOut), 1) << seed;
    EXPECT_LE(8 * (Count(blocks, Use::kHeldOut) + Count(blocks, Use::kLeftOut)),
              total + 8)
        << seed;
    bool measures_what_it_trains_on = false;
    for (const std::string& warning : split.warnings) {
      measures_what_it_trains_on |=
          testing::Matches(testing::HasSubstr("trained on too"))(warning);
    }
    if (measures_what_it_trains_on) continue;
    std::map<uint64_t, Use> uses;
    for (const DataBlock& block : blocks) {
      const Use use = block.use == Use::kLeftOut ? Use::kHeldOut : block.use;
      EXPECT_EQ(uses.emplace(block.hash, use).first->second, use) << seed;
    }
  }
}

}  // namespace
}  // namespace isoshape

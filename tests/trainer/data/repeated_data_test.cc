// Data in which blocks repeat: what is held out of them, and what is said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/temp_folder.h"
#include "tests/trainer/data/some_text.h"
#include "trainer/data/permutation.h"
#include "trainer/data/token_corpus.h"

namespace isoshape {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

double HeldOutShare(const TokenCorpus& corpus, int64_t tokens) {
  return static_cast<double>(corpus.facts().held_out_tokens) /
         static_cast<double>(tokens);
}

TEST(RepeatedDataTest, ALicenceInEveryFileIsNotHeldOut) {
  // One licence text in sixteen has a hash that would be held out.
  for (uint64_t seed = 0; seed < 24; ++seed) {
    const TempFolder folder;
    const std::string licence = SomeText(240, 1000 + seed);
    for (int i = 0; i < 150; ++i) {
      folder.Write("licence" + std::to_string(i), licence);
    }
    for (int i = 0; i < 25; ++i) {
      folder.Write("text" + std::to_string(i), SomeText(2000, i));
    }
    const auto corpus = TokenCorpus::Open(folder.path());
    constexpr int64_t kTokens = 150 * 240 + 25 * 2000;
    EXPECT_NEAR(HeldOutShare(*corpus, kTokens), 1 / 16.0, 0.004) << seed;
    EXPECT_EQ(corpus->facts().train_tokens + corpus->facts().held_out_tokens,
              kTokens);
    EXPECT_THAT(corpus->facts().warnings,
                Contains(HasSubstr("36000 tokens (41.9 % of the data) are "
                                   "copies of blocks that occur so often")));
  }
}

TEST(RepeatedDataTest, PaddingIsNotHeldOut) {
  for (const int64_t zeros : {100000, 300000, 400000, 800000}) {
    const TempFolder folder;
    std::string bytes;
    for (uint64_t i = 0; i < 400000; ++i) {
      bytes += static_cast<char>(1 + Mix(i) % 249);
      bytes += '\0';
    }
    bytes.append(static_cast<size_t>(2 * zeros), '\0');
    const auto corpus = TokenCorpus::Open(folder.Write("padded.bin", bytes));
    EXPECT_NEAR(HeldOutShare(*corpus, 400000 + zeros), 1 / 16.0, 0.003)
        << zeros;
    std::vector<int32_t> tokens;
    corpus->Append(corpus->held_out(), 0, corpus->held_out().size, tokens);
    EXPECT_LT(std::count(tokens.begin(), tokens.end(), 0), 2000) << zeros;
    EXPECT_THAT(corpus->facts().warnings,
                Contains(HasSubstr("may be padded or repeat a text")));
  }
}

TEST(RepeatedDataTest, DataWithoutCopiesHaveNothingToSay) {
  const TempFolder folder;
  EXPECT_THAT(TokenCorpus::Open(folder.Write("text", SomeText(200000, 1)))
                  ->facts()
                  .warnings,
              IsEmpty());
}

TEST(RepeatedDataTest, ConstantDataAreRefusedByName) {
  const TempFolder folder;
  const std::string letters = folder.Write("letters", std::string(300000, 'a'));
  EXPECT_THAT([&] { TokenCorpus::Open(letters); },
              ThrowsMessage<std::runtime_error>(
                  AllOf(HasSubstr(letters),
                        HasSubstr("constant: the token 97, 300000 times"))));
  const std::string zeros = folder.Write("zeros.bin", std::string(40000, '\0'));
  EXPECT_THAT([&] { TokenCorpus::Open(zeros); },
              ThrowsMessage<std::runtime_error>(
                  HasSubstr("constant: the token 0, 20000 times")));
  // Two values are data, of which one block is measured.
  const auto two =
      TokenCorpus::Open(folder.Write("two", std::string(300000, 'a') + "b"));
  EXPECT_GE(two->facts().held_out_tokens, 256);
  EXPECT_GE(two->facts().train_tokens, 290000);
}

}  // namespace
}  // namespace isoshape

#include "trainer/data/token_corpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/temp_folder.h"
#include "tests/trainer/data/some_text.h"

namespace isoshape {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::string Text(const TokenCorpus& corpus, const Segment& segment) {
  std::vector<int32_t> tokens;
  corpus.Append(segment, 0, segment.size, tokens);
  return {tokens.begin(), tokens.end()};
}

std::string HeldOut(const TokenCorpus& corpus) {
  return Text(corpus, corpus.held_out());
}

// Training segments, sorted, so that they can be compared.
std::multiset<std::string> Train(const TokenCorpus& corpus) {
  std::multiset<std::string> segments;
  for (const Segment& segment : corpus.train()) {
    segments.insert(Text(corpus, segment));
  }
  return segments;
}

TEST(TokenCorpusTest, HoldsOutASixteenthAndKeepsTheRest) {
  const TempFolder folder;
  const std::string text = SomeText(200000, 1);
  const auto corpus = TokenCorpus::Open(folder.Write("a.txt", text));
  const auto held_out = corpus->held_out().size;
  EXPECT_EQ(held_out + corpus->facts().train_tokens, 200000);
  EXPECT_NEAR(static_cast<double>(held_out), 200000 / 16.0, 300);
  for (const std::string& segment : Train(*corpus)) {
    EXPECT_NE(text.find(segment), std::string::npos);
  }
}

TEST(TokenCorpusTest, SplitFollowsTheContentAndNotTheOrderOfFiles) {
  const TempFolder one, other;
  for (int i = 0; i < 5; ++i) {
    const std::string text = SomeText(20000 + 777 * i, i);
    one.Write(std::string(1, static_cast<char>('a' + i)), text);
    // The same texts in the opposite order, and in folders.
    other.Write(std::string(1, static_cast<char>('z' - i)) + "/renamed", text);
  }
  const auto a = TokenCorpus::Open(one.path());
  const auto b = TokenCorpus::Open(other.path());
  EXPECT_EQ(HeldOut(*a), HeldOut(*b));
  EXPECT_EQ(a->facts().train_tokens, b->facts().train_tokens);
  EXPECT_EQ(a->facts().fingerprint, b->facts().fingerprint);
}

TEST(TokenCorpusTest, AnotherTextHasAnotherFingerprint) {
  const TempFolder folder;
  std::string text = SomeText(20000, 1);
  const std::string before =
      TokenCorpus::Open(folder.Write("a", text))->facts().fingerprint;
  text[10000] = '!';
  EXPECT_NE(TokenCorpus::Open(folder.Write("a", text))->facts().fingerprint,
            before);
}

TEST(TokenCorpusTest, CopiesOfATextAreOnOneSide) {
  const TempFolder folder;
  const std::string text = SomeText(50000, 1);
  folder.Write("a", text);
  folder.Write("b", text);
  const auto corpus = TokenCorpus::Open(folder.path());
  // Blocks of 256 bytes from the beginning of each file: none of those held out
  // is among the others.
  const std::string held_out = HeldOut(*corpus);
  ASSERT_GE(held_out.size(), 512u);
  for (const std::string& segment : Train(*corpus)) {
    for (size_t begin = 0; begin + 256 <= held_out.size(); begin += 256) {
      EXPECT_EQ(segment.find(held_out.substr(begin, 256)), std::string::npos);
    }
  }
}

TEST(TokenCorpusTest, ShortFilesAreOneText) {
  const TempFolder folder;
  std::string all;
  for (int i = 0; i < 200; ++i) {
    const std::string text = SomeText(40, i);
    folder.Write("text" + std::to_string(1000 + i), text);
    all += text;
  }
  const auto corpus = TokenCorpus::Open(folder.path());
  // A stretch ends where a file is held out and nowhere else.
  const int64_t held_out = corpus->held_out().size / 40;
  EXPECT_EQ(held_out, 13);
  EXPECT_LE(corpus->train().size(), static_cast<size_t>(held_out) + 1);
  for (const std::string& segment : Train(*corpus)) {
    EXPECT_NE(all.find(segment), std::string::npos);
  }
  // So a context that is longer than any file has something to learn from.
  EXPECT_EQ(corpus->Train(64, 4, 0)->Next().sequences, 4);
}

TEST(TokenCorpusTest, ReadsBinaryFilesSkipsHiddenAndEmptyOnes) {
  const TempFolder folder;
  std::string binary;
  for (int i = 0; i < 5120; ++i) binary += static_cast<char>(i * 7);
  folder.Write("a.dat", binary);
  folder.Write("empty", "");
  folder.Write(".hidden", SomeText(1000, 1));
  folder.Write(".git/objects", SomeText(1000, 2));
  const auto corpus = TokenCorpus::Open(folder.path());
  EXPECT_EQ(corpus->facts().train_tokens + corpus->held_out().size, 5120);
}

TEST(TokenCorpusTest, LargeFilesAreReadLikeSmallOnes) {
  const TempFolder folder;
  const std::string text = SomeText((1 << 20) + 4321, 3);  // mapped
  const auto corpus = TokenCorpus::Open(folder.Write("large", text));
  int64_t found = 0;
  for (const std::string& segment : Train(*corpus)) {
    ASSERT_NE(text.find(segment), std::string::npos);
    found += static_cast<int64_t>(segment.size());
  }
  EXPECT_EQ(found, corpus->facts().train_tokens);
}

TEST(TokenCorpusTest, EntropiesAreThoseOfTheHeldOutText) {
  const TempFolder folder;
  // Every block is `abab…` or `cdcd…`: half a bit more than nothing is known of
  // a byte from the one before.
  const auto alternating = TokenCorpus::Open(folder.Write("ab", [] {
    std::string text;
    while (text.size() < 20000) text += "ab";
    return text;
  }()));
  EXPECT_NEAR(alternating->entropy().unigram, std::log(2.0), 1e-5);
  EXPECT_NEAR(alternating->entropy().bigram, 0, 1e-6);
  std::string random;
  for (uint64_t i = 0; i < 400000; ++i) {
    random += static_cast<char>('0' + SomeText(1, i)[0] % 2);
  }
  const auto coin = TokenCorpus::Open(folder.Write("coin", random));
  EXPECT_NEAR(coin->entropy().unigram, coin->entropy().bigram, 0.01);
}

TEST(TokenCorpusTest, MissingDataIsToldOfWithItsPath) {
  EXPECT_THAT([] { TokenCorpus::Open("/no/such/text"); },
              ThrowsMessage<std::runtime_error>(
                  AllOf(HasSubstr("/no/such/text"), HasSubstr("not there"),
                        HasSubstr("name a text file or folder"))));
}

TEST(TokenCorpusTest, EmptyDataIsToldOfWithItsPath) {
  const TempFolder folder;
  EXPECT_THAT([&] { TokenCorpus::Open(folder.path()); },
              ThrowsMessage<std::runtime_error>(
                  AllOf(HasSubstr(folder.path()), HasSubstr("empty"))));
  const std::string file = folder.Write("empty", "");
  EXPECT_THAT([&] { TokenCorpus::Open(file); },
              ThrowsMessage<std::runtime_error>(
                  AllOf(HasSubstr(file), HasSubstr("empty"))));
}

}  // namespace
}  // namespace isoshape

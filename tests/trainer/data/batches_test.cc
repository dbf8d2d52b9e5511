#include "trainer/data/batches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
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

constexpr int64_t kContext = 32;
constexpr int64_t kSequences = 4;

class BatchesTest : public testing::Test {
 protected:
  BatchesTest()
      : text_(SomeText(40000, 1)),
        held_(TokenCorpus::Open(folder_.Write("text", text_))),
        corpus_(*held_) {}

  static std::string Sequence(const Batch& batch, int64_t index) {
    const auto begin = batch.tokens.begin() + index * (batch.context + 1);
    return {begin, begin + batch.context + 1};
  }
  // The sequences of the next `count` batches.
  static std::vector<std::string> Take(TrainingBatches& batches, int count) {
    std::vector<std::string> sequences;
    for (int i = 0; i < count; ++i) {
      const Batch& batch = batches.Next();
      EXPECT_EQ(batch.sequences, kSequences);
      EXPECT_EQ(batch.context, kContext);
      EXPECT_EQ(batch.tokens.size(),
                static_cast<size_t>(kSequences * (kContext + 1)));
      for (int64_t j = 0; j < kSequences; ++j) {
        sequences.push_back(Sequence(batch, j));
      }
    }
    return sequences;
  }

  std::string Text(const Segment& segment, int64_t begin, int64_t size) const {
    std::vector<int32_t> tokens;
    corpus_.Append(segment, begin, size, tokens);
    return {tokens.begin(), tokens.end()};
  }
  std::string HeldOutText() const {
    return Text(corpus_.held_out(), 0, corpus_.held_out().size);
  }

  TempFolder folder_;
  const std::string text_;
  const std::unique_ptr<const TokenCorpus> held_;
  const TokenCorpus& corpus_;
};

TEST_F(BatchesTest, EqualSeedsGiveEqualBatches) {
  TrainingBatches a(corpus_, kContext, kSequences, 3);
  TrainingBatches b(corpus_, kContext, kSequences, 3);
  TrainingBatches c(corpus_, kContext, kSequences, 4);
  const auto from_a = Take(a, 700);  // more than two epochs
  EXPECT_EQ(from_a, Take(b, 700));
  EXPECT_NE(from_a, Take(c, 700));
}

TEST_F(BatchesTest, SkippingIsAsGoodAsTaking) {
  for (const int skipped : {0, 1, 290, 295, 700}) {
    TrainingBatches taken(corpus_, kContext, kSequences, 3);
    TrainingBatches other(corpus_, kContext, kSequences, 3);
    Take(taken, skipped);
    other.Skip(skipped);
    EXPECT_EQ(Take(taken, 300), Take(other, 300)) << skipped;
  }
}

TEST_F(BatchesTest, AnEpochTakesEachSequenceOnceAndTheNextInAnotherOrder) {
  TrainingBatches batches(corpus_, kContext, kSequences, 3);
  int64_t count = 0;
  std::multiset<std::string> expected;
  for (const Segment& segment : corpus_.train()) {
    for (int64_t begin = 0; begin + kContext < segment.size;
         begin += kContext) {
      expected.insert(Text(segment, begin, kContext + 1));
      ++count;
    }
  }
  ASSERT_GT(count, 1000);
  auto sequences = Take(batches, static_cast<int>(count / kSequences) + 100);
  const std::multiset<std::string> epoch(sequences.begin(),
                                         sequences.begin() + count);
  EXPECT_EQ(epoch, expected);
  EXPECT_FALSE(std::equal(sequences.begin() + count, sequences.end(),
                          sequences.begin()));
}

TEST_F(BatchesTest, NoSequenceHasHeldOutText) {
  TrainingBatches batches(corpus_, kContext, kSequences, 3);
  const std::string held_out = HeldOutText();
  for (const std::string& sequence : Take(batches, 300)) {
    EXPECT_NE(text_.find(sequence), std::string::npos);
    EXPECT_EQ(held_out.find(sequence), std::string::npos);
  }
}

TEST_F(BatchesTest, TextShorterThanABatchIsRefusedWithItsSize) {
  const auto small =
      TokenCorpus::Open(folder_.Write("small", SomeText(600, 1)));
  EXPECT_THAT([&] { TrainingBatches(*small, 128, 16, 0); },
              ThrowsMessage<std::invalid_argument>(
                  AllOf(HasSubstr("training tokens"), HasSubstr("takes 16"),
                        HasSubstr("give longer data"))));
}

TEST_F(BatchesTest, AContextLongerThanTheDataIsRefusedWithBoth) {
  const auto small =
      TokenCorpus::Open(folder_.Write("small", SomeText(600, 1)));
  const auto refusal = [](const char* kind) {
    return ThrowsMessage<std::invalid_argument>(
        AllOf(HasSubstr("context 1000 is longer"), HasSubstr(kind),
              HasSubstr("smaller context")));
  };
  EXPECT_THAT([&] { TrainingBatches(*small, 1000, 16, 0); },
              refusal("training tokens in stretches of at most"));
  EXPECT_THAT([&] { HeldOutBatches(*small, 1000, 16, 1000); },
              refusal("held-out tokens"));
}

TEST_F(BatchesTest, HeldOutBatchesSpreadOverTheHeldOutText) {
  const auto bytes = corpus_.held_out().size;
  const std::vector<Batch> few =
      HeldOutBatches(corpus_, kContext, kSequences, 10 * kContext);
  ASSERT_EQ(few.size(), 3u);  // 4 + 4 + 2 sequences
  EXPECT_EQ(few[2].sequences, 2);
  const std::string held_out = HeldOutText();
  const auto last = static_cast<int64_t>(held_out.find(Sequence(few[2], 1)));
  EXPECT_GT(last, bytes * 8 / 10);

  // If more is asked for than there is, all of it is taken.
  int64_t sequences = 0;
  std::set<std::string> distinct;
  for (const Batch& batch :
       HeldOutBatches(corpus_, kContext, kSequences, 1 << 30)) {
    for (int64_t i = 0; i < batch.sequences; ++i) {
      distinct.insert(Sequence(batch, i));
    }
    sequences += batch.sequences;
  }
  EXPECT_EQ(sequences, (bytes - 1) / kContext);
  EXPECT_EQ(static_cast<int64_t>(distinct.size()), sequences);
}

}  // namespace
}  // namespace isoshape

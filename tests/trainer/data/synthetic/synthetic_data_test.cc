#include "trainer/data/synthetic/synthetic_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/trainer/small_run.h"
#include "trainer/run/make_engine.h"
#include "trainer/run/training_run.h"

namespace isoshape {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

const std::vector<std::string> kTasks = {
    "synthetic:markov", "synthetic:hierarchy,levels=2", "synthetic:pointer",
    "synthetic:recall"};
constexpr int64_t kContext = 40;

std::vector<int32_t> Take(BatchStream& stream, int batches) {
  std::vector<int32_t> tokens;
  for (int i = 0; i < batches; ++i) {
    const Batch& batch = stream.Next();
    EXPECT_EQ(batch.sequences, 4);
    EXPECT_EQ(batch.context, kContext);
    EXPECT_EQ(batch.tokens.size(), static_cast<size_t>(4 * (kContext + 1)));
    EXPECT_EQ(batch.positions.size() % 4, 0u);
    tokens.insert(tokens.end(), batch.tokens.begin(), batch.tokens.end());
  }
  return tokens;
}

TEST(SyntheticDataTest, StreamsFollowFromTaskAndSeedAlone) {
  for (const std::string& name : kTasks) {
    const auto data = OpenData(name);
    const auto same = OpenData(name);
    const auto other = OpenData(name + ",seed=1");
    EXPECT_EQ(data->facts().fingerprint, same->facts().fingerprint);
    EXPECT_NE(data->facts().fingerprint, other->facts().fingerprint);
    const auto stream = data->Train(kContext, 4, 3);
    const std::vector<int32_t> tokens = Take(*stream, 10);
    EXPECT_EQ(Take(*same->Train(kContext, 4, 3), 10), tokens);
    EXPECT_NE(Take(*data->Train(kContext, 4, 4), 10), tokens);
    EXPECT_NE(Take(*other->Train(kContext, 4, 3), 10), tokens);
    const auto skipped = data->Train(kContext, 4, 3);
    skipped->Skip(10);
    EXPECT_EQ(Take(*skipped, 5), Take(*stream, 5));
  }
}

TEST(SyntheticDataTest, NothingIsSeenTwiceNorHeldOutAndSeen) {
  for (const std::string& name : {kTasks[0], kTasks[2], kTasks[3]}) {
    const auto data = OpenData(name);
    std::set<std::vector<int32_t>> seen;
    const auto add = [&](const Batch& batch) {
      for (int64_t i = 0; i < batch.sequences; ++i) {
        const auto begin = batch.tokens.begin() + i * (kContext + 1);
        EXPECT_TRUE(seen.insert({begin, begin + kContext + 1}).second);
      }
    };
    const HeldOut held_out = data->Evaluation(kContext, 7, 100 * kContext);
    int64_t sequences = 0;
    for (const Batch& batch : held_out.batches) {
      add(batch);
      sequences += batch.sequences;
    }
    EXPECT_EQ(sequences, 100);
    const auto stream = data->Train(kContext, 100, 0);
    for (int i = 0; i < 20; ++i) add(stream->Next());
    EXPECT_EQ(seen.size(), 2100u);
  }
}

TEST(SyntheticDataTest, EntropyIsThatOfTheTargetsThatCount) {
  // Values are uniform over a half of the vocabulary, nodes over all.
  EXPECT_NEAR(OpenData("synthetic:recall")
                  ->Evaluation(kContext, 64, 64 << 10)
                  .entropy.unigram,
              std::log(32.0), 0.01);
  EXPECT_NEAR(OpenData("synthetic:pointer")
                  ->Evaluation(kContext, 64, 64 << 10)
                  .entropy.unigram,
              std::log(16.0), 0.01);
  const auto markov = OpenData("synthetic:markov");
  EXPECT_NEAR(markov->Evaluation(kContext, 64, 128 << 10).entropy.bigram,
              markov->LossFloor(kContext).value(), 0.01);
}

TEST(SyntheticDataTest, RefusesNamesAndShapesInOneLine) {
  EXPECT_THAT([] { OpenData("synthetic:markov,order=9"); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("order '9'")));
  Shape shape = SmallShape();
  shape.vocab = 4;
  EXPECT_THAT([&] { OpenData("synthetic:markov")->CheckShape(shape); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("use 16")));
}

// Trains and hears nothing.
RunResult Train(const RunSpec& spec) {
  struct : RunObserver {
    void OnStarted(const RunStart&) override {}
    void OnMeasurement(const Measurement&) override {}
    void OnAlive() override {}
  } silent;
  const std::atomic<bool> stop{false};
  return RunTraining(spec, *OpenData(spec.data_path), Device(), stop, silent);
}

TEST(SyntheticDataTest, AModelComesNearTheFloorAndNotBelow) {
  for (const char* task : {"synthetic:markov,vocab=8,alpha=0.3",
                           "synthetic:hierarchy,levels=1,vocab=6,synonyms=3"}) {
    RunSpec spec = SmallRun();
    spec.data_path = task;
    spec.shape.vocab = 8;
    spec.shape.context = 24;
    spec.steps = 400;
    spec.tokens_per_step = 16 * spec.shape.context;
    spec.recipe.learning_rate = 0.01;
    spec.report_seconds = 10;
    const RunResult result = Train(spec);
    ASSERT_TRUE(result.card.has_value()) << result.error;
    const ShapeCard& card = *result.card;
    const double floor = card.loss_floor.value();
    EXPECT_GT(card.validation_loss, floor - 4 * card.validation_loss_stderr)
        << task;
    EXPECT_LT(card.validation_loss, floor + 0.05) << task;
    EXPECT_GT(card.unigram_entropy, floor + 0.2) << task;
    EXPECT_EQ(card.epochs, 0);
    EXPECT_EQ(card.train_data_tokens, 0);
    EXPECT_THAT(card.warnings, testing::IsEmpty());
  }
}

TEST(SyntheticDataTest, OnlyAnswersAreLearnedWhereOnlyTheyCount) {
  RunSpec spec = SmallRun();
  spec.data_path = "synthetic:pointer,hops=1,nodes=3";
  spec.shape.vocab = 5;
  spec.shape.context = 9;
  spec.steps = 20;
  spec.tokens_per_step = 16 * spec.shape.context;
  const RunResult result = Train(spec);
  ASSERT_TRUE(result.card.has_value()) << result.error;
  EXPECT_EQ(result.card->loss_floor, 0);
  // What a guess among the nodes costs; all tokens together cost less.
  EXPECT_NEAR(result.card->validation_loss, std::log(3.0), 0.4);
}

TEST(BatchPositionsTest, AlonePassOnTheirLoss) {
  const RunSpec spec = [] {
    RunSpec run = SmallRun();
    run.data_path = "synthetic:pointer";
    return run;
  }();
  const auto engine = MakeEngine(spec, Device());
  Batch batch = RandomBatch(2, spec.shape.context, spec.shape.vocab, 1);
  batch.positions = {3, 15, 0, 7};
  const std::vector<double> losses = engine->Evaluate(batch);
  ASSERT_EQ(losses.size(), 2u);
  // The mean over the positions, one by one.
  for (size_t sequence = 0; sequence < 2; ++sequence) {
    double sum = 0;
    for (const size_t i : {2 * sequence, 2 * sequence + 1}) {
      Batch single = batch;
      single.positions = {batch.positions[i], batch.positions[i]};
      sum += engine->Evaluate(single)[sequence];
    }
    EXPECT_NEAR(losses[sequence], sum / 2, 1e-6);
  }
  // A target elsewhere changes nothing; the last token is a target alone.
  Batch other = batch;
  other.positions = {3, 14, 0, 7};
  const double before = engine->Evaluate(other)[0];
  other.tokens[16] = (other.tokens[16] + 1) % 256;
  EXPECT_EQ(engine->Evaluate(other)[0], before);
  engine->Step(batch, 0.0);
  EXPECT_NEAR(engine->Drain().loss, (losses[0] + losses[1]) / 2, 1e-6);
}

}  // namespace
}  // namespace isoshape

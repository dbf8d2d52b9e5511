#include "messages/analysis/prediction_proto.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace isoshape {
namespace {

using ::testing::HasSubstr;

SearchSpace Small() {
  SearchSpace space;
  space.max_parameters = 1000;
  return space;
}

TEST(PredictionProtoTest, ZerosStandForWhatAQuestionHas) {
  const auto question = ToQuestion({}, {});
  ASSERT_TRUE(question.ok()) << question.status();
  EXPECT_EQ(question->choices, 5);
  EXPECT_EQ(question->advise, 0);
  EXPECT_FALSE(question->law);
  EXPECT_FALSE(question->run);
  EXPECT_FALSE(question->target_loss);
  EXPECT_FALSE(question->max_serve_flops);
  EXPECT_FALSE(question->tokens_per_size);
  EXPECT_FALSE(question->fit.corpus_tokens);
  EXPECT_FALSE(question->limited);
}

TEST(PredictionProtoTest, EveryFieldReachesTheQuestion) {
  v1::PredictShapeRequest request;
  request.set_target_flops(1e15);
  request.set_law(v1::FitLawRequest::LAW_SHAPE);
  request.set_max_decode_seconds(0.25);
  request.set_choices(7);
  request.set_seed(9);
  request.set_anyway(true);
  request.set_advise(true);
  request.set_serve_tokens(1e9);
  request.set_tokens_per_size(40);
  request.set_corpus_tokens(2e8);
  request.set_target_loss(2.5);
  request.set_max_serve_flops(1e8);
  request.mutable_run()->set_tokens(3e7);
  const auto question = ToQuestion(request, Small());
  ASSERT_TRUE(question.ok()) << question.status();
  EXPECT_EQ(question->flops, 1e15);
  EXPECT_EQ(question->law, Law::kShape);
  EXPECT_EQ(question->candidates.max_decode_seconds, 0.25);
  EXPECT_EQ(question->candidates.space.max_parameters, 1000);
  EXPECT_EQ(question->choices, 7);
  EXPECT_EQ(question->fit.seed, 9U);
  EXPECT_TRUE(question->anyway);
  EXPECT_EQ(question->advise, kAdvisedRuns);
  EXPECT_EQ(question->serve_tokens, 1e9);
  EXPECT_EQ(question->tokens_per_size, 40);
  EXPECT_EQ(question->fit.corpus_tokens, 2e8);
  EXPECT_EQ(question->target_loss, 2.5);
  EXPECT_EQ(question->max_serve_flops, 1e8);
  ASSERT_TRUE(question->run);
  EXPECT_EQ(question->run->tokens, 3e7);
}

TEST(PredictionProtoTest, TokensOfABudgetThatNobodyHasStayANumberOfTokens) {
  Prediction prediction;
  prediction.shapes.emplace_back().choice.tokens = 1e290;
  EXPECT_EQ(ToProto(prediction, 1024).tokens(), int64_t{1} << 62);
}

// A space has limits of its own, those of its campaign, which do not make a
// shape far from the best size an answer.
TEST(PredictionProtoTest, LimitedIsWhatTheQuestionItselfLimits) {
  v1::PredictShapeRequest request;
  EXPECT_FALSE(ToQuestion(request, Small())->limited);
  request.set_max_memory_bytes(1000);
  EXPECT_TRUE(ToQuestion(request, {})->limited);
}

TEST(PredictionProtoTest, WhatIsOutOfRangeIsRefused) {
  const auto refused = [](const v1::PredictShapeRequest& request) {
    const absl::Status status = ToQuestion(request, {}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  };
  v1::PredictShapeRequest choices;
  choices.set_choices(101);
  EXPECT_THAT(refused(choices), HasSubstr("101 is outside 1..100"));
  v1::PredictShapeRequest target;
  target.set_target_flops(std::numeric_limits<double>::infinity());
  EXPECT_THAT(refused(target), HasSubstr("target_flops inf"));
  v1::PredictShapeRequest parameters;
  parameters.set_max_parameters(-1);
  EXPECT_THAT(refused(parameters), HasSubstr("max_parameters -1"));
}

}  // namespace
}  // namespace isoshape

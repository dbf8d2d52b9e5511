#include "scaling/laws/repeated_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The C4 law of appendix A (equation 17): 521, 1488, 1.87, both exponents .35.
PowerSum C4Law() {
  PowerSum law;
  law.e = std::exp(0.6254804);
  law.ln_a = {6.255414, 7.3049974};
  law.alpha = {0.3526596, 0.3526596};
  return law;
}

TEST(EffectiveTokensTest, EqualsThePublishedWorthOfEpochs) {
  // Four epochs are worth 3.73 corpora, sixteen 10.58.
  EXPECT_NEAR(EffectiveTokens(4e9, 1e9, {}), 3.73e9, 5e6);
  EXPECT_NEAR(EffectiveTokens(16e9, 1e9, {}), 10.58e9, 5e6);
  // R*_D repetitions are worth 1 - 1/e of themselves.
  const RepetitionDecay decay;
  EXPECT_NEAR(EffectiveTokens(1 + decay.tokens, 1, decay),
              1 + decay.tokens * (1 - std::exp(-1)), 1e-12);
}

TEST(EffectiveTokensTest, FreshTokensKeepTheirWorthAndRepetitionIsBounded) {
  EXPECT_EQ(EffectiveTokens(3e8, 1e9, {}), 3e8);
  EXPECT_EQ(EffectiveTokens(1e9, 1e9, {}), 1e9);
  EXPECT_NEAR(EffectiveTokens(1e15, 1e9, {}), 1e9 * (1 + 15.387756), 1);
  // The first repetition loses almost nothing.
  EXPECT_NEAR(EffectiveTokens(1.001e9, 1e9, {}), 1.001e9, 1e3);
}

TEST(PredictRepeatedTest, ExcessBeginsAtThePublishedSize) {
  // U_N = 0.051 U_D.
  const double corpus = 1e9;
  const auto below =
      PredictRepeated(C4Law(), 0.050 * corpus, corpus, corpus, {});
  ASSERT_TRUE(below.ok()) << below.status();
  EXPECT_EQ(below->effective_params, 0.050 * corpus);
  EXPECT_EQ(below->loss, below->loss_if_fresh);
  const auto above =
      PredictRepeated(C4Law(), 10 * 0.051 * corpus, corpus, corpus, {});
  EXPECT_NEAR(above->effective_params / (0.051 * corpus),
              1 + 5.309743 * (1 - std::exp(-9 / 5.309743)), 0.02);
}

TEST(PredictRepeatedTest, RepetitionCostsMoreTheMoreOften) {
  double last = 0;
  for (const double epochs : {1.0, 2.0, 4.0, 16.0, 64.0}) {
    const auto one = PredictRepeated(C4Law(), 4e7, epochs * 1e9, 1e9, {});
    ASSERT_TRUE(one.ok()) << one.status();
    EXPECT_DOUBLE_EQ(one->epochs, epochs);
    const double cost = one->loss - one->loss_if_fresh;
    EXPECT_GE(cost, last);
    last = cost;
  }
  EXPECT_GT(last, 0.01);
}

TEST(PredictRepeatedTest, RefusesWhatIsNoNumberOrNoSuchLaw) {
  const auto code = [](const PowerSum& law, double size, double corpus) {
    return PredictRepeated(law, size, 1e9, corpus, {}).status().code();
  };
  EXPECT_EQ(code(C4Law(), 0, 1e9), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(C4Law(), 1e7, std::numeric_limits<double>::infinity()),
            absl::StatusCode::kInvalidArgument);
  PowerSum one = C4Law();
  one.ln_a.pop_back();
  one.alpha.pop_back();
  EXPECT_EQ(code(one, 1e7, 1e9), absl::StatusCode::kInvalidArgument);
}

TEST(RepetitionWarningsTest, SayHowManyRunsRepeatAndWhatThatIsWorth) {
  Runs table;
  table.tokens = {5e8, 1e9, 2e9, 16e9};
  table.loss = {4, 3, 2.5, 2};
  EXPECT_THAT(RepetitionWarnings(table, 16e9, {}), IsEmpty());
  EXPECT_THAT(RepetitionWarnings(table, 8e9, {}),
              ElementsAre(HasSubstr("1 of 4 runs train on more tokens")));
  EXPECT_THAT(RepetitionWarnings(table, 1e9, {}),
              ElementsAre(HasSubstr("2 of 4 runs train on more tokens than the "
                                    "1B of the corpus, the longest for 16 "
                                    "epochs, worth 66 %"),
                          HasSubstr("beyond about 4 epochs")));
}

TEST(WithEffectiveTokensTest, KeepsTheComputeThatWasSpent) {
  Runs table;
  table.size = {1e7, 1e7};
  table.tokens = {1e9, 4e9};
  table.loss = {3, 2.5};
  const Runs effective = WithEffectiveTokens(table, 1e9, {});
  EXPECT_EQ(effective.tokens[0], 1e9);
  EXPECT_NEAR(effective.tokens[1], 3.73e9, 5e6);
  EXPECT_EQ(effective.flops[1], 6 * 1e7 * 4e9);
  EXPECT_EQ(effective.size[1], 1e7);
}

}  // namespace
}  // namespace isoshape

#include "scaling/predict/predict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/threads/cancellation.h"
#include "scaling/predict/gates.h"
#include "scaling/predict/refusal.h"
#include "scaling/runs/geometry.h"
#include "shape/accounting.h"
#include "tests/scaling/predict/demo_question.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

PredictionQuestion Question(double flops = kTarget) {
  return DemoQuestion(100, flops);
}

Runs WithoutShapes(Runs runs) {
  runs.depth.clear();
  runs.width.clear();
  return runs;
}

// One aspect ratio only, so that none can be told.
TEST(PredictTest, FollowsTheSurfaceAndSaysHowLawsFared) {
  const Runs runs = DemoRuns(FlooredPowerLaw, 5, 0.005, 1);
  const double target = 243 * 2.5e11;
  const auto prediction = Predict(runs, Question(target));
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_EQ(prediction->law, "surface");
  EXPECT_THAT(prediction->method, HasSubstr("comes out by surface "));
  EXPECT_THAT(prediction->method, HasSubstr("lost), parametric "));
  EXPECT_THAT(prediction->method, HasSubstr("lost), isoflop "));
  EXPECT_THAT(prediction->warnings, Contains(HasSubstr("hardly vary")));
  EXPECT_THAT(prediction->warnings, Contains(HasSubstr("not a finding")));
  ASSERT_EQ(prediction->shapes.size(), 5);
  EXPECT_NEAR(prediction->aspect_ratio, 16, 1e-9);
  EXPECT_EQ(prediction->shapes[0].above_best, 0);
  EXPECT_GT(prediction->shapes[1].wasted_compute, 0);
  const double best = BestSize(FlooredPowerLaw, target);
  EXPECT_NEAR(prediction->size.value / best, 1, 0.2);
  EXPECT_LT(*prediction->size.percentile.lower, best);
  EXPECT_GT(*prediction->size.percentile.upper, best);
  ASSERT_TRUE(prediction->check.has_value());
  EXPECT_GT(prediction->check->runs, 0);
}

// Laws of tiny exponents have a least over size that the runs do not fix: no
// law of the ladder names it.
TEST(PredictTest, NoLawNamesABestSizeOfCurvesFlatterThanSweepsAre) {
  const LossLaw flat = [](double size, double tokens) {
    return 0.4 + 2.2 * std::pow(size, -0.05) + 2.5 * std::pow(tokens, -0.05);
  };
  const auto prediction =
      Predict(DemoRuns(flat, 4, 0.0005, 4), Question(81 * 2.5e11));
  EXPECT_EQ(prediction.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(prediction.status().message()),
              HasSubstr("hardly curves over size at equal compute"));
}

// Whoever cancelled drops the answer, and it must not end the program.
TEST(PredictTest, ACancelledPredictionHasNoInterval) {
  const Runs runs = DemoRuns(FlooredPowerLaw, 4, 0.005, 1);
  Cancellation cancellation;
  cancellation.Cancel();
  const Cancellation::Scope scope(&cancellation);
  PredictionQuestion trend = Question();
  trend.law = Law::kIsoflop;
  EXPECT_EQ(Predict(runs, trend).status().code(), absl::StatusCode::kCancelled);
  PredictionQuestion parametric = Question();
  parametric.law = Law::kParametric;
  const auto named = Predict(runs, parametric);
  if (named.ok()) {
    EXPECT_FALSE(named->size.percentile.lower.has_value());
  }
  // By whichever law is left: the surface has no resamples.
  const auto ranked = Predict(runs, Question());
  if (ranked.ok()) {
    EXPECT_EQ(ranked->law, "surface");
  }
}

// The interval of a run allows for a bend that the surface does not have, as
// far as the largest budget shows it.
TEST(PredictTest, AnIntervalAllowsForTheBendThatTheLeftOutBudgetShows) {
  int held = 0;
  constexpr int kTables = 20;
  for (int seed = 0; seed < kTables; ++seed) {
    const Runs runs = DemoRuns(BendsDown, 3, 0.005, 100 + seed);
    const auto prediction = Predict(runs, Question());
    ASSERT_TRUE(prediction.ok()) << prediction.status();
    const double size = prediction->shapes.front().choice.size;
    const double truth = BendsDown(size, kTarget / 6 / size);
    held += *prediction->loss.lower < truth && truth < *prediction->loss.upper
                ? 1
                : 0;
  }
  EXPECT_GE(held, 18);
}

// A file may have runs without width and depth.
TEST(PredictTest, RunsWithoutShapesGiveTheOptimumAlone) {
  const Runs runs = WithoutShapes(DemoRuns(FlooredPowerLaw, 3, 0.005, 1));
  const auto prediction = Predict(runs, Question());
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_EQ(prediction->law, "surface");
  EXPECT_THAT(prediction->shapes, IsEmpty());
  EXPECT_EQ(prediction->aspect_ratio, 0);
  EXPECT_THAT(prediction->warnings, Not(Contains(HasSubstr("aspect"))));
  const double best = BestSize(FlooredPowerLaw, kTarget);
  const double truth = FlooredPowerLaw(best, kTarget / 6 / best);
  EXPECT_LT(*prediction->loss.lower, truth);
  EXPECT_GT(*prediction->loss.upper, truth);
  PredictionQuestion question = Question();
  question.law = Law::kIsoflop;
  const auto trend = Predict(runs, question);
  ASSERT_TRUE(trend.ok()) << trend.status();
  EXPECT_EQ(trend->law, "isoflop");
  EXPECT_THAT(trend->shapes, IsEmpty());
}

TEST(PredictTest, RunsWithoutBudgetsNeedNone) {
  Runs runs = WithoutShapes(DemoRuns(FlooredPowerLaw, 4, 0.003, 2));
  runs.budget.clear();
  const auto prediction = Predict(runs, Question());
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_EQ(prediction->law, "surface");
  EXPECT_EQ(prediction->largest_flops, runs.FlopsRange().second);
  Runs shaped = DemoRuns(FlooredPowerLaw, 4, 0.003, 2);
  shaped.budget.clear();
  const auto optimum = Predict(shaped, Question());
  ASSERT_TRUE(optimum.ok()) << optimum.status();
  EXPECT_NEAR(optimum->aspect_ratio, 16, 1e-9);
  EXPECT_THAT(optimum->warnings,
              Contains(HasSubstr("the median of the runs', not a finding")));
}

// Of one compute its own best size is seen, and nothing of any other.
TEST(PredictTest, OneBudgetTellsItsOwnBestSizeAlone) {
  const Runs runs = WithoutShapes(DemoRuns(FlooredPowerLaw, 1, 0.003, 2));
  const auto status = Predict(runs, Question()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("add a second budget"));
  const std::vector<LawReason> reasons = ReasonsOf(status);
  ASSERT_FALSE(reasons.empty());
  EXPECT_EQ(reasons[0].law, "surface");
  EXPECT_THAT(reasons[0].reason,
              HasSubstr("the priors and not the runs say what it is"));
  const auto here = Predict(runs, Question(2.5e11));
  ASSERT_TRUE(here.ok()) << here.status();
  EXPECT_NEAR(here->size.value / BestSize(FlooredPowerLaw, 2.5e11), 1, 0.2);
}

// Runs of one number of tokens a parameter, the commonest ladder.
Runs LadderRuns() {
  Runs runs;
  for (double size = 1e6; size < 1e8; size *= 1.6) {
    runs.size.push_back(size);
    runs.tokens.push_back(20 * size);
    runs.loss.push_back(FlooredPowerLaw(size, 20 * size));
  }
  return runs;
}

// All runs are larger than the best size, which no law then has seen.
TEST(PredictTest, ABestSizeThatWasNotPassedIsNotNamed) {
  Runs runs;
  std::mt19937_64 engine(3);
  std::normal_distribution<double> normal;
  for (double budget = 2.5e11; budget < 1e14; budget *= 3) {
    for (const double factor : {2.5, 4.0, 6.0, 9.0, 14.0}) {
      const double size = factor * BestSize(FlooredPowerLaw, budget);
      AddRun(budget, size,
             FlooredPowerLaw(size, budget / 6 / size) + 0.02 * normal(engine),
             runs);
    }
  }
  const auto status =
      Predict(WithoutShapes(runs), Question(3 * runs.FlopsRange().second))
          .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("run smaller sizes"));
  EXPECT_THAT(ReasonsOf(status), SizeIs(3));
}

// A run far off draws a parabola by least squares to where it likes.
TEST(PredictTest, TheTrendIsNotFollowedThroughOutliers) {
  Runs runs = WithoutShapes(DemoRuns(FlooredPowerLaw, 5, 0.002, 1));
  PredictionQuestion question = Question(81 * 2.5e11);
  const size_t middle = runs.rows() / 2;
  runs.loss[middle] *= 1.3;
  runs.line.resize(runs.rows());
  std::iota(runs.line.begin(), runs.line.end(), 2);
  const auto surface = FitSurfaceFor(runs, question);
  ASSERT_TRUE(surface.ok()) << surface.status();
  const absl::Status status = CheckNoOutliers(surface, runs);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(WithDetail(status), HasSubstr(absl::StrCat("line ", middle + 2)));
  runs.loss[middle] /= 1.3;
  EXPECT_TRUE(CheckNoOutliers(FitSurfaceFor(runs, question), runs).ok());
}

TEST(PredictTest, WhatOneLawAloneCanDoIsLeftToIt) {
  const Runs runs = DemoRuns(FlooredPowerLaw, 5, 0.002, 1);
  PredictionQuestion question = Question(243 * 2.5e11);
  question.fit.fixed_e = 0.9;
  const auto prediction = Predict(runs, question);
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_EQ(prediction->law, "parametric");
}

// What made the losses is followed before what is only near it.
TEST(PredictTest, ALawThatGoesThroughEveryLossComesFirst) {
  const auto predict = [](double noise) {
    const Runs runs = WithoutShapes(DemoRuns(FlooredPowerLaw, 5, noise, 1));
    auto prediction = Predict(runs, Question(243 * 2.5e11));
    EXPECT_TRUE(prediction.ok()) << prediction.status();
    return *std::move(prediction);
  };
  const Prediction exact = predict(0);
  EXPECT_EQ(exact.law, "parametric");
  EXPECT_THAT(exact.method, HasSubstr("goes through every loss"));
  EXPECT_NEAR(exact.size.value / BestSize(FlooredPowerLaw, 243 * 2.5e11), 1,
              0.005);
  EXPECT_EQ(predict(0.005).law, "surface");
}

TEST(PredictTest, AShapeOfNoKnownRatioSaysSo) {
  // One aspect ratio was tried.
  const Runs runs = DemoRuns(FlooredPowerLaw, 5, 0.005, 1);
  const auto prediction = Predict(runs, Question(243 * 2.5e11));
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_FALSE(prediction->shapes.empty());
  EXPECT_TRUE(prediction->aspect_ratio_open);
}

// The answer as a whole follows its figures.
TEST(PredictTest, WhatIsNotIdentifiedOfANamedLawIsNotAnswered) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    const Runs runs = WithoutShapes(DemoRuns(FlooredPowerLaw, 3, 0.03, seed));
    PredictionQuestion question = Question();
    for (const Law law : {Law::kParametric, Law::kSurface}) {
      question.law = law;
      const auto prediction = Predict(runs, question);
      if (!prediction.ok()) continue;
      bool known = true;
      for (const char* name : {"size", "tokens", "loss"}) {
        known = known &&
                FindLawFigure(prediction->figures, name)->unidentified.empty();
      }
      EXPECT_EQ(prediction->unidentified.empty(), known)
          << LawName(law) << " " << seed << ": " << prediction->unidentified;
    }
  }
}

TEST(PredictTest, ALineOfSizesAndTokensHasNoBestSize) {
  const Runs runs = LadderRuns();
  const double flops = 3 * runs.FlopsRange().second;
  const auto status = Predict(runs, Question(flops)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("all 10 runs have about 20 tokens per unit of size"));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("add runs at another ratio, such as size "));
  // A law that is asked for by name says so of every figure.
  PredictionQuestion question = Question(flops);
  question.law = Law::kParametric;
  const auto named = Predict(runs, question);
  ASSERT_TRUE(named.ok()) << named.status();
  EXPECT_NE(named->unidentified, "");
  EXPECT_THAT(named->shapes, IsEmpty());
  for (const LawFigure& figure : named->figures) {
    EXPECT_NE(figure.unidentified, "") << figure.name;
  }
}

TEST(PredictTest, AFarComputeIsAnsweredOnlyIfAskedForAnyway) {
  const Runs runs = DemoRuns(FlooredPowerLaw, 5, 0.002, 1);
  const double largest = runs.FlopsRange().second;
  EXPECT_THAT(
      std::string(Predict(runs, Question(900 * largest)).status().message()),
      Not(HasSubstr("speaks of it")));
  PredictionQuestion question = Question(1100 * largest);
  const auto status = Predict(runs, question).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("times the compute of the largest run"));
  question.anyway = true;
  question.law = Law::kParametric;
  EXPECT_TRUE(Predict(runs, question).ok());
}

TEST(PredictTest, ANamedLawIsFollowedWithItsWarnings) {
  const Runs runs = DemoRuns(BendsDown, 3, 0.005, 1);
  PredictionQuestion question = Question();
  question.law = Law::kParametric;
  const auto prediction = Predict(runs, question);
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_EQ(prediction->law, "parametric");
  EXPECT_THAT(prediction->warnings,
              Contains(HasSubstr("beyond its runs the law is not shown")));
  question.law = Law::kEnvelope;
  EXPECT_EQ(Predict(runs, question).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(PredictTest, SizesMayBeParameters) {
  Runs runs = DemoRuns(FlooredPowerLaw, 3, 0.005, 1);
  ASSERT_EQ(runs.measure, SizeMeasure::kParams);
  const auto prediction = Predict(runs, Question());
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  const PricedShape& best = prediction->shapes.front();
  EXPECT_EQ(best.choice.size,
            static_cast<double>(CountParameters(best.choice.shape).total()));
  EXPECT_NEAR(std::log(best.choice.size / prediction->size.value), 0, 0.3);
}

TEST(PredictTest, UsesBudgetsUpToTheLargestAsked) {
  PredictionQuestion question = Question();
  question.fit.max_budget = 7.5e11;
  const auto prediction =
      Predict(DemoRuns(FlooredPowerLaw, 3, 0.005, 1), question);
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_NEAR(prediction->largest_flops / 7.5e11, 1, 1e-9);
  EXPECT_EQ(prediction->law, "surface");
}

TEST(PredictTest, RefusesWhatIsOutOfRange) {
  const Runs runs = DemoRuns(FlooredPowerLaw, 2, 0.005, 5);
  for (const double bad : {0.0, -1.0, double{NAN}, double{INFINITY}}) {
    EXPECT_EQ(Predict(runs, Question(bad)).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  PredictionQuestion question = Question();
  question.fit.level = 1;
  EXPECT_EQ(Predict(runs, question).status().code(),
            absl::StatusCode::kInvalidArgument);
  // A limit of latency with nothing measured.
  question = Question();
  question.candidates.max_decode_seconds = 1;
  EXPECT_EQ(Predict(runs, question).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace isoshape

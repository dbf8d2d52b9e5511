// The questions beside the plain optimum: overtraining, serving, one run, a
// ladder's loss, and what to run next.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "scaling/allocation/next_run.h"
#include "scaling/predict/predict.h"
#include "tests/error_of.h"
#include "tests/scaling/predict/demo_question.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Runs DemoWithoutShapes() {
  Runs runs = DemoRuns(FlooredPowerLaw, 4, 0.003, 2);
  runs.depth.clear();
  runs.width.clear();
  return runs;
}

const LawFigure& Find(const Prediction& prediction, const std::string& name) {
  const LawFigure* figure = FindLawFigure(prediction.figures, name);
  if (figure != nullptr) return *figure;
  ADD_FAILURE() << "no figure " << name;
  return prediction.figures.front();
}

TEST(QuestionTest, OvertrainingCostsWhatTheLawSays) {
  for (const Law law : {Law::kSurface, Law::kParametric}) {
    SCOPED_TRACE(LawName(law));
    PredictionQuestion question = DemoQuestion(200);
    question.law = law;
    const double best = BestSize(FlooredPowerLaw, kTarget);
    // 1.5 times smaller than the best.
    const double size = best / 1.5;
    question.tokens_per_size = kTarget / 6 / size / size;
    const auto prediction = Predict(DemoWithoutShapes(), question);
    ASSERT_TRUE(prediction.ok()) << prediction.status();
    EXPECT_NEAR(prediction->size.value / size, 1, 1e-9);
    EXPECT_FALSE(prediction->size.percentile.lower.has_value());
    const double truth = FlooredPowerLaw(size, kTarget / 6 / size);
    EXPECT_NEAR(prediction->loss.value / truth, 1, 0.005);
    EXPECT_LT(*prediction->loss.lower, truth);
    EXPECT_GT(*prediction->loss.upper, truth);
    const double above = truth - FlooredPowerLaw(best, kTarget / 6 / best);
    const LawFigure& lost = Find(*prediction, "above_best");
    EXPECT_NEAR(lost.estimate.value, above, 0.005);
    EXPECT_GE(*lost.estimate.percentile.lower, 0);
    EXPECT_GT(Find(*prediction, "wasted_compute").estimate.value, 0);
  }
}

TEST(QuestionTest, ServingMovesTheOptimumToSmallerSizes) {
  constexpr double kServe = 5e6;
  const auto loss = [](double size, double tokens) {
    return FlooredPowerLaw(size, tokens);
  };
  // The truth, on a grid.
  double truth = 0;
  double least = INFINITY;
  for (double x = std::log(1e3); x < std::log(1e7); x += 0.001) {
    const double tokens = kTarget / 6 / std::exp(x) - kServe / 3;
    if (tokens > 0 && loss(std::exp(x), tokens) < least) {
      least = loss(std::exp(x), tokens);
      truth = std::exp(x);
    }
  }
  for (const Law law : {Law::kSurface, Law::kParametric}) {
    SCOPED_TRACE(LawName(law));
    PredictionQuestion question = DemoQuestion(200);
    question.law = law;
    question.serve_tokens = kServe;
    const auto prediction = Predict(DemoWithoutShapes(), question);
    ASSERT_TRUE(prediction.ok()) << prediction.status();
    EXPECT_NEAR(std::log(prediction->size.value / truth), 0, 0.25);
    EXPECT_LT(*prediction->size.percentile.lower, truth);
    EXPECT_GT(*prediction->size.percentile.upper, truth);
    const double size = prediction->size.value;
    EXPECT_NEAR(
        (6 * size * prediction->tokens.value + 2 * size * kServe) / kTarget, 1,
        1e-6);
    EXPECT_NEAR(prediction->training_flops / kTarget,
                Find(*prediction, "training_share").estimate.value, 1e-6);
    PredictionQuestion plain = DemoQuestion(200);
    plain.law = law;
    EXPECT_LT(size, Predict(DemoWithoutShapes(), plain)->size.value);
  }
}

TEST(QuestionTest, ShapesOfAFixedRatioAreOfItsSize) {
  PredictionQuestion question = DemoQuestion(200);
  question.tokens_per_size = 150;
  const auto prediction =
      Predict(DemoRuns(FlooredPowerLaw, 4, 0.003, 2), question);
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  ASSERT_THAT(prediction->shapes, SizeIs(1));
  EXPECT_NEAR(
      std::log(prediction->shapes[0].choice.size / prediction->size.value), 0,
      0.3);
}

TEST(QuestionTest, TheLossOfOneRunHasTheIntervalOfOne) {
  PredictionQuestion question = DemoQuestion(200);
  question.flops = 0;
  question.run = AskedRun{.size = 2e5, .tokens = 5e6};
  const auto prediction = Predict(DemoWithoutShapes(), question);
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  const double truth = FlooredPowerLaw(2e5, 5e6);
  EXPECT_NEAR(prediction->flops / (6 * 2e5 * 5e6), 1, 1e-12);
  EXPECT_LT(*prediction->loss.lower, truth);
  EXPECT_GT(*prediction->loss.upper, truth);
  // One run scatters; the law does not.
  const Interval& law = Find(*prediction, "loss").estimate.percentile;
  EXPECT_LT(*prediction->loss.lower, *law.lower);
  EXPECT_GT(*prediction->loss.upper, *law.upper);
  EXPECT_THAT(prediction->shapes, IsEmpty());
}

// The surface speaks of runs within a factor of four of the best size.
TEST(QuestionTest, OutsideTheWindowTheSurfaceIsNotFollowed) {
  PredictionQuestion question = DemoQuestion(200);
  question.flops = 0;
  question.run = AskedRun{.size = 3e3, .tokens = 5e8};
  const auto prediction = Predict(DemoWithoutShapes(), question);
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_EQ(prediction->law, "parametric");
  EXPECT_THAT(
      prediction->warnings,
      Contains(HasSubstr("the surface holds within a factor of 4 of it")));
  EXPECT_THAT(prediction->warnings,
              Contains(HasSubstr("tokens per unit of size are above")));
  question.law = Law::kSurface;
  const auto named = Predict(DemoWithoutShapes(), question);
  ASSERT_TRUE(named.ok()) << named.status();
  EXPECT_NE(named->unidentified, "");
}

TEST(QuestionTest, ContradictionsAreRefused) {
  const auto refused = [](const PredictionQuestion& question) {
    const absl::Status status = Predict(DemoWithoutShapes(), question).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    return std::string(status.message());
  };
  PredictionQuestion question = DemoQuestion(200);
  question.run = AskedRun{.size = 2e5, .tokens = 5e6};
  EXPECT_THAT(refused(question), HasSubstr("leave out the compute"));
  question.flops = 0;
  question.run->tokens = 0;
  EXPECT_THAT(refused(question), HasSubstr("size 200000 and 0 tokens"));
  question.run->depth = 4;
  EXPECT_THAT(refused(question), HasSubstr("or by its depth and width"));
  question = DemoQuestion(200);
  question.serve_tokens = 1e9;
  question.law = Law::kIsoflop;
  EXPECT_THAT(refused(question),
              HasSubstr("set law surface, shape or parametric"));
  question.law = Law::kLadder;
  EXPECT_FALSE(Predict(DemoWithoutShapes(), question).ok());
}

// L along D = 20 N, which the parametric law cannot take apart.
TEST(QuestionTest, ALadderTellsItsOwnLossAlongItsLine) {
  const Runs runs = LadderRuns();
  PredictionQuestion question = DemoQuestion(200);
  question.flops = 120 * 2e7 * 2e7;
  question.law = Law::kLadder;
  const auto prediction = Predict(runs, question);
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_NEAR(prediction->size.value / 2e7, 1, 1e-6);
  EXPECT_NEAR(prediction->tokens.value / 4e8, 1, 1e-6);
  const double truth = FlooredPowerLaw(2e7, 4e8);
  EXPECT_NEAR(prediction->loss.value / truth, 1, 0.01);
  EXPECT_LT(*prediction->loss.lower, truth);
  EXPECT_GT(*prediction->loss.upper, truth);
  EXPECT_THAT(prediction->warnings,
              Contains(HasSubstr("about D = 20 N, not the best")));
  question.flops = kTarget;
  EXPECT_EQ(Predict(DemoWithoutShapes(), question).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

// What advice promises, the surface gives when the runs are added.
TEST(QuestionTest, AdvisedRunsNarrowTheInterval) {
  Runs runs = DemoWithoutShapes();
  const auto advice = AdviseNextRuns(runs, {}, kTarget, 4);
  ASSERT_TRUE(advice.ok()) << advice.status();
  ASSERT_THAT(*advice, SizeIs(4));
  double before = 1;
  const auto [low, high] = runs.FlopsRange();
  for (const NextRun& run : *advice) {
    EXPECT_LT(run.interval_ratio, before);
    before = run.interval_ratio;
    EXPECT_NEAR(6 * run.size * run.tokens / run.flops, 1, 1e-9);
    EXPECT_GE(run.flops, low * 0.999);
    EXPECT_LE(run.flops, high * 1.001);
  }
  PredictionQuestion question = DemoQuestion(200);
  question.fit.resamples = 2000;
  question.law = Law::kSurface;
  const auto width = [&] {
    const Interval size = Predict(runs, question)->size.percentile;
    return std::log(*size.upper / *size.lower);
  };
  const double now = width();
  for (const NextRun& run : *advice) {
    AddRun(run.flops, run.size, FlooredPowerLaw(run.size, run.tokens), runs);
    runs.loss_stderr.push_back(0.003);
  }
  runs.depth.clear();
  runs.width.clear();
  runs.budget.clear();
  EXPECT_NEAR(width() / now, before, 0.2);
  EXPECT_EQ(AdviseNextRuns(runs, {}, 0, 1).status().code(),
            absl::StatusCode::kInvalidArgument);
}

// The least total FLOPs with which FlooredPowerLaw reaches a loss, by search.
struct Reached {
  double size = 0, tokens = 0, flops = INFINITY;
};
Reached LeastFlops(double loss, double serve_tokens, double max_size) {
  Reached best;
  for (double x = std::log(1e3); x < std::log(max_size); x += 1e-4) {
    const double size = std::exp(x);
    const double left = loss - 0.9 - 12 * std::pow(size, -0.34);
    if (left <= 0) continue;
    const double tokens = std::pow(60 / left, 1 / 0.31);
    const double flops = 6 * size * tokens + 2 * size * serve_tokens;
    if (flops < best.flops) best = {size, tokens, flops};
  }
  return best;
}

TEST(QuestionTest, ALossIsReachedWithTheLeastTrainingAndServing) {
  for (const double serve : {0.0, 3e8}) {
    SCOPED_TRACE(serve);
    PredictionQuestion question = DemoQuestion(200);
    question.flops = 0;
    question.target_loss = 1.55;
    question.serve_tokens = serve;
    const auto prediction = Predict(DemoWithoutShapes(), question);
    ASSERT_TRUE(prediction.ok()) << prediction.status();
    EXPECT_EQ(prediction->law, "parametric");
    const Reached truth = LeastFlops(1.55, serve, 1e9);
    const LawFigure& compute = Find(*prediction, "compute");
    EXPECT_NEAR(compute.estimate.value / truth.flops, 1, 0.25);
    EXPECT_LT(*compute.estimate.percentile.lower, truth.flops);
    EXPECT_GT(*compute.estimate.percentile.upper, truth.flops);
    EXPECT_NEAR(std::log(prediction->size.value / truth.size), 0, 0.25);
    EXPECT_EQ(prediction->flops, compute.estimate.value);
    EXPECT_NEAR(prediction->training_flops,
                6 * prediction->size.value * prediction->tokens.value,
                1e-6 * prediction->training_flops);
    // The compute that it names gives that loss again.
    PredictionQuestion back = DemoQuestion(200);
    back.law = Law::kParametric;
    back.flops = prediction->flops;
    back.serve_tokens = serve;
    const auto again = Predict(DemoWithoutShapes(), back);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_NEAR(Find(*again, "loss").estimate.value, 1.55, 1e-6);
    EXPECT_NEAR(again->size.value / prediction->size.value, 1, 1e-4);
  }
}

TEST(AllocateForLossTest, IsTheLeastOfAllSizes) {
  const PowerSum law{
      .e = 0.9, .ln_a = {std::log(12), std::log(60)}, .alpha = {0.34, 0.31}};
  for (const double serve : {0.0, 1e7, 1e9}) {
    for (const double max_size : {1e9, 4e4}) {
      const Reached truth = LeastFlops(1.6, serve, max_size);
      Allocation allocation{.serve_tokens = serve, .target_loss = 1.6};
      if (max_size < 1e9) allocation.max_serve_flops = 2 * max_size;
      const Allocated found = AllocateForLoss(law, allocation);
      EXPECT_NEAR(found.flops / truth.flops, 1, 1e-4);
      EXPECT_NEAR(found.size / truth.size, 1, 2e-3);
      EXPECT_NEAR(found.training_share,
                  6 * found.size * found.tokens / found.flops, 1e-9);
    }
  }
  // No size of so few FLOPs, no compute at all.
  EXPECT_EQ(
      AllocateForLoss(law, {.target_loss = 1.6, .max_serve_flops = 2e3}).flops,
      INFINITY);
  EXPECT_EQ(AllocateForLoss(law, {.target_loss = 0.9}).flops, INFINITY);
}

// Allocated for a loss, the same compute gives that loss again; the best size
// is that of the sum which gamma raises.
TEST(AllocateForLossTest, WithGammaIsTheLeastOfAllSizes) {
  PowerSum law{
      .e = 0.9, .ln_a = {std::log(80), std::log(900)}, .alpha = {0.5, 0.45}};
  law.gamma = 0.6;
  Allocation allocation{.serve_tokens = 1e7, .target_loss = 1.6};
  const Allocated found = AllocateForLoss(law, allocation);
  EXPECT_NEAR(law.LogLoss({std::log(found.size), std::log(found.tokens)}),
              std::log(1.6), 1e-9);
  allocation.target_loss.reset();
  allocation.flops = found.flops;
  const Allocated again = Allocate(law, allocation);
  EXPECT_NEAR(again.loss, 1.6, 1e-9);
  EXPECT_NEAR(again.size / found.size, 1, 1e-4);
  // Nothing moves the optimum but the sum; the loss above E falls as C^-g.
  const ComputeOptimum one = OptimumAt(law, 1e18, {});
  const ComputeOptimum hundred = OptimumAt(law, 1e20, {});
  for (const double factor : {0.99, 1.01}) {
    const double ln_size = std::log(one.size * factor);
    EXPECT_GT(law.LogLoss({ln_size, std::log(1e18 / 6) - ln_size}),
              std::log(one.loss));
  }
  EXPECT_NEAR(std::log((one.loss - law.e) / (hundred.loss - law.e)),
              DecayExponent(law, {}) * std::log(100), 1e-9);
}

TEST(QuestionTest, ALossBelowTheFloorIsNotReached) {
  PredictionQuestion question = DemoQuestion(200);
  question.flops = 0;
  question.target_loss = 0.3;
  const auto below = Predict(DemoWithoutShapes(), question);
  EXPECT_EQ(below.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(below.status().message()),
              HasSubstr("no compute reaches it"));
  question.target_loss = 1.6;
  question.flops = kTarget;
  EXPECT_EQ(Predict(DemoWithoutShapes(), question).status().code(),
            absl::StatusCode::kInvalidArgument);
  question.flops = 0;
  question.law = Law::kSurface;
  EXPECT_EQ(Predict(DemoWithoutShapes(), question).status().code(),
            absl::StatusCode::kInvalidArgument);
}

// What a law does not take is refused of the law that is asked for, whatever
// law the options are for.
TEST(QuestionTest, ALawIsNotAskedForWhatItDoesNotTake) {
  const auto refused = [](Law law, const LawOptions& fit) {
    PredictionQuestion question = DemoQuestion(200);
    question.fit = fit;
    question.fit.resamples = 0;
    question.law = law;
    return ErrorOf(Predict(DemoWithoutShapes(), question));
  };
  ASSERT_EQ(LawOptions().law, Law::kParametric);
  EXPECT_THAT(refused(Law::kSurface, {.tie_exponents = true}),
              HasSubstr("surface has no exponents alpha and beta"));
  EXPECT_THAT(refused(Law::kSurface, {.fixed_e = 1.5}),
              HasSubstr("surface takes no fixed E"));
  EXPECT_THAT(refused(Law::kIsoflop, {.loss = {.huber_delta = 0.1}}),
              HasSubstr("isoflop has no Huber's delta"));
  EXPECT_THAT(refused(Law::kParametric, {.rule = OptimumMethod::kAkima}),
              HasSubstr("parametric has no rule"));
  EXPECT_THAT(
      refused(Law::kIsoflop, {.free_gamma = true}),
      HasSubstr("law isoflop has no gamma to be free; set law parametric"));
  // One exponent more and one less.
  EXPECT_THAT(
      refused(Law::kParametric, {.tie_exponents = true, .free_gamma = true}),
      HasSubstr("leave out free_gamma or tie_exponents"));
  EXPECT_THAT(
      refused(Law::kParametric, {.free_gamma = true, .weak_prior = true}),
      HasSubstr("leave out free_gamma, or set prior none"));
}

}  // namespace
}  // namespace isoshape

// Predictions from published runs, and from the runs of cases that once failed
// (shared data), read in place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "scaling/isoflop/isoflop.h"
#include "scaling/predict/predict.h"
#include "scaling/reports/fit_law.h"
#include "scaling/statistics/akima.h"
#include "tests/scaling/published_data.h"

namespace isoshape {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

Runs Parse(const std::string& text, const RunFormat& format = {}) {
  auto runs = ParseRuns(text, "runs.csv", format);
  EXPECT_TRUE(runs.ok()) << runs.status();
  return *std::move(runs);
}

PredictionQuestion Question(double flops) {
  PredictionQuestion question;
  question.flops = flops;
  question.fit.resamples = 400;
  question.candidates.space.max_width = 1 << 16;
  question.candidates.space.max_depth = 1 << 10;
  question.candidates.space.base.head_dim = 64;
  return question;
}

// The default answer at four times the compute of the runs given: what a run of
// the size that it names loses on the measured curve, and whether its interval
// holds the measured best size.
TEST(PublishedPredictionTest, FindsTheBestSizeOfPoriansLargestBudgets) {
  READ_PUBLISHED_OR_SKIP(text, "porian.csv");
  for (const char* name : {"rw|tuned|short|const|standard|val",
                           "rw|base|short|kaplan|standard|val",
                           "owt2|base|long|kaplan|kaplan|train"}) {
    SCOPED_TRACE(name);
    const Runs runs =
        Parse(text, {.budget = "flops", .where = {{"experiment", name}}});
    const std::vector<SizeCurve> curves = MakeSizeCurves(runs);
    const CurveColumns largest = Columns(curves.back());
    const auto below = RunsUpTo(runs, curves.back().budget / 4);
    ASSERT_TRUE(below.ok()) << below.status();
    const auto prediction = Predict(*below, Question(curves.back().budget));
    ASSERT_TRUE(prediction.ok()) << prediction.status();
    std::vector<double> ln_loss;
    for (const double loss : largest.loss) ln_loss.push_back(std::log(loss));
    const Akima curve(largest.ln_size, ln_loss);
    const Akima::Minimum best = curve.FindMinimum();
    EXPECT_LT(curve.At(std::log(prediction->size.value)) - best.y, 0.001);
    EXPECT_LT(*prediction->size.percentile.lower, std::exp(best.x));
    EXPECT_GT(*prediction->size.percentile.upper, std::exp(best.x));
    EXPECT_LT(*prediction->loss.lower, std::exp(best.y));
    EXPECT_GT(*prediction->loss.upper, std::exp(best.y));
  }
}

// Models of one number of tokens a parameter. They gave sizes of 8e11 and 1e73.
TEST(CasesTest, LaddersAreRefusedInPredictionsAndFits) {
  for (const auto& [name, flops] :
       {std::tuple{"ladder2.csv", 1e21}, std::tuple{"cerebras.csv", 1e23},
        std::tuple{"ray.csv", 1e23}}) {
    SCOPED_TRACE(name);
    READ_PUBLISHED_OR_SKIP(text, std::string("../cases/runs/") + name);
    const Runs runs = Parse(text);
    const auto status = Predict(runs, Question(flops)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("tokens per unit of size"));
    const auto report =
        FitLaw(runs, {.law = Law::kParametric, .resamples = 50});
    ASSERT_TRUE(report.ok()) << report.status();
    for (const LawFigure& figure : report->parameters) {
      EXPECT_NE(figure.unidentified, "") << figure.name;
    }
    EXPECT_THAT(report->warnings, Contains(HasSubstr("add runs at another")));
  }
}

// 85 Llama runs of aspect ratios 32 to 85: two layers of width 13,000 were
// recommended.
TEST(CasesTest, ShapesStayNearTheAspectRatiosThatWereTried) {
  READ_PUBLISHED_OR_SKIP(text, "../cases/runs/xl2048.csv");
  const auto prediction = Predict(Parse(text), Question(1e21));
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  ASSERT_FALSE(prediction->shapes.empty());
  for (const PricedShape& priced : prediction->shapes) {
    EXPECT_GE(AspectRatio(priced.choice.shape), 16);
    EXPECT_LE(AspectRatio(priced.choice.shape), 170);
  }
}

// The law of base.csv is known: 1.8 + 400 N^-.34 + 2000 D^-.36.
TEST(CasesTest, TheBestSizeOfAKnownLawIsFound) {
  READ_PUBLISHED_OR_SKIP(text, "../cases/runs/base.csv");
  const auto prediction = Predict(Parse(text), Question(1e21));
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  constexpr double kTruth = 2.32e9;
  EXPECT_NEAR(std::log(prediction->size.value / kTruth), 0, 0.15);
  EXPECT_LT(*prediction->size.percentile.lower, kTruth);
  EXPECT_GT(*prediction->size.percentile.upper, kTruth);
}

TEST(CasesTest, ComputesFarOnEitherSideAreWarnedOf) {
  READ_PUBLISHED_OR_SKIP(text, "../cases/runs/base.csv");
  for (const auto& [flops, warning] :
       {std::pair{1e15, "1e3 times below that of the smallest run"},
        std::pair{2e22, "200 times that of the largest run"}}) {
    const auto prediction = Predict(Parse(text), Question(flops));
    ASSERT_TRUE(prediction.ok()) << prediction.status();
    EXPECT_THAT(prediction->warnings, Contains(HasSubstr(warning)));
  }
}

// Text that repeats: 1e9 different tokens, trained on for up to 100 epochs. The
// answer was that of unlimited fresh text, 2.94e9 and 2.353. No law is named: a
// best size was passed among the runs that do not repeat.
TEST(CasesTest, ACorpusThatRepeatsIsOptimised) {
  READ_PUBLISHED_OR_SKIP(text, "../cases/runs/repS.csv");
  PredictionQuestion question = Question(1e21);
  question.fit.corpus_tokens = 1e9;
  question.fit.resamples = 200;
  const auto prediction = Predict(Parse(text), question);
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_NEAR(prediction->size.value / 1.77e9, 1, 0.03);
  EXPECT_EQ(prediction->law, "parametric");
  EXPECT_NEAR(prediction->loss.value, 2.762, 0.01);
  EXPECT_LT(*prediction->size.percentile.lower, prediction->size.value);
  EXPECT_GT(*prediction->size.percentile.upper, prediction->size.value);
  EXPECT_THAT(prediction->warnings,
              Contains(HasSubstr("epochs of the corpus")));
}

// The truth of ladder2.csv along its line is known, off it nothing is.
TEST(CasesTest, TheLossAlongALadderIsFound) {
  READ_PUBLISHED_OR_SKIP(text, "../cases/runs/ladder2.csv");
  PredictionQuestion question = Question(1e21);
  question.law = Law::kLadder;
  question.fit.resamples = 200;
  const auto prediction = Predict(Parse(text), question);
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  const double size = std::sqrt(1e21 / 120);
  const double truth =
      1.8 + 400 * std::pow(size, -0.34) + 2000 * std::pow(20 * size, -0.36);
  EXPECT_NEAR(prediction->size.value / size, 1, 1e-3);
  EXPECT_LT(*prediction->loss.lower, truth);
  EXPECT_GT(*prediction->loss.upper, truth);
}

// Five runs and five parameters: a standard error of 6e12 % was printed.
TEST(CasesTest, SaturatedFitsAreRefused) {
  READ_PUBLISHED_OR_SKIP(text, "../cases/runs/g5_c4_original.csv");
  const Runs runs = Parse(text);
  for (const Law law : {Law::kParametric, Law::kShape}) {
    EXPECT_EQ(FitLaw(runs, {.law = law}).status().code(),
              absl::StatusCode::kFailedPrecondition);
  }
  EXPECT_EQ(Predict(runs, Question(1e20)).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

// G came out as -6.5e6 and "shape matters" was still not refused.
TEST(CasesTest, ShapeIsNotShownToMatterWhereTheFitHasNoBestRatio) {
  READ_PUBLISHED_OR_SKIP(text, "../cases/runs/gs_rw_original.csv");
  const auto report =
      FitLaw(Parse(text), {.law = Law::kShape, .resamples = 100});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->findings,
              Contains(HasSubstr("is not tested: the runs do not tell the "
                                 "aspect ratio from size")));
}

// E of some resamples ends at its bound: the end was printed as 1.4e-11.
TEST(CasesTest, AnEndAtTheBoundOfTheFloorIsTheBound) {
  READ_PUBLISHED_OR_SKIP(text, "../cases/runs/gs_rw_original.csv");
  const auto report =
      FitLaw(Parse(text), {.law = Law::kParametric, .resamples = 400});
  ASSERT_TRUE(report.ok()) << report.status();
  const LawFigure* const e = FindLawFigure(report->parameters, "E");
  EXPECT_EQ(e->estimate.percentile.lower, 0);
  EXPECT_NEAR(e->estimate.value, 1.358, 1e-3);
  EXPECT_GT(*e->estimate.percentile.upper, 1.5);
}

// E came out as 6.9e-12 with an interval that held nothing else.
TEST(CasesTest, AFloorAtItsBoundIsALimit) {
  READ_PUBLISHED_OR_SKIP(text, "../cases/runs/misfit_noemb.csv");
  const auto report =
      FitLaw(Parse(text), {.law = Law::kParametric, .resamples = 50});
  ASSERT_TRUE(report.ok()) << report.status();
  const auto e =
      std::find_if(report->parameters.begin(), report->parameters.end(),
                   [](const LawFigure& figure) { return figure.name == "E"; });
  EXPECT_THAT(e->unidentified, HasSubstr("it is at most about"));
  // The exponents rest on it: g held the truth in one of ten such tables.
  for (const auto* figures : {&report->parameters, &report->derived}) {
    for (const LawFigure& figure : *figures) {
      EXPECT_NE(figure.unidentified, "") << figure.name;
    }
  }
  PredictionQuestion named = Question(1e21);
  named.law = Law::kParametric;
  const auto prediction = Predict(Parse(text), named);
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_THAT(prediction->unidentified, HasSubstr("at its bound"));
}

// A ladder of seven models gave E = 4e-13, and a loss from it at any compute.
TEST(CasesTest, ALadderWithoutAFloorIsNotFollowedFar) {
  READ_PUBLISHED_OR_SKIP(text, "../cases/runs/cerebras.csv");
  const Runs runs = Parse(text);
  const auto report = FitLaw(runs, {.law = Law::kLadder, .resamples = 50});
  ASSERT_TRUE(report.ok()) << report.status();
  for (const LawFigure& figure : report->parameters) {
    EXPECT_NE(figure.unidentified, "") << figure.name;
  }
  PredictionQuestion named = Question(1e24);
  named.law = Law::kLadder;
  const auto far = Predict(runs, named);
  ASSERT_TRUE(far.ok()) << far.status();
  const auto loss = std::find_if(
      far->figures.begin(), far->figures.end(),
      [](const LawFigure& figure) { return figure.name == "loss"; });
  ASSERT_NE(loss, far->figures.end());
  EXPECT_THAT(loss->unidentified, HasSubstr("at its bound"));
}

// The law named a ratio of 509 where 32 to 85 were tried, and G = 0 was not
// rejected.
TEST(CasesTest, NoShapeIsRankedByARatioThatIsNotShown) {
  READ_PUBLISHED_OR_SKIP(text, "../cases/runs/xl2048.csv");
  PredictionQuestion named = Question(1e21);
  named.law = Law::kShape;
  const auto prediction = Predict(Parse(text), named);
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  for (const PricedShape& priced : prediction->shapes) {
    EXPECT_LE(AspectRatio(priced.choice.shape), 170);
  }
  for (const LawFigure& figure : prediction->figures) {
    if (figure.name != "aspect_ratio" && figure.name != "depth") continue;
    EXPECT_NE(figure.unidentified, "") << figure.name;
  }
}

// One loss of 60 deviations was never named.
TEST(CasesTest, OutliersAreNamed) {
  READ_PUBLISHED_OR_SKIP(text, "../cases/runs/out2.csv");
  const auto report =
      FitLaw(Parse(text), {.law = Law::kParametric, .resamples = 50});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->warnings,
              Contains(HasSubstr("than the scatter of the others explains")));
}

TEST(CasesTest, AFixedFloorAboveTheLossesIsRefused) {
  READ_PUBLISHED_OR_SKIP(text, "../cases/runs/base.csv");
  const Runs runs = Parse(text);
  EXPECT_THAT(std::string(FitLaw(runs, {.law = Law::kParametric, .fixed_e = 3})
                              .status()
                              .message()),
              HasSubstr("E is fixed at 3, but the least loss is 2.56"));
}

// One name for all rows gave intervals of width 0.
TEST(CasesTest, OneClusterGivesNoInterval) {
  READ_PUBLISHED_OR_SKIP(text, "../cases/runs/base.csv");
  Runs runs = Parse(text);
  runs.run.assign(runs.rows(), "sweep1");
  const auto report = FitLaw(runs, {.law = Law::kParametric});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->interval_method, "");
  EXPECT_FALSE(report->parameters[0].estimate.percentile.lower.has_value());
  EXPECT_THAT(report->warnings,
              Contains(HasSubstr("the rows come from 1 run (column run)")));
}

// Losses without noise, whose fit was said not to be converged.
TEST(CasesTest, ALawWithoutNoiseIsFoundAndKnownAsSuch) {
  READ_PUBLISHED_OR_SKIP(text, "../cases/runs/cs336.csv");
  const auto report =
      FitLaw(Parse(text), {.law = Law::kParametric, .resamples = 50});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->optimum->converged);
  const double truth[] = {1606, 3211, 2.69, 0.34, 0.36};  // A, B, E, ...
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_NEAR(report->parameters[i].estimate.value / truth[i], 1, 1e-3);
  }
  EXPECT_THAT(report->findings, Contains(HasSubstr("they have no noise")));
}

// One budget shows its own best size; the law that made the losses has it at
// 6.65e7. Nothing says what more compute brings.
TEST(CasesTest, OneBudgetShowsItsOwnBestSizeAlone) {
  READ_PUBLISHED_OR_SKIP(text, "../cases/runs/onebudget.csv");
  const Runs runs = Parse(text);
  const auto isoflop = FitLaw(runs, {.law = Law::kIsoflop, .resamples = 100});
  ASSERT_TRUE(isoflop.ok()) << isoflop.status();
  ASSERT_EQ(isoflop->budgets.size(), 1);
  EXPECT_NEAR(isoflop->budgets[0].size.value / 6.65e7, 1, 0.03);
  EXPECT_THAT(isoflop->warnings, Contains(HasSubstr("it needs 2 budgets")));
  const auto report = FitLaw(runs, {.law = Law::kParametric});
  ASSERT_TRUE(report.ok()) << report.status();
  for (const auto* figures : {&report->parameters, &report->derived}) {
    for (const LawFigure& figure : *figures) {
      EXPECT_EQ(figure.unidentified, "the runs are of one budget");
      // 4,000 fits of what is known not to be shown took 47 s.
      EXPECT_EQ(figure.estimate.resamples, 0);
    }
  }
  EXPECT_EQ(report->interval_method, "");
  const auto status = Predict(runs, Question(1e21)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("add a second budget"));
}

// One size a budget was run at several aspect ratios; a table of shapes stood
// below "not identified".
TEST(CasesTest, ShapesThatAreNotIdentifiedAreNotRanked) {
  READ_PUBLISHED_OR_SKIP(text, "../cases/runs/star1.csv");
  const auto prediction = Predict(Parse(text), Question(1e20));
  if (prediction.ok()) {
    EXPECT_TRUE(prediction->shapes.empty());
  } else {
    EXPECT_EQ(prediction.status().code(),
              absl::StatusCode::kFailedPrecondition);
  }
  // Its widths are no counts, which is said where they are asked for.
  RunFormat format;
  format.needed = {RunColumn::kWidth, RunColumn::kDepth};
  EXPECT_THAT(
      std::string(ParseRuns(text, "runs.csv", format).status().message()),
      HasSubstr("width '408.248290463863'"));
}

// All runs have one layer, so that the aspect ratio is the size.
TEST(CasesTest, RunsOfOneDepthTellNoAspectRatio) {
  READ_PUBLISHED_OR_SKIP(text, "../cases/runs/shape_depth1.csv");
  const Runs runs = Parse(text);
  const auto report = FitLaw(runs, {.law = Law::kShape, .resamples = 50});
  ASSERT_TRUE(report.ok()) << report.status();
  for (const std::vector<LawFigure>* figures :
       {&report->parameters, &report->derived}) {
    for (const LawFigure& figure : *figures) {
      if (figure.name != "c0" && figure.name != "c1" &&
          !absl::StrContains(figure.name, "ratio")) {
        continue;
      }
      EXPECT_NE(figure.unidentified, "") << figure.name;
    }
  }
  EXPECT_THAT(report->findings, Contains(HasSubstr("is not tested")));
}

}  // namespace
}  // namespace isoshape

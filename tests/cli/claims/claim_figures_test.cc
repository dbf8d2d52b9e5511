#include "cli/claims/claim_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "messages/json/proto_json.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Series = v1::FigureSeries;

v1::Claim ClaimOf(const std::string& parts) {
  v1::Claim claim;
  const absl::Status status =
      FromJson(nlohmann::json::parse(R"({"id": "bowl", "statement": "A bowl.",
                                         "parts": )" +
                                     parts + "}"),
               &claim);
  EXPECT_TRUE(status.ok()) << status;
  return claim;
}

constexpr char kBowl[] = R"([
    {"name": "bowl", "figure": "curvature, nats", "above": 0,
     "pipeline": {"measure": "validation_loss", "steps": [
        {"over": "shape", "along": "aspect", "curvature": {}}]}},
    {"name": "best", "figure": "best aspect ratio", "is_log_factor": true,
     "above": 0, "below": 3,
     "pipeline": {"measure": "validation_loss", "steps": [
        {"over": "shape", "along": "aspect", "minimum": {}}]}}])";

// Aspect ratios 4, 16 and 64 lose 2.1, 2 and 2.3; a seed shifts all alike, and
// `wobble` one of them alone.
ClaimRecord BowlRecord(double wobble) {
  ClaimRuns runs;
  runs.label = "small";
  for (int seed = 0; seed < 3; ++seed) {
    for (const auto& [depth, loss] :
         {std::pair(8, 2.1), std::pair(4, 2.0), std::pair(2, 2.3)}) {
      v1::Trial trial;
      trial.mutable_shape()->set_depth(depth);
      trial.mutable_shape()->set_width(depth == 8 ? 32 : depth == 4 ? 64 : 128);
      trial.set_budget_flops(1e11);
      trial.set_seed(seed);
      trial.set_state(v1::Trial::SUCCEEDED);
      trial.mutable_shape_card()->set_validation_loss(
          loss + 0.5 * seed + (depth == 2 && seed == 0 ? wobble : 0));
      runs.trials.push_back(trial);
    }
  }
  return {ClaimOf(kBowl), {runs}};
}

const Series* Points(const v1::Figure& figure) {
  for (const Series& series : figure.panels(0).series()) {
    if (series.mark() == Series::POINTS) return &series;
  }
  return nullptr;
}

TEST(CurveFiguresTest, PartsOfOneCurveAreOnePicture) {
  const std::vector<ClaimFigure> figures = CurveFigures({BowlRecord(0)});
  ASSERT_EQ(figures.size(), 1U);
  EXPECT_EQ(figures[0].claim, "bowl");
  EXPECT_EQ(figures[0].figure.title(),
            "bowl: validation loss over width / depth");
  const Series* points = Points(figures[0].figure);
  ASSERT_NE(points, nullptr);
  EXPECT_THAT(points->x(), ElementsAre(4, 16, 64));
  ASSERT_EQ(points->y_size(), 3);
  EXPECT_NEAR(points->y(1), 2.5, 1e-12);
}

// What a seed shifts alike at all places says nothing of the curve.
TEST(CurveFiguresTest, WhiskersAreOfWhatDiffersAlongTheAxis) {
  const auto width = [](const Series& points, int i) {
    return points.y_upper(i) - points.y_lower(i);
  };
  const std::vector<ClaimFigure> still = CurveFigures({BowlRecord(0)});
  const std::vector<ClaimFigure> moved = CurveFigures({BowlRecord(0.3)});
  ASSERT_EQ(still.size(), 1U);
  ASSERT_EQ(moved.size(), 1U);
  const Series& exact = *Points(still[0].figure);
  const Series& rough = *Points(moved[0].figure);
  EXPECT_NEAR(width(exact, 2), 0, 1e-9);
  // Of 0.3, 0, 0, less a third of it in the level: 0.2, 0, 0. Its standard
  // error is 0.2 / 3, t(2) = 4.3027, Morey's factor sqrt(3 / 2).
  EXPECT_NEAR(width(rough, 2), 2 * 0.2 / 3 * 4.302653 * std::sqrt(1.5), 1e-5);
}

TEST(CurveFiguresTest, ClaimsOfOneCurveAreOnePicture) {
  ClaimRecord other = BowlRecord(0);
  other.claim.set_id("best");
  other.claim.mutable_parts()->DeleteSubrange(0, 1);
  EXPECT_EQ(CurveFigures({BowlRecord(0), other}).size(), 1U);
  ClaimRecord wobbles = BowlRecord(0.3);
  wobbles.claim.set_id("wobbles");
  EXPECT_EQ(CurveFigures({BowlRecord(0), wobbles}).size(), 2U);
}

TEST(CurveFiguresTest, TwoPlacesAreNoCurve) {
  ClaimRecord record = BowlRecord(0);
  std::erase_if(record.runs[0].trials, [](const v1::Trial& trial) {
    return trial.shape().depth() == 4;
  });
  EXPECT_TRUE(CurveFigures({record}).empty());
}

TEST(CurveFiguresTest, CurvesComeInTheOrderOfTheirBudgets) {
  ClaimRecord record = BowlRecord(0);
  const std::vector<v1::Trial> trials = record.runs[0].trials;
  for (v1::Trial trial : trials) {
    trial.set_budget_flops(4e10);
    record.runs[0].trials.push_back(trial);
    trial.set_budget_flops(3.6e11);
    record.runs[0].trials.push_back(trial);
  }
  std::erase_if(record.runs[0].trials, [](const v1::Trial& trial) {
    return trial.budget_flops() != 4e10 && trial.budget_flops() != 3.6e11;
  });
  const std::vector<ClaimFigure> figures = CurveFigures({record});
  ASSERT_EQ(figures.size(), 1U);
  // As text, 3.6e+11 comes first.
  EXPECT_EQ(Points(figures[0].figure)->name(), "4e10 FLOPs");
}

// What a variant costs along a scale is no loss any more.
TEST(CurveFiguresTest, ADifferenceIsCalledOne) {
  ClaimRecord record = BowlRecord(0);
  v1::ClaimPipeline& pipeline =
      *record.claim.mutable_parts(0)->mutable_pipeline();
  v1::ClaimStep costs;
  costs.set_over("variant");
  costs.mutable_difference()->set_of("no-norm");
  costs.mutable_difference()->set_from("base");
  *pipeline.add_steps() = pipeline.steps(0);
  *pipeline.mutable_steps(0) = costs;
  record.claim.mutable_parts()->DeleteSubrange(1, 1);
  std::vector<v1::Trial>& trials = record.runs[0].trials;
  const std::vector<v1::Trial> base = trials;
  for (v1::Trial trial : base) {
    trial.set_variant("no-norm");
    v1::ShapeCard& card = *trial.mutable_shape_card();
    card.set_validation_loss(card.validation_loss() + trial.shape().depth());
    trials.push_back(trial);
  }
  const std::vector<ClaimFigure> figures = CurveFigures({record});
  ASSERT_EQ(figures.size(), 1U);
  EXPECT_EQ(figures[0].figure.title(),
            "bowl: difference in validation loss over width / depth");
  const Series* points = Points(figures[0].figure);
  ASSERT_NE(points, nullptr);
  EXPECT_EQ(points->name(), "no-norm less base");
  ASSERT_EQ(points->y_size(), 3);
  EXPECT_NEAR(points->y(0), 8, 1e-9);
}

TEST(EffectFiguresTest, UnitsHaveAnAxisEach) {
  const v1::ClaimsReport report = Judge({BowlRecord(0.01)}, "demo");
  const std::vector<ClaimFigure> figures = EffectFigures(report);
  ASSERT_EQ(figures.size(), 2U);
  EXPECT_EQ(figures[0].name, "effects-factors");
  EXPECT_TRUE(figures[0].figure.panels(0).x().log());
  EXPECT_THAT(figures[0].figure.panels(0).y().categories(),
              ElementsAre("bowl: best"));
  EXPECT_EQ(figures[1].name, "effects-nats");
  // Two boundaries of a factor are drawn as factors.
  const Series& boundary = figures[0].figure.panels(0).series(0);
  EXPECT_EQ(boundary.name(), "boundary");
  ASSERT_EQ(boundary.x_size(), 2);
  EXPECT_NEAR(boundary.x(0), 1, 1e-12);
  EXPECT_NEAR(boundary.x(1), std::exp(3), 1e-9);
}

// Figures on which no verdict can rest may be so far off that no other is seen.
TEST(EffectFiguresTest, WhatCannotBeJudgedIsLeftOut) {
  v1::ClaimsReport report = Judge({BowlRecord(0.01)}, "demo");
  v1::PartResult& best = *report.mutable_claims(0)->mutable_parts(1);
  best.clear_p_value();
  EXPECT_EQ(EffectFigures(report).size(), 1U);
  *report.mutable_claims(0)->mutable_claim()->add_parts() =
      report.claims(0).claim().parts(1);
  *report.mutable_claims(0)->add_parts() = best;
  report.mutable_claims(0)->mutable_parts(2)->set_p_value(0.1);
  const std::vector<ClaimFigure> figures = EffectFigures(report);
  ASSERT_EQ(figures.size(), 2U);
  EXPECT_EQ(figures[0].figure.drawn(), 1);
  EXPECT_EQ(figures[0].figure.total(), 2);
  EXPECT_THAT(figures[0].figure.warnings(0), HasSubstr("1 figure on which"));
}

}  // namespace
}  // namespace isoshape

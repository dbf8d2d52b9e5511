#include "messages/trial/measured_points.h"

#include <gtest/gtest.h>

#include <vector>

namespace isoshape {
namespace {

v1::Trial Succeeded() {
  v1::Trial trial;
  trial.set_state(v1::Trial::SUCCEEDED);
  trial.set_budget_flops(1e12);
  trial.set_flops_per_token(6e6);
  trial.set_tokens(150'000);
  trial.mutable_shape_card()->set_validation_loss(2.5);
  // Another convention of a trainer's: results go by the model's.
  trial.mutable_shape_card()->set_flops(1.1e12);
  return trial;
}

TEST(MeasuredPointsTest, SizeAndFlopsAreOfTheModel) {
  const v1::Trial trial = Succeeded();
  EXPECT_EQ(TrialSize(trial), 1e6);
  EXPECT_EQ(ModelFlops(trial, trial.tokens()), 9e11);
  const std::vector<MeasuredPoint> points = MeasuredPoints(trial);
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].flops, 9e11);
  EXPECT_EQ(points[0].loss, 2.5);
}

TEST(MeasuredPointsTest, ABranchHasTheFlopsOfItsTokens) {
  v1::Trial trial = Succeeded();
  v1::TrialBranch& branch = *trial.add_branches();
  branch.set_steps(10);
  branch.set_tokens(50'000);
  branch.set_budget_flops(3e11);
  v1::BranchPoint& point = *trial.mutable_shape_card()->add_branches();
  point.set_steps(10);
  point.set_validation_loss(3);
  const std::vector<MeasuredPoint> points = MeasuredPoints(trial);
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].flops, 3e11);
  EXPECT_EQ(points[0].budget_flops, 3e11);
}

}  // namespace
}  // namespace isoshape

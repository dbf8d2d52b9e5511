#include "coordinator/analysis/campaign_law.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "coordinator/analysis/campaign_predict.h"
#include "coordinator/planning/campaign_defaults.h"

namespace isoshape {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// Trials by 1.2 + 30 N^-0.34 (1 + 0.06 ln(r / 20)^2) + 40 D^-0.3, N being FLOPs
// per token / 6.
CampaignResults Results(const std::vector<double>& sizes = {1e5, 3e5, 1e6}) {
  std::vector<v1::Trial> trials;
  for (const double budget : {1e13, 1e14, 1e15}) {
    for (const double size : sizes) {
      for (const int depth : {2, 4, 8}) {
        v1::Trial& trial = trials.emplace_back();
        trial.set_name("campaigns/c1/trials/" + std::to_string(trials.size()));
        trial.set_state(v1::Trial::SUCCEEDED);
        const int width = depth == 2 ? 128 : depth == 4 ? 96 : 64;
        trial.mutable_shape()->set_depth(depth);
        trial.mutable_shape()->set_width(width);
        trial.set_budget_flops(budget);
        trial.set_flops_per_token(6 * size);
        trial.set_tokens(std::llround(budget / (6 * size)));
        trial.set_parameters(std::llround(0.8 * size));
        const double departure = std::log(width / 20.0 / depth);
        trial.mutable_shape_card()->set_validation_loss(
            1.2 +
            30 * std::pow(size, -0.34) * (1 + 0.06 * departure * departure) +
            40 * std::pow(static_cast<double>(trial.tokens()), -0.3));
      }
    }
  }
  CampaignResults results;
  results.runs = ToRuns(trials);
  return results;
}

const v1::LawFigure& Find(
    const google::protobuf::RepeatedPtrField<v1::LawFigure>& figures,
    const std::string& name) {
  for (const v1::LawFigure& figure : figures) {
    if (figure.name() == name) return figure;
  }
  ADD_FAILURE() << "no figure " << name;
  return v1::LawFigure::default_instance();
}

TEST(CampaignLawTest, TheRunsOfATableAreThoseOfTheTrials) {
  const Runs runs = Results().runs;
  ASSERT_EQ(runs.rows(), 27);
  EXPECT_TRUE(CheckRuns(runs).ok());
  EXPECT_EQ(runs.width[0], 128);
  EXPECT_EQ(runs.budget[0], 1e13);
  EXPECT_EQ(runs.measure, SizeMeasure::kFlopsPerToken);
  EXPECT_NEAR(runs.size[0], 1e5, 1e-6);
  EXPECT_NEAR(WithSize(runs, SizeMeasure::kParams)->size[0], 0.8e5, 1e-6);
}

TEST(CampaignLawTest, RecoversTheShapeLaw) {
  v1::FitLawRequest request;
  request.set_law(v1::FitLawRequest::LAW_SHAPE);
  request.set_resamples(30);
  request.set_level(0.8);
  // Of fewer sizes whether G is 0 cannot be tested.
  const auto response = FitLawOfResults(Results({1e5, 3e5, 1e6, 3e6}), request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->law(), "shape");
  EXPECT_TRUE(response->optimum().converged());
  EXPECT_NEAR(Find(response->parameters(), "alpha").estimate().value(), 0.34,
              1e-3);
  EXPECT_NEAR(Find(response->parameters(), "beta").estimate().value(), 0.3,
              1e-3);
  const v1::LawFigure& best_ratio = Find(response->derived(), "best_ratio");
  ASSERT_EQ(best_ratio.unidentified(), "");
  const v1::Estimate& ratio = best_ratio.estimate();
  EXPECT_NEAR(ratio.value(), 20, 0.2);
  EXPECT_EQ(ratio.level(), 0.8);
  EXPECT_LE(ratio.lower(), ratio.value());
  EXPECT_GE(ratio.upper(), ratio.value());
  EXPECT_TRUE(ratio.has_bca_lower());
  EXPECT_THAT(ratio.method(), HasSubstr("30 resamples"));
  EXPECT_GE(response->comparison_size(), 2);
  EXPECT_EQ(response->comparison(0).name(), "none");
}

// Three sizes a budget: the least loss is inside them or the budget is named.
TEST(CampaignLawTest, OptimaOfTheBudgets) {
  v1::FitLawRequest request;
  request.set_law(v1::FitLawRequest::LAW_ISOFLOP);
  request.set_resamples(20);
  const auto response = FitLawOfResults(Results(), request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->optima_size(), 3);
  for (const v1::BudgetOptimum& optimum : response->optima()) {
    EXPECT_EQ(optimum.trials(), 9);
    EXPECT_EQ(optimum.problem().empty(), optimum.has_optimal_size());
  }
}

TEST(CampaignLawTest, WarningsOfTheResultsComeFirst) {
  CampaignResults results = Results();
  results.warnings = {"data was repeated"};
  v1::FitLawRequest request;
  request.set_resamples(10);
  const auto response = FitLawOfResults(results, request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_GE(response->warnings_size(), 1);
  EXPECT_EQ(response->warnings(0), "data was repeated");
}

TEST(CampaignLawTest, AnOutlierIsNamedByItsTrial) {
  CampaignResults results = Results({1e5, 3e5, 1e6, 3e6});
  for (size_t i = 0; i < results.runs.rows(); ++i) {
    results.runs.loss[i] *= 1 + 0.001 * std::sin(static_cast<double>(i * i));
  }
  results.runs.loss[16] *= 1.3;
  v1::FitLawRequest request;
  request.set_law(v1::FitLawRequest::LAW_PARAMETRIC);
  request.set_resamples(10);
  const auto response = FitLawOfResults(results, request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_THAT(response->warnings(),
              Contains(HasSubstr("trial 17, 4x96 at 1e14 FLOPs (loss")));
  // Trials of one point each are no clusters.
  EXPECT_THAT(response->interval_method(), Not(HasSubstr("clusters")));
}

TEST(CampaignLawTest, RefusesFieldsOutOfRange) {
  const CampaignResults results = Results();
  const auto code = [&](const auto& set) {
    v1::FitLawRequest request;
    set(request);
    return FitLawOfResults(results, request).status().code();
  };
  using Request = v1::FitLawRequest;
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_EQ(code([](Request& r) { r.set_resamples(-1); }), kInvalid);
  EXPECT_EQ(code([](Request& r) { r.set_resamples(100001); }), kInvalid);
  EXPECT_EQ(code([](Request& r) { r.set_level(1); }), kInvalid);
  EXPECT_EQ(code([](Request& r) { r.set_level(-0.5); }), kInvalid);
  const auto code_of_parametric = [&](const auto& set) {
    return code([&](Request& r) {
      r.set_law(Request::LAW_PARAMETRIC);
      set(r);
    });
  };
  EXPECT_EQ(code_of_parametric([](Request& r) { r.set_huber_delta(-1); }),
            kInvalid);
  EXPECT_EQ(code_of_parametric([](Request& r) { r.set_fixed_e(-1); }),
            kInvalid);
  EXPECT_EQ(code([](Request& r) { r.set_law(static_cast<Request::Law>(77)); }),
            kInvalid);
}

// What the priors carry alone has no value, in fits and in predictions alike:
// of one budget they alone say what more compute brings.
TEST(CampaignLawTest, WhatThePriorsCarryAloneIsNotIdentified) {
  CampaignResults results =
      Results({1e5, 1.5e5, 2e5, 3e5, 4e5, 6e5, 1e6, 2e6, 3e6});
  results.campaign.add_budgets(1e14);
  FillCampaignDefaults(&results.campaign);
  std::vector<bool> of_one;
  for (const double budget : results.runs.budget) {
    of_one.push_back(budget == 1e14);
  }
  results.runs = SelectRows(results.runs, of_one);
  const auto check = [](const auto& figures) {
    int alone = 0;
    for (const v1::LawFigure& figure : figures) {
      if (figure.prior_share() <= 0.9) continue;
      ++alone;
      EXPECT_NE(figure.unidentified(), "") << figure.name();
      EXPECT_TRUE(std::isnan(figure.estimate().value())) << figure.name();
      EXPECT_FALSE(figure.estimate().has_lower()) << figure.name();
    }
    return alone;
  };
  v1::FitLawRequest fit;
  fit.set_law(v1::FitLawRequest::LAW_SURFACE);
  const auto law = FitLawOfResults(results, fit);
  ASSERT_TRUE(law.ok()) << law.status();
  EXPECT_GT(check(law->parameters()) + check(law->derived()), 3);
  v1::PredictShapeRequest predict;
  predict.set_law(v1::FitLawRequest::LAW_SURFACE);
  predict.set_target_flops(1e16);
  const auto prediction = PredictFromResults(results, predict);
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_GE(check(prediction->figures()), 2);
  EXPECT_NE(prediction->unidentified(), "");
  EXPECT_TRUE(prediction->shapes().empty());
}

}  // namespace
}  // namespace isoshape

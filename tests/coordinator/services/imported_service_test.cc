// Imported runs in fits, predictions, best shapes and figures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "scaling/runs/runs.h"
#include "tests/coordinator/services/analysis_service_fixture.h"

namespace isoshape {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class ImportedServiceTest : public AnalysisServiceTest {
 protected:
  // A run of `size` parameters at a budget, without a shape.
  std::string AddImported(double size, double budget, double loss,
                          bool excluded = false) {
    v1::Trial trial;
    trial.set_name(std::string(kCampaign) + "/trials/" +
                   std::to_string(++trials_));
    trial.set_state(v1::Trial::SUCCEEDED);
    trial.set_purpose(v1::Trial::IMPORTED);
    trial.set_source("runs.csv:" + std::to_string(trials_));
    trial.set_budget_flops(budget);
    trial.set_flops_per_token(6 * size);
    trial.set_tokens(std::llround(budget / (6 * size)));
    trial.set_parameters(std::llround(size));
    trial.set_excluded(excluded);
    *trial.mutable_create_time() = ToProto(absl::FromUnixSeconds(1));
    trial.mutable_shape_card()->set_validation_loss(loss);
    const absl::Status status = Commit({PutTrial{trial}});
    EXPECT_TRUE(status.ok()) << status;
    return trial.name();
  }
  void AddImportedBudget(double budget) {
    const double step = std::log(budget / kBudgets[0]) / std::log(3);
    const double centre = 30e3 * std::pow(3, 0.5 * step);
    for (const double factor : {0.3, 0.45, 0.7, 1.0, 1.5, 2.2, 3.3}) {
      AddImported(centre * factor, budget, Loss(centre * factor, budget));
    }
  }
  v1::FitLawResponse Fit(bool imported) {
    v1::FitLawRequest request;
    request.set_campaign(kCampaign);
    request.set_imported(imported);
    v1::FitLawResponse response;
    const grpc::Status status = Law(request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
};

TEST_F(ImportedServiceTest, TheyCountInFitsThatAskForThemAndInNoOther) {
  AddCampaignResults();
  const v1::FitLawResponse before = Fit(false);
  AddImportedBudget(6.75e12);
  AddImported(1e5, 6.75e12, 100, /*excluded=*/true);
  v1::FitLawResponse without = Fit(false);
  without.clear_basis();
  v1::FitLawResponse plain = before;
  plain.clear_basis();
  EXPECT_EQ(without.ShortDebugString(), plain.ShortDebugString());
  const v1::FitLawResponse with = Fit(true);
  EXPECT_EQ(with.trials(), 28);
  EXPECT_EQ(with.basis().trials(), 28);
  ASSERT_EQ(with.optima_size(), 4);
  EXPECT_NEAR(with.optima(3).optimal_size().value(), 30e3 * std::pow(3, 1.5),
              5e3);
  EXPECT_THAT(with.warnings(), Contains("7 of 28 runs were imported"));
}

TEST_F(ImportedServiceTest, ACampaignOfImportedRunsAloneIsAnsweredByThem) {
  AddImportedBudget(kBudgets[0]);
  AddImportedBudget(kBudgets[1]);
  AddImportedBudget(kBudgets[2]);
  constexpr char kNote[] =
      "the campaign has no runs but imported ones: answers rest on these 21";
  for (const bool imported : {false, true}) {
    const v1::FitLawResponse fit = Fit(imported);
    EXPECT_EQ(fit.optima_size(), 3);
    EXPECT_EQ(fit.basis().trials(), 21);
    EXPECT_THAT(fit.warnings(), Contains(kNote));
    // As of a file.
    EXPECT_EQ(fit.size(), DescribeSize(SizeMeasure::kParams));
  }
  v1::PredictShapeRequest predict;
  predict.set_campaign(kCampaign);
  v1::PredictShapeResponse prediction;
  const grpc::Status predicted = Predict(predict, &prediction);
  ASSERT_TRUE(predicted.ok()) << predicted.error_message();
  EXPECT_GT(prediction.optimal_size().value(), 0);
  EXPECT_THAT(prediction.warnings(), Contains(kNote));
  v1::GetFigureRequest figure;
  figure.set_campaign(kCampaign);
  figure.set_kind(v1::Figure::ISOFLOP);
  v1::Figure drawn;
  EXPECT_TRUE(Figure(figure, &drawn).ok());
  EXPECT_EQ(drawn.basis().trials(), 21);
  figure.set_filter("budget_flops>1e12");
  ASSERT_TRUE(Figure(figure, &drawn).ok());
  EXPECT_EQ(drawn.basis().trials(), 7);
  v1::ListBestShapesRequest best;
  best.set_campaign(kCampaign);
  v1::ListBestShapesResponse shapes;
  const grpc::Status ranked = Best(best, &shapes);
  EXPECT_EQ(ranked.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(ranked.error_message(),
              HasSubstr("the 21 runs of campaigns/c1 were imported without "
                        "depth and width"));
  EXPECT_THAT(ranked.error_message(),
              HasSubstr("isoshape trial list c1 --where purpose:imported"));
}

// Its runs are those of the search, once they have ended.
TEST_F(ImportedServiceTest, ACampaignThatTrainsIsNotAnsweredByImportedRuns) {
  AddImportedBudget(kBudgets[0]);
  AddTrial({.depth = 2, .width = 64}, kBudgets[0], 0, 0, v1::Trial::SEARCH,
           v1::Trial::FAILED);
  v1::Campaign campaign = MakeCampaign();
  campaign.mutable_trial_counts()->set_failed(1);
  ASSERT_TRUE(Commit({PutCampaign{campaign}}).ok());
  v1::FitLawRequest request;
  request.set_campaign(kCampaign);
  request.set_wait_for_newest(true);
  v1::FitLawResponse response;
  const grpc::Status status = Law(request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(),
              HasSubstr("fits, predictions, figures and reports use with "
                        "--imported (`imported`)"));
}

// A check of a prediction is no run that fits could rest on.
TEST_F(ImportedServiceTest, AVerificationLeavesImportedRunsAlone) {
  AddImportedBudget(kBudgets[0]);
  AddImportedBudget(kBudgets[1]);
  AddTrial({.depth = 2, .width = 64}, kBudgets[0], 2, 0,
           v1::Trial::VERIFICATION);
  v1::Campaign campaign = MakeCampaign();
  campaign.mutable_trial_counts()->set_succeeded(1);
  ASSERT_TRUE(Commit({PutCampaign{campaign}}).ok());
  EXPECT_EQ(Fit(false).basis().trials(), 14);
}

TEST_F(ImportedServiceTest, BestShapesOfImportedRunsAreThoseOfTheirBudgets) {
  const auto add = [&](int64_t depth, int64_t width, double budget,
                       double loss) {
    const auto size = static_cast<double>(1000 * depth * width);
    const std::string name = AddImported(size, budget, loss);
    auto trial = store_->GetTrial(name);
    ASSERT_TRUE(trial.ok());
    trial->mutable_shape()->set_depth(depth);
    trial->mutable_shape()->set_width(width);
    ASSERT_TRUE(Commit({PutTrial{*trial}}).ok());
  };
  // FLOPs of one level, not of one number.
  add(2, 64, 1.00e12, 3.0);
  add(4, 64, 1.02e12, 2.9);
  add(2, 96, 0.99e12, 3.1);
  add(2, 64, 1.00e13, 2.5);
  add(4, 64, 1.01e13, 2.6);
  add(2, 96, 1.02e13, 2.7);
  v1::ListBestShapesRequest best;
  best.set_campaign(kCampaign);
  best.set_top(1);
  v1::ListBestShapesResponse shapes;
  const grpc::Status ranked = Best(best, &shapes);
  ASSERT_TRUE(ranked.ok()) << ranked.error_message();
  ASSERT_EQ(shapes.shapes_size(), 2);
  EXPECT_EQ(shapes.shapes(0).shape().depth(), 4);
  EXPECT_EQ(shapes.shapes(1).shape().depth(), 2);
  EXPECT_THAT(shapes.warnings(), Contains(HasSubstr("imported ones")));
  // FLOPs that fall into no level.
  add(3, 64, 3.3e12, 2.8);
  best.set_wait_for_newest(true);
  const grpc::Status scattered = Best(best, &shapes);
  ASSERT_TRUE(scattered.ok()) << scattered.error_message();
  EXPECT_EQ(shapes.shapes_size(), 7);
}

TEST_F(ImportedServiceTest, FiguresDrawThemAsOtherMarks) {
  AddCampaignResults();
  AddImportedBudget(6.75e12);
  v1::GetFigureRequest request;
  request.set_campaign(kCampaign);
  request.set_kind(v1::Figure::ISOFLOP);
  const auto names = [&](bool imported) {
    request.set_imported(imported);
    v1::Figure figure;
    const grpc::Status status = Figure(request, &figure);
    EXPECT_TRUE(status.ok()) << status.error_message();
    std::set<std::pair<std::string, v1::FigureSeries::Role>> found;
    for (const v1::FigureSeries& series : figure.panels(0).series()) {
      found.emplace(series.name(), series.role());
    }
    return found;
  };
  const std::pair<std::string, v1::FigureSeries::Role> imported = {
      "imported", v1::FigureSeries::REFERENCE};
  EXPECT_THAT(names(true), Contains(imported));
  EXPECT_THAT(names(false), Not(Contains(imported)));
  for (const v1::Figure::Kind kind :
       {v1::Figure::TRENDS, v1::Figure::ENVELOPE, v1::Figure::RESIDUALS}) {
    request.set_kind(kind);
    v1::Figure figure;
    const grpc::Status status = Figure(request, &figure);
    EXPECT_TRUE(status.ok()) << kind << ": " << status.error_message();
  }
}

TEST_F(ImportedServiceTest, TheyAreOfNoVariant) {
  AddCampaignResults();
  v1::FitLawRequest request;
  request.set_campaign(kCampaign);
  request.set_imported(true);
  request.set_variant("other");
  v1::FitLawResponse response;
  EXPECT_EQ(Law(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace isoshape

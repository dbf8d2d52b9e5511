#include "coordinator/analysis_service.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "common/proto_time.h"
#include "common/shape_proto.h"
#include "search/feasible.h"
#include "shape/accounting.h"
#include "storage/sqlite_store.h"

namespace isoshape {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr char kCampaign[] = "campaigns/c1";
constexpr double kBudgets[] = {2.5e11, 7.5e11, 2.25e12};

v1::Campaign MakeCampaign() {
  v1::Campaign campaign;
  campaign.set_name(kCampaign);
  campaign.set_state(v1::Campaign::RUNNING);
  for (const double budget : kBudgets) campaign.add_budgets(budget);
  *campaign.mutable_create_time() = ToProto(absl::FromUnixSeconds(1));
  *campaign.mutable_update_time() = ToProto(absl::FromUnixSeconds(1));
  v1::SearchSpace* space = campaign.mutable_space();
  Shape base;
  *space->mutable_base() = ToProto(base);
  space->set_ffn_ratio(8.0 / 3.0);
  space->set_ffn_multiple(8);
  space->set_min_depth(1);
  space->set_max_depth(64);
  space->set_min_width(16);
  space->set_max_width(1024);
  campaign.mutable_recipe()->set_tokens_per_step(2048);
  campaign.mutable_recipe()->set_batch_exponent(0);
  return campaign;
}

// An answering server over a store in a folder of its own.
class AnalysisServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              (std::to_string(getpid()) +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    auto store = SqliteStore::Open({.path = folder_ / "analysis.sqlite"});
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    cache_ = std::make_unique<AnalysisCache>(
        AnalysisCache::Options{.store = store_.get(), .rest = 0});
    service_ = std::make_unique<AnalysisService>(cache_.get());
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    stub_ = v1::AnalysisService::NewStub(
        grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                            grpc::InsecureChannelCredentials()));
    ASSERT_TRUE(Commit({PutCampaign{MakeCampaign()}}).ok());
  }

  void TearDown() override {
    cache_->Stop();
    server_->Shutdown();
    server_->Wait();
    server_.reset();
    service_.reset();
    cache_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  // As the coordinator commits.
  absl::Status Commit(const std::vector<Mutation>& mutations) {
    absl::Status status = store_->Commit(mutations);
    if (status.ok()) cache_->OnCommit(mutations);
    return status;
  }

  // Stores a finished trial and returns its name.
  std::string AddTrial(const Shape& shape, double budget, double loss,
                       int64_t seed = 0,
                       v1::Trial::Purpose purpose = v1::Trial::SEARCH,
                       v1::Trial::State state = v1::Trial::SUCCEEDED) {
    v1::Trial trial;
    trial.set_name(std::string(kCampaign) + "/trials/" +
                   std::to_string(++trials_));
    *trial.mutable_shape() = ToProto(shape);
    trial.set_budget_flops(budget);
    trial.set_seed(seed);
    trial.set_tokens_per_step(2048);
    trial.set_steps(StepsAtBudget(shape, budget, 2048));
    trial.set_tokens(trial.steps() * 2048);
    trial.set_parameters(CountParameters(shape).total());
    trial.set_flops_per_token(TrainingFlopsPerToken(shape));
    trial.set_state(state);
    trial.set_purpose(purpose);
    *trial.mutable_create_time() = ToProto(absl::FromUnixSeconds(1));
    v1::ShapeCard* card = trial.mutable_shape_card();
    card->set_validation_loss(loss);
    card->set_validation_loss_stderr(0.003);
    card->set_tokens_per_second(1000.0 + 100.0 * static_cast<double>(seed));
    card->set_peak_memory_bytes(100'000'000 + seed);
    card->set_bigram_entropy(2.4);
    // One of depth 8 is not measured.
    if (shape.depth < 8) {
      card->set_decode_seconds(1e-3 * static_cast<double>(shape.depth));
    }
    const absl::Status status = Commit({PutTrial{trial}});
    EXPECT_TRUE(status.ok()) << status;
    return trial.name();
  }

  // Loss of a synthetic law at the optimum of which N grows with C^0.5.
  static double Loss(double size, double budget) {
    const double step = std::log(budget / kBudgets[0]) / std::log(3);
    const double x = std::log(size / (30e3 * std::pow(3, 0.5 * step)));
    return 2 * std::exp(-0.15 * step) * (1 + 0.05 * x * x);
  }

  // Shapes about the optimum of each budget, and aspect ratios at the middle.
  void AddCampaignResults(int budgets = 3) {
    const SearchSpace space = SpaceOf();
    for (int b = 0; b < budgets; ++b) {
      for (const double factor : {0.3, 0.45, 0.7, 1.0, 1.5, 2.2, 3.3}) {
        const double centre = 30e3 * std::pow(3, 0.5 * b);
        const auto shape =
            NearestFeasible(space, 2048, kBudgets[b], centre * factor, 16);
        ASSERT_TRUE(shape.ok()) << shape.status();
        AddTrial(*shape, kBudgets[b], Loss(EffectiveSize(*shape), kBudgets[b]));
      }
    }
  }

  static SearchSpace SpaceOf() {
    SearchSpace space;
    space.max_width = 1024;
    return space;
  }

  // Asks for the answer from all that was committed.
  template <typename Request, typename Response>
  grpc::Status CallNewest(grpc::Status (v1::AnalysisService::Stub::*method)(
                              grpc::ClientContext*, const Request&, Response*),
                          Request request, Response* response) {
    request.set_wait_for_newest(true);
    return Call(method, request, response);
  }

  template <typename Request, typename Response>
  grpc::Status Call(grpc::Status (v1::AnalysisService::Stub::*method)(
                        grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response* response) {
    grpc::ClientContext context;
    return (stub_.get()->*method)(&context, request, response);
  }

  grpc::Status Best(const v1::ListBestShapesRequest& request,
                    v1::ListBestShapesResponse* response) {
    return CallNewest(&v1::AnalysisService::Stub::ListBestShapes, request,
                      response);
  }
  grpc::Status Fit(const v1::FitCampaignRequest& request,
                   v1::FitCampaignResponse* response) {
    return CallNewest(&v1::AnalysisService::Stub::FitCampaign, request,
                      response);
  }
  grpc::Status Law(const v1::FitLawRequest& request,
                   v1::FitLawResponse* response) {
    return CallNewest(&v1::AnalysisService::Stub::FitLaw, request, response);
  }
  grpc::Status Predict(const v1::PredictShapeRequest& request,
                       v1::PredictShapeResponse* response) {
    return CallNewest(&v1::AnalysisService::Stub::PredictShape, request,
                      response);
  }
  grpc::Status Describe(const v1::DescribeShapeRequest& request,
                        v1::DescribeShapeResponse* response) {
    return Call(&v1::AnalysisService::Stub::DescribeShape, request, response);
  }

  std::filesystem::path folder_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<AnalysisCache> cache_;
  std::unique_ptr<AnalysisService> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::AnalysisService::Stub> stub_;
  int trials_ = 0;
};

Shape MakeShape(int64_t depth, int64_t width) {
  Shape shape;
  shape.depth = depth;
  shape.width = width;
  shape.heads = shape.kv_heads = width / shape.head_dim;
  shape.ffn_width = 2 * width;
  return shape;
}

TEST_F(AnalysisServiceTest, RanksShapesOfEachBudgetByTheMeanOverSeeds) {
  const std::string a0 = AddTrial(MakeShape(2, 32), 1e11, 2.0, 0);
  const std::string a1 = AddTrial(MakeShape(2, 32), 1e11, 2.2, 1);
  AddTrial(MakeShape(4, 32), 1e11, 2.05);
  AddTrial(MakeShape(1, 16), 1e11, 3.0);
  AddTrial(MakeShape(8, 64), 3e11, 1.9);
  // Neither checks of predictions nor trials that did not succeed count.
  AddTrial(MakeShape(3, 48), 1e11, 1.0, 0, v1::Trial::VERIFICATION);
  AddTrial(MakeShape(3, 48), 1e11, 1.0, 0, v1::Trial::SEARCH,
           v1::Trial::DIVERGED);
  v1::ListBestShapesRequest request;
  request.set_campaign(kCampaign);
  request.set_top(2);
  v1::ListBestShapesResponse response;
  ASSERT_TRUE(Best(request, &response).ok());
  ASSERT_EQ(response.shapes_size(), 3);
  EXPECT_EQ(response.shapes(0).shape().depth(), 4);
  EXPECT_EQ(response.shapes(0).rank(), 1);
  EXPECT_DOUBLE_EQ(response.shapes(0).validation_loss_stderr(), 0.003);
  EXPECT_EQ(response.shapes(1).shape().depth(), 2);
  EXPECT_EQ(response.shapes(1).rank(), 2);
  EXPECT_DOUBLE_EQ(response.shapes(1).validation_loss(), 2.1);
  EXPECT_NEAR(response.shapes(1).validation_loss_stderr(), 0.1, 1e-12);
  EXPECT_NEAR(response.shapes(1).loss_above_best(), 0.05, 1e-12);
  EXPECT_THAT(response.shapes(1).trials(),
              testing::UnorderedElementsAre(a0, a1));
  EXPECT_DOUBLE_EQ(response.shapes(1).tokens_per_second(), 1050);
  EXPECT_EQ(response.shapes(1).peak_memory_bytes(), 100'000'001);
  EXPECT_DOUBLE_EQ(response.shapes(2).budget_flops(), 3e11);

  request.set_budget_flops(1e11);
  request.set_max_parameters(CountParameters(MakeShape(1, 16)).total());
  ASSERT_TRUE(Best(request, &response).ok());
  ASSERT_EQ(response.shapes_size(), 1);
  EXPECT_EQ(response.shapes(0).shape().width(), 16);
  EXPECT_NEAR(response.shapes(0).loss_above_best(), 0.95, 1e-12);

  request.clear_budget_flops();
  request.clear_max_parameters();
  request.set_max_decode_seconds(0.002);
  ASSERT_TRUE(Best(request, &response).ok());
  ASSERT_EQ(response.shapes_size(), 2);
  EXPECT_EQ(response.shapes(0).shape().depth(), 2);
  EXPECT_DOUBLE_EQ(response.shapes(0).decode_seconds(), 0.002);
  EXPECT_EQ(response.shapes(1).shape().depth(), 1);
}

TEST_F(AnalysisServiceTest, BestShapesRefusesWithTheRightCode) {
  v1::ListBestShapesRequest request;
  v1::ListBestShapesResponse response;
  request.set_campaign("c1");
  EXPECT_EQ(Best(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_campaign("campaigns/none");
  EXPECT_EQ(Best(request, &response).error_code(), grpc::StatusCode::NOT_FOUND);
  request.set_campaign(kCampaign);
  EXPECT_EQ(Best(request, &response).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  AddTrial(MakeShape(2, 32), 1e11, 2.0);
  request.set_top(101);
  EXPECT_EQ(Best(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_top(0);
  request.set_max_decode_seconds(-1);
  EXPECT_EQ(Best(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.clear_max_decode_seconds();
  request.set_max_parameters(-1);
  EXPECT_EQ(Best(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_max_parameters(0);
  request.set_budget_flops(2e11);
  const grpc::Status status = Best(request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("there are results at 1e+11"));
}

TEST_F(AnalysisServiceTest, FitsOptimaAndTheirGrowth) {
  AddCampaignResults();
  v1::FitCampaignRequest request;
  request.set_campaign(kCampaign);
  v1::FitCampaignResponse response;
  const grpc::Status status = Fit(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.trials(), 21);
  ASSERT_EQ(response.optima_size(), 3);
  EXPECT_NEAR(response.optima(0).optimal_size().value(), 30e3, 300);
  EXPECT_FALSE(response.optima(0).on_edge());
  EXPECT_EQ(response.optima(0).parabola_size(), 3);
  EXPECT_NEAR(response.size_trend().exponent().value(), 0.5, 0.02);
  EXPECT_EQ(response.size_trend().budgets(), 3);
  EXPECT_DOUBLE_EQ(response.size_trend().exponent().level(), 0.95);
  EXPECT_THAT(response.size_trend().exponent().method(),
              HasSubstr("1000 resamples"));
  // Found with the biggest budget left out, too.
  request.set_max_budget_flops(kBudgets[1]);
  request.set_level(0.8);
  request.set_resamples(50);
  ASSERT_TRUE(Fit(request, &response).ok());
  EXPECT_EQ(response.optima_size(), 2);
  EXPECT_DOUBLE_EQ(response.size_trend().exponent().level(), 0.8);
}

TEST_F(AnalysisServiceTest, FitsLawsFromTheCache) {
  AddCampaignResults();
  v1::FitLawRequest request;
  request.set_campaign(kCampaign);
  request.set_resamples(20);
  v1::FitLawResponse response;
  const grpc::Status status = Law(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.law(), "parametric");
  EXPECT_EQ(response.size(), "FLOPs per token / 6");
  EXPECT_EQ(response.trials(), 21);
  EXPECT_EQ(response.basis().trials(), 21);
  EXPECT_EQ(response.parameters_size(), 5);
  EXPECT_THAT(response.interval_method(), HasSubstr("20 resamples"));
  EXPECT_THAT(response.interval_method(), HasSubstr("stratified by 3 budgets"));
  // Other options are another question.
  request.set_size(v1::FitLawRequest::SIZE_PARAMS);
  ASSERT_TRUE(Law(request, &response).ok());
  EXPECT_EQ(response.size(), "parameters");
  request.set_campaign("campaigns/none");
  EXPECT_EQ(Law(request, &response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(AnalysisServiceTest, FitRefusesWithTheRightCode) {
  v1::FitCampaignRequest request;
  v1::FitCampaignResponse response;
  request.set_campaign("campaigns/none");
  EXPECT_EQ(Fit(request, &response).error_code(), grpc::StatusCode::NOT_FOUND);
  request.set_campaign(kCampaign);
  EXPECT_EQ(Fit(request, &response).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  AddTrial(MakeShape(2, 32), 1e11, 2.0);
  const grpc::Status one_size = Fit(request, &response);
  EXPECT_EQ(one_size.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(one_size.error_message(), HasSubstr("no budget has 3 sizes"));
  request.set_resamples(100001);
  EXPECT_EQ(Fit(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_resamples(0);
  request.set_level(1.5);
  EXPECT_EQ(Fit(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_level(0);
  request.set_max_budget_flops(-1);
  EXPECT_EQ(Fit(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(AnalysisServiceTest,
       PredictsAFeasibleShapeAtThreeTimesTheLargestBudget) {
  AddCampaignResults();
  v1::PredictShapeRequest request;
  request.set_campaign(kCampaign);
  v1::PredictShapeResponse response;
  const grpc::Status status = Predict(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  const double target = 3 * kBudgets[2];
  EXPECT_DOUBLE_EQ(response.target_flops(), target);
  EXPECT_NEAR(response.extrapolation(), 3, 1e-12);
  EXPECT_NEAR(response.optimal_size().value() / (30e3 * std::pow(3, 1.5)), 1,
              0.05);
  const Shape shape = FromProto(response.shape());
  EXPECT_EQ(FeasibilityProblem(SpaceOf(), shape, 2048, target), "");
  EXPECT_DOUBLE_EQ(response.size(), EffectiveSize(shape));
  EXPECT_NEAR(response.size() / response.optimal_size().value(), 1, 0.25);
  EXPECT_EQ(response.parameters(), CountParameters(shape).total());
  EXPECT_EQ(response.tokens(), StepsAtBudget(shape, target, 2048) * 2048);
  const double truth = Loss(response.size(), target);
  EXPECT_LE(response.loss().lower(), truth);
  EXPECT_GE(response.loss().upper(), truth);
  EXPECT_NEAR(response.loss().value(), truth, 0.03);
  EXPECT_THAT(response.warnings(), Contains(HasSubstr("not a finding")));

  // The campaign's own target, unless the request has one.
  v1::Campaign campaign = MakeCampaign();
  campaign.set_target_flops(1e13);
  ASSERT_TRUE(Commit({PutCampaign{campaign}}).ok());
  ASSERT_TRUE(Predict(request, &response).ok());
  EXPECT_DOUBLE_EQ(response.target_flops(), 1e13);
  request.set_target_flops(5e12);
  ASSERT_TRUE(Predict(request, &response).ok());
  EXPECT_DOUBLE_EQ(response.target_flops(), 5e12);
}

TEST_F(AnalysisServiceTest, PredictionHoldsTheRequestsLimits) {
  AddCampaignResults();
  v1::PredictShapeRequest request;
  request.set_campaign(kCampaign);
  v1::PredictShapeResponse free;
  ASSERT_TRUE(Predict(request, &free).ok());
  request.set_max_parameters(free.parameters() / 2);
  v1::PredictShapeResponse limited;
  const grpc::Status status = Predict(request, &limited);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_LE(limited.parameters(), free.parameters() / 2);
  EXPECT_GT(limited.loss().value(), free.loss().value());
  EXPECT_THAT(limited.warnings(),
              Contains(HasSubstr("times the predicted optimum")));
  // No shape has that few.
  request.set_max_parameters(10);
  EXPECT_EQ(Predict(request, &limited).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(AnalysisServiceTest, PredictRefusesWithTheRightCode) {
  v1::PredictShapeRequest request;
  v1::PredictShapeResponse response;
  request.set_campaign("campaigns/none");
  EXPECT_EQ(Predict(request, &response).error_code(),
            grpc::StatusCode::NOT_FOUND);
  request.set_campaign(kCampaign);
  EXPECT_EQ(Predict(request, &response).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  AddCampaignResults(1);
  const grpc::Status one_budget = Predict(request, &response);
  EXPECT_EQ(one_budget.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(one_budget.error_message(), HasSubstr("needs 2 budgets"));
  request.set_target_flops(-1);
  EXPECT_EQ(Predict(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_target_flops(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(Predict(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_target_flops(0);
  request.mutable_fit()->set_level(2);
  EXPECT_EQ(Predict(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(AnalysisServiceTest, DescribesAShapeWithoutACampaign) {
  const Shape shape = MakeShape(4, 64);
  v1::DescribeShapeRequest request;
  *request.mutable_shape() = ToProto(shape);
  request.mutable_shape()->clear_heads();
  request.mutable_shape()->clear_kv_heads();
  request.add_budgets(1e12);
  v1::DescribeShapeResponse response;
  ASSERT_TRUE(Describe(request, &response).ok());
  EXPECT_EQ(response.shape().heads(), 4);
  EXPECT_EQ(response.shape().kv_heads(), 4);
  EXPECT_EQ(response.parameters(), CountParameters(shape).total());
  ASSERT_EQ(response.flops_size(), 5);
  EXPECT_EQ(response.flops(0).convention(), v1::FLOP_CONVENTION_EXACT);
  EXPECT_DOUBLE_EQ(response.flops(0).training_flops_per_token(),
                   TrainingFlopsPerToken(shape));
  EXPECT_DOUBLE_EQ(response.flops(3).training_flops_per_token(),
                   6.0 * static_cast<double>(response.parameters()));
  EXPECT_EQ(response.state_memory_bytes(), 16 * response.parameters());
  EXPECT_EQ(response.activation_memory_bytes(),
            EstimateTrainingMemory(shape, 2048).activations);
  ASSERT_EQ(response.tokens_size(), 1);
  EXPECT_DOUBLE_EQ(response.tokens(0).tokens(),
                   1e12 / TrainingFlopsPerToken(shape));
}

TEST_F(AnalysisServiceTest, DescribesAReferenceShapeWithItsSource) {
  v1::DescribeShapeRequest request;
  request.set_reference("llama-7b");
  v1::DescribeShapeResponse response;
  const grpc::Status status = Describe(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  // Touvron et al. 2023.
  EXPECT_EQ(response.parameters(), 6738415616);
  EXPECT_THAT(response.source(), HasSubstr("published count"));
}

TEST_F(AnalysisServiceTest, DescribeRefusesWithTheRightCode) {
  v1::DescribeShapeRequest request;
  v1::DescribeShapeResponse response;
  EXPECT_EQ(Describe(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_reference("no-such-model");
  const grpc::Status unknown = Describe(request, &response);
  EXPECT_EQ(unknown.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(unknown.error_message(), HasSubstr("llama-7b"));
  request.set_reference("gemini");
  EXPECT_EQ(Describe(request, &response).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  *request.mutable_shape() = ToProto(MakeShape(4, 64));
  EXPECT_EQ(Describe(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.clear_reference();
  request.add_budgets(-1);
  EXPECT_EQ(Describe(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.clear_budgets();
  request.set_tokens_per_step(-1);
  EXPECT_EQ(Describe(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.clear_tokens_per_step();
  request.mutable_shape()->set_depth(0);
  EXPECT_EQ(Describe(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace isoshape

#ifndef ISOSHAPE_TESTS_COORDINATOR_SERVICES_ANALYSIS_SERVICE_FIXTURE_H_
#define ISOSHAPE_TESTS_COORDINATOR_SERVICES_ANALYSIS_SERVICE_FIXTURE_H_

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/net/channel.h"
#include "coordinator/services/analysis_service.h"
#include "coordinator/services/figure_service.h"
#include "coordinator/services/read_queue.h"
#include "messages/json/proto_time.h"
#include "messages/shape/shape_proto.h"
#include "search/nearest_feasible.h"
#include "shape/accounting.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/temp_folder.h"

namespace isoshape {

inline constexpr char kCampaign[] = "campaigns/c1";
inline constexpr double kBudgets[] = {2.5e11, 7.5e11, 2.25e12};

inline v1::Campaign MakeCampaign() {
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
    auto store = SqliteStore::Open({.path = folder_.File("analysis.sqlite")});
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
    tables_ = std::make_unique<TableCache>(
        TableCache::Options{.store = store_.get()});
    figures_ = std::make_unique<FigureService>(
        FigureService::Options{.cache = cache_.get(),
                               .store = store_.get(),
                               .reads = &reads_,
                               .tables = tables_.get()});
    builder.RegisterService(figures_.get());
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    const auto channel = MakeChannel("127.0.0.1:" + std::to_string(port));
    stub_ = v1::AnalysisService::NewStub(channel);
    figure_stub_ = v1::FigureService::NewStub(channel);
    ASSERT_TRUE(Commit({PutCampaign{MakeCampaign()}}).ok());
  }

  void TearDown() override {
    cache_->Stop();
    tables_->Stop();
    server_->Shutdown();
    server_->Wait();
    server_.reset();
    service_.reset();
    figures_.reset();
    tables_.reset();
    cache_.reset();
    store_.reset();
  }

  // Commits and tells the service, as the coordinator does.
  absl::Status Commit(const std::vector<Mutation>& mutations) {
    absl::Status status = store_->Commit(mutations);
    if (status.ok()) {
      tables_->OnCommit(mutations);
      cache_->OnCommit(mutations);
    }
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
    trial.set_variant(variant);
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
    if (change_card) change_card(*card);
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
            NearestFeasible(space, 2048, kBudgets[b], {centre * factor, 16});
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

  grpc::Status Figure(v1::GetFigureRequest request, v1::Figure* response) {
    request.set_wait_for_newest(true);
    grpc::ClientContext context;
    return figure_stub_->GetFigure(&context, request, response);
  }

  // Of each trial that is added; empty: none.
  std::string variant;
  // Applied to the card of each trial that is added.
  std::function<void(v1::ShapeCard&)> change_card;

  const TempFolder folder_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<AnalysisCache> cache_;
  std::unique_ptr<AnalysisService> service_;
  std::unique_ptr<TableCache> tables_;
  ReadQueue reads_;
  std::unique_ptr<FigureService> figures_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::AnalysisService::Stub> stub_;
  std::unique_ptr<v1::FigureService::Stub> figure_stub_;
  int trials_ = 0;
};

inline Shape MakeShape(int64_t depth, int64_t width) {
  Shape shape;
  shape.depth = depth;
  shape.width = width;
  shape.heads = shape.kv_heads = width / shape.head_dim;
  shape.ffn_width = 2 * width;
  return shape;
}

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_SERVICES_ANALYSIS_SERVICE_FIXTURE_H_

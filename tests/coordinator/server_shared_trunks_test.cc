// A campaign whose budgets share trunks, over the wire, with scripted runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "isoshape/v1/analysis_service.grpc.pb.h"
#include "tests/coordinator/server_fixture.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using Analysis = v1::AnalysisService::Stub;

class SharedTrunksServerTest : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    v1::CreateCampaignRequest request;
    *request.mutable_campaign() = SmallCampaign();
    request.mutable_campaign()
        ->mutable_algorithm()
        ->mutable_grid()
        ->set_share_trunks(true);
    request.mutable_campaign()->mutable_algorithm()->mutable_grid()->set_sizes(
        5);
    request.mutable_campaign()
        ->mutable_algorithm()
        ->mutable_grid()
        ->set_center_size(4e4);
    request.set_campaign_id("c1");
    Campaigns(&v1::CampaignService::Stub::CreateCampaign, request);
  }

  void RegisterForBranches(const std::string& id) {
    v1::RegisterWorkerRequest request;
    request.mutable_worker()->set_name("workers/" + id);
    request.mutable_worker()->set_slots(64);
    request.mutable_worker()->add_datasets("text");
    request.mutable_worker()->set_branches(true);
    Workers(&v1::WorkerService::Stub::RegisterWorker, request);
  }

  // Ends a run with the losses of LossOf, at each budget.
  void Complete(const v1::Lease& lease, v1::Trial::State state) {
    auto request = For<v1::CompleteTrialRequest>(lease);
    request.set_state(state);
    v1::ShapeCard* card = request.mutable_shape_card();
    if (state == v1::Trial::SUCCEEDED) {
      card->set_validation_loss(LossOf(lease.trial()));
    } else {
      request.set_error("the loss diverged");
    }
    for (const v1::TrialBranch& branch : lease.trial().branches()) {
      v1::Trial alone = lease.trial();
      alone.set_budget_flops(branch.budget_flops());
      v1::BranchPoint* point = card->add_branches();
      point->set_steps(branch.steps());
      point->set_tokens(branch.tokens());
      point->set_added_flops(branch.added_flops());
      point->set_validation_loss(LossOf(alone));
    }
    Workers(&v1::WorkerService::Stub::CompleteTrial, request);
  }

  template <typename Request, typename Response>
  Response Analyse(grpc::Status (Analysis::*method)(grpc::ClientContext*,
                                                    const Request&, Response*),
                   Request request) {
    const auto stub = v1::AnalysisService::NewStub(channel_);
    request.set_campaign("campaigns/c1");
    request.set_wait_for_newest(true);
    Response response;
    const grpc::Status status = Call(*stub, method, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
};

TEST_F(SharedTrunksServerTest, OnlyAWorkerWhoseTrainerBranchesGetsThem) {
  Register("plain");
  // The smallest size is wanted at the smaller budget alone.
  const v1::Lease alone = LeaseOne("plain");
  EXPECT_EQ(alone.trial().branches_size(), 0);
  EXPECT_EQ(alone.trial().budget_flops(), 2.5e11);
  EXPECT_EQ(alone.recipe().warmup_fraction(), 0.05);
  EXPECT_THAT(Lease(LeaseRequest("plain")), SizeIs(0));
  RegisterForBranches("able");
  const v1::Lease lease = LeaseOne("able");
  ASSERT_EQ(lease.trial().branches_size(), 1);
  EXPECT_EQ(lease.trial().budget_flops(), 7.5e11);
  EXPECT_EQ(lease.trial().branches(0).budget_flops(), 2.5e11);
  EXPECT_DOUBLE_EQ(lease.recipe().warmup_fraction(), 0.05 / 3);
  // Another coordinator on the same file reads the same branches.
  Start();
  const v1::Trial stored = GetTrial(lease.trial().name());
  EXPECT_EQ(stored.branches(0).steps(), lease.trial().branches(0).steps());
}

TEST_F(SharedTrunksServerTest, BranchesAreResultsOfTheirBudget) {
  RegisterForBranches("a");
  int trials = 0;
  while (GetCampaign().state() == v1::Campaign::RUNNING) {
    const std::vector<v1::Lease> leases = Lease(LeaseRequest("a"));
    if (leases.empty()) continue;  // the next plan is being made
    ++trials;
    Complete(leases[0], v1::Trial::SUCCEEDED);
  }
  EXPECT_EQ(GetCampaign().state(), v1::Campaign::COMPLETED);

  v1::ListBestShapesRequest best;
  best.set_top(100);
  best.set_budget_flops(2.5e11);
  const auto small = Analyse(&Analysis::ListBestShapes, best);
  ASSERT_GE(small.shapes_size(), 5);
  EXPECT_EQ(small.basis().trials(), trials);
  EXPECT_GT(small.basis().points(), trials);
  int of_branches = 0;
  for (const v1::RankedShape& shape : small.shapes()) {
    ASSERT_EQ(shape.trials_size(), 1);
    const v1::Trial trial = GetTrial(shape.trials(0));
    if (trial.budget_flops() == 2.5e11) continue;
    ++of_branches;
    EXPECT_EQ(shape.tokens(), trial.branches(0).tokens());
    EXPECT_EQ(shape.validation_loss(),
              trial.shape_card().branches(0).validation_loss());
  }
  EXPECT_GE(of_branches, 5);

  v1::FitLawRequest request;
  const auto fit = Analyse(&Analysis::FitLaw, request);
  EXPECT_EQ(fit.law(), "isoflop");
  ASSERT_EQ(fit.optima_size(), 2);
  for (const v1::BudgetOptimum& optimum : fit.optima()) {
    EXPECT_NEAR(std::log(optimum.optimal_size().value() / 4e4), 0, 0.1);
  }
  EXPECT_EQ(fit.trials(), fit.basis().points());

  // Every trial is one unit of the bootstrap, with all its points.
  request.set_law(v1::FitLawRequest::LAW_PARAMETRIC);
  request.set_resamples(50);
  const auto law = Analyse(&Analysis::FitLaw, request);
  EXPECT_EQ(law.trials(), fit.trials());
  EXPECT_THAT(law.interval_method(),
              HasSubstr(std::to_string(trials) + " clusters by run"));
}

TEST_F(SharedTrunksServerTest, BranchesOfADivergedRunCountAndItselfDoesNot) {
  RegisterForBranches("a");
  v1::Lease lease = LeaseOne();
  while (lease.trial().branches().empty()) lease = LeaseOne();
  Complete(lease, v1::Trial::DIVERGED);
  v1::ListBestShapesRequest best;
  const auto shapes = Analyse(&Analysis::ListBestShapes, best);
  ASSERT_EQ(shapes.shapes_size(), 1);
  EXPECT_EQ(shapes.shapes(0).budget_flops(), 2.5e11);
  EXPECT_EQ(shapes.basis().trials(), 1);
}

}  // namespace
}  // namespace isoshape

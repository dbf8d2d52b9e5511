#include "search/listed/listed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <tuple>
#include <vector>

namespace isoshape {
namespace {

using ::testing::HasSubstr;

SearchProblem TwoBudgets() {
  SearchProblem problem;
  problem.space.base.norm = Norm::kLayer;
  problem.budgets = {2.5e11, 7.5e11};
  problem.tokens_per_step = {2048, 2048};
  problem.seeds = 3;
  return problem;
}

std::vector<Shape> TwoShapes(const SearchSpace& space) {
  return {ShapeInSpace(space, 4, 64), ShapeInSpace(space, 8, 48)};
}

TEST(ListedSearch, TrainsEachShapeAtEachBudgetAndSeedOnce) {
  const SearchProblem problem = TwoBudgets();
  const ListedSearch search(TwoShapes(SearchSpace()));
  const auto proposals = search.Propose(problem, {});
  ASSERT_TRUE(proposals.ok()) << proposals.status();
  EXPECT_TRUE(proposals->done);
  std::set<std::tuple<int64_t, double, int64_t>> asked;
  for (const Proposal& proposal : proposals->trials) {
    asked.insert({proposal.shape.depth, proposal.budget_flops, proposal.seed});
    // Options are those of the space.
    EXPECT_EQ(proposal.shape.norm, Norm::kLayer);
  }
  EXPECT_EQ(proposals->trials.size(), 12u);
  EXPECT_EQ(asked.size(), 12u);
}

TEST(ListedSearch, ProposesWhatTheHistoryLacks) {
  SearchProblem problem = TwoBudgets();
  const ListedSearch search(TwoShapes(problem.space));
  const auto first = search.Propose(problem, {});
  ASSERT_TRUE(first.ok());
  std::vector<PastTrial> history;
  for (const Proposal& proposal : first->trials) {
    history.push_back({.shape = proposal.shape,
                       .budget_flops = proposal.budget_flops,
                       .seed = proposal.seed});
  }
  EXPECT_TRUE(search.Propose(problem, history)->trials.empty());
  // More seeds are asked for.
  problem.seeds = 4;
  const auto more = search.Propose(problem, history);
  ASSERT_EQ(more->trials.size(), 4u);
  for (const Proposal& proposal : more->trials) EXPECT_EQ(proposal.seed, 3);
}

TEST(ListedSearch, RefusesAShapeThatABudgetDoesNotPayFor) {
  const SearchProblem problem = TwoBudgets();
  const ListedSearch search({ShapeInSpace(problem.space, 4, 64),
                             ShapeInSpace(problem.space, 16, 512)});
  const absl::Status status = search.Propose(problem, {}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(),
              HasSubstr("the listed shape 16x512 is not feasible at 2.5e11"));
}

}  // namespace
}  // namespace isoshape

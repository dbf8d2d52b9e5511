#include "claims/check_claim.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/claims/wide_worse.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

void ExpectRefused(const v1::Claim& claim, const std::string& message) {
  const absl::Status status = CheckClaim(claim);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr(message));
}

TEST(CheckClaimTest, ClaimsThatCannotBeJudgedAreRefused) {
  EXPECT_TRUE(CheckClaim(ClaimOf(kLoss)).ok());
  v1::Claim claim = ClaimOf(kLoss);
  claim.mutable_parts(0)->clear_above();
  ExpectRefused(claim, "says neither above nor below");
  claim = ClaimOf(kLoss);
  claim.mutable_parts(0)->set_below(-1);
  ExpectRefused(claim, "above 0 is not less than below -1");
  claim = ClaimOf(kLoss);
  *claim.add_parts() = claim.parts(0);
  ExpectRefused(claim, "two parts are named 'loss'");
  claim = ClaimOf(kLoss);
  claim.mutable_designs(0)->mutable_common()->set_seeds(2);
  ExpectRefused(claim, "seeds 2 are too few for an interval; give at least 3");
  claim = ClaimOf(kLoss);
  *claim.mutable_designs(0)->add_campaigns() = claim.designs(0).campaigns(0);
  ExpectRefused(claim, "two campaigns labelled 'a'");
  claim = ClaimOf(kLoss);
  claim.mutable_parts(0)->mutable_pipeline()->set_measure("los");
  ExpectRefused(claim, "measure 'los' is no number");
  claim = ClaimOf(kLoss);
  claim.set_id("turned\u202E");
  claim.clear_statement();
  ExpectRefused(claim, "claim 'turned<U+202E>': it needs an id");
}

// Nothing is trained for a pipeline that no run would answer.
TEST(CheckClaimTest, PipelinesAreHeldAgainstTheDesignsBeforeAnythingIsTrained) {
  const auto refused = [](const std::string& steps,
                          const std::string& message) {
    ExpectRefused(
        ClaimOf(R"([{"name": "loss", "figure": "f", "above": 0, "pipeline":
                   {"measure": "validation_loss", "steps": [)" +
                steps + "]}}]"),
        message);
  };
  refused(R"({"over": "shape", "only": "2x182"})",
          "part 'loss', design 'demo': step 1: no shape '2x182' among 2x128, "
          "8x64; did you mean '2x128'?");
  refused(R"({"over": "variant", "only": "no-warmpu"})",
          "did you mean 'no-warmup'?");
  refused(R"({"over": "shape", "along": "depht", "slope": {}})",
          "step 1: along 'depht' is none of setting, flops, depth, width");
  refused(R"({"over": "shape", "along": "setting", "curvature": {}})",
          "step 1 over shape leaves nothing of the runs");
  refused(R"({"over": "budget", "slope": {}})",
          "step 1 over budget leaves nothing of the runs");
  refused(R"({"over": "shape", "along": "depth", "minimum": {}})",
          "a minimum or curvature three");
  refused(R"({"over": "shape", "difference": {"of": "2x128",
             "from": "2x128"}})",
          "a comparison takes two");
}

// All runs are alike before they are there: what a step makes of that is no
// reason to refuse it.
TEST(CheckClaimTest, RatiosOfDifferencesAreNotRefused) {
  const absl::Status status = CheckClaim(ClaimOf(
      R"([{"name": "growth", "figure": "f", "above": 0, "pipeline":
          {"measure": "validation_loss", "steps": [
              {"over": "shape", "difference": {"of": "2x128", "from": "8x64"}},
              {"over": "variant", "log_ratio": {"of": "no-warmup",
                                                "from": "base"}}]}}])"));
  EXPECT_TRUE(status.ok()) << status;
}

TEST(CheckClaimTest, ShapesThatAreSolvedForAreHeldAgainstRunsOnly) {
  v1::Claim claim = ClaimOf(kLoss);
  claim.mutable_designs(0)
      ->mutable_common()
      ->mutable_algorithm()
      ->mutable_listed()
      ->add_depths(16);
  claim.mutable_parts(0)->mutable_pipeline()->mutable_steps(0)->set_only(
      "16x48");
  EXPECT_TRUE(CheckClaim(claim).ok());
}

}  // namespace
}  // namespace isoshape

#include "coordinator/analysis/space_bounds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/analysis/analysis_question.h"
#include "coordinator/analysis/campaign_law.h"
#include "coordinator/analysis/campaign_predict.h"
#include "messages/campaign/campaign_space.h"
#include "scaling/allocation/shape_choice.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr double kBudget = 1e13;

v1::Campaign CampaignOf(int64_t min_depth) {
  v1::Campaign campaign;
  v1::SearchSpace& space = *campaign.mutable_space();
  space.mutable_base()->set_head_dim(16);
  space.mutable_base()->set_vocab(256);
  space.mutable_base()->set_context(128);
  space.set_ffn_ratio(8.0 / 3);
  space.set_ffn_multiple(8);
  space.set_min_depth(min_depth);
  space.set_max_depth(64);
  space.set_min_width(64);
  space.set_max_width(1024);
  campaign.mutable_recipe()->set_tokens_per_step(2048);
  return campaign;
}

// Runs of the smallest shapes of the campaign's space, of these losses.
Runs RunsOf(const v1::Campaign& campaign, const std::vector<double>& losses) {
  Runs runs;
  runs.measure = SizeMeasure::kFlopsPerToken;
  const SearchSpace space = SpaceOfCampaign(campaign);
  int64_t depth = space.min_depth;
  for (const double loss : losses) {
    AddRun(kBudget,
           SizeOf(ShapeInSpace(space, depth, space.min_width), runs.measure),
           loss, runs, static_cast<double>(depth), 64);
    depth *= 2;
  }
  return runs;
}

TEST(SpaceWarningsTest, AnOptimumBelowTheSmallestShapeAsksForAnotherSpace) {
  const v1::Campaign campaign = CampaignOf(2);
  EXPECT_THAT(
      SpaceWarnings(campaign, RunsOf(campaign, {3.0, 3.1, 3.2, 3.3})),
      ElementsAre(AllOf(HasSubstr("budget 1e13 FLOPs"),
                        HasSubstr("the smallest size"),
                        HasSubstr("lower --min-depth or --min-width"))));
}

TEST(SpaceWarningsTest, SizesThatTheSpaceHasAreForFitsToAskFor) {
  // Between the smallest and the largest size tried.
  const v1::Campaign campaign = CampaignOf(2);
  EXPECT_THAT(
      SpaceWarnings(campaign, RunsOf(campaign, {3.3, 3.1, 3.0, 3.1, 3.3})),
      IsEmpty());
  // At the largest, of which the space has larger ones.
  EXPECT_THAT(SpaceWarnings(campaign, RunsOf(campaign, {3.3, 3.2, 3.1, 3.0})),
              IsEmpty());
  // The runs of another space than that of the campaign now.
  EXPECT_THAT(
      SpaceWarnings(CampaignOf(1), RunsOf(campaign, {3.0, 3.1, 3.2, 3.3})),
      IsEmpty());
}

// What is answered of the results as the service does, in JSON-free form.
template <typename Response, typename Request>
absl::StatusOr<Response> Answer(const CampaignResults& results,
                                const Request& request,
                                absl::StatusOr<Response> (*compute)(
                                    const CampaignResults&, const Request&)) {
  AnalysisQuestion question;
  question.compute = [&](const CampaignResults& of) -> AnalysisAnswer {
    absl::StatusOr<Response> made = compute(of, request);
    if (!made.ok()) return made.status();
    return std::make_shared<const Response>(*std::move(made));
  };
  const AnalysisAnswer answer = AnswerFrom(results, question);
  if (!answer.ok()) return answer.status();
  return static_cast<const Response&>(**answer);
}

// A fit asked for sizes that the space has not, beside the warning that it has
// none, and so did a prediction.
TEST(SpaceBoundsTest, NoAnswerAsksForSizesThatTheSpaceHasNot) {
  CampaignResults results;
  results.campaign = CampaignOf(2);
  results.runs = RunsOf(results.campaign, {3.0, 3.1, 3.2, 3.3});
  const Runs larger = RunsOf(results.campaign, {2.8, 2.9, 3.0, 3.1});
  for (size_t i = 0; i < larger.rows(); ++i) {
    AddRun(10 * kBudget, larger.size[i], larger.loss[i], results.runs,
           larger.depth[i], larger.width[i]);
  }
  results.warnings = SpaceWarnings(results.campaign, results.runs);
  ASSERT_EQ(results.warnings.size(), 2);

  v1::FitLawRequest fit;
  fit.set_law(v1::FitLawRequest::LAW_ISOFLOP);
  fit.set_resamples(20);
  fit.set_level(0.8);
  const auto law = Answer(results, fit, &FitLawOfResults);
  ASSERT_TRUE(law.ok()) << law.status();
  EXPECT_THAT(law->optima(0).problem(),
              AllOf(HasSubstr("at the smallest size tried"),
                    HasSubstr("the space has none smaller: create a campaign "
                              "of lower --min-depth or --min-width")));
  // Both the campaign's warnings, which ask by FLOPs per token alone, and those
  // of the fit, by any size, have the remedy.
  EXPECT_THAT(law->warnings(), Not(Contains(HasSubstr("run smaller sizes"))));
  EXPECT_THAT(law->warnings(),
              Contains(AllOf(HasSubstr("is left out of the trends"),
                             HasSubstr("the space has none smaller")))
                  .Times(2));

  v1::PredictShapeRequest predict;
  predict.set_target_flops(1e15);
  predict.set_law(v1::FitLawRequest::LAW_ISOFLOP);
  predict.set_resamples(20);
  predict.set_level(0.8);
  const absl::Status refused =
      Answer(results, predict, &PredictFromResults).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr("the space has none smaller"),
                    Not(HasSubstr("run smaller sizes"))));
  // Of a space that has smaller ones they are asked for.
  results.campaign = CampaignOf(1);
  results.memo = std::make_shared<FitMemo>();
  const absl::Status possible =
      Answer(results, predict, &PredictFromResults).status();
  EXPECT_THAT(std::string(possible.message()), HasSubstr("run smaller sizes"));
}

}  // namespace
}  // namespace isoshape

#include "coordinator/planning/planned_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string NoteOf(const v1::CreateCampaignRequest& request) {
  const auto planned = PlanRequest(request);
  return planned.ok() ? planned->plan.note : planned.status().ToString();
}

// In words and numbers, whatever the algorithm.
TEST(PlanRequest, SaysWhatWouldBeTrainedInAllIfNothingIsStored) {
  v1::CreateCampaignRequest request;
  v1::Campaign& campaign = *request.mutable_campaign();
  campaign.add_budgets(1e12);
  campaign.add_budgets(3e12);
  campaign.mutable_algorithm()->mutable_asha()->set_shapes(30);
  EXPECT_THAT(NoteOf(request), Not(HasSubstr("in all")));
  request.set_validate_only(true);
  EXPECT_THAT(
      NoteOf(request),
      StartsWith("about 40 trials in all would be trained, 30 at 1e12, 10 at "
                 "3e12 FLOPs, about 6e13 FLOPs together; ASHA, 0 of 30 "
                 "shapes drawn"));
  // Of six shapes, in two variants; total_flops pays for less.
  campaign.mutable_algorithm()->mutable_sobol()->set_size_range(20);
  campaign.mutable_space()->set_max_depth(2);
  campaign.mutable_space()->set_max_width(48);
  campaign.mutable_space()->set_ffn_multiple(4096);
  v1::Variant& variant = *campaign.add_variants();
  variant.set_name("fast");
  variant.mutable_recipe()->set_learning_rate(0.01);
  campaign.set_total_flops(2e13);
  EXPECT_THAT(NoteOf(request),
              StartsWith("24 trials in all would be asked for, 12 at 1e12, 12 "
                         "at 3e12 FLOPs, about 4.8e13 FLOPs together, of "
                         "which total_flops pays for 2e13; "));
}

// Whoever asks, over gRPC, HTTP or Python.
TEST(PlanRequest, WarnsOfABudgetThatMayTellNoOptimum) {
  v1::CreateCampaignRequest request;
  v1::Campaign& campaign = *request.mutable_campaign();
  campaign.add_budgets(2e10);
  EXPECT_THAT(NoteOf(request),
              HasSubstr("; budget 2e10 may be too small for this space"));
  request.set_validate_only(true);
  EXPECT_THAT(
      NoteOf(request),
      AllOf(StartsWith("about "),
            HasSubstr("; budget 2e10 may be too small for this space")));
  campaign.set_budgets(0, 1e12);
  EXPECT_THAT(NoteOf(request), Not(HasSubstr("too small")));
}

}  // namespace
}  // namespace isoshape

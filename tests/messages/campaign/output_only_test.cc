#include "messages/campaign/output_only.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <set>
#include <string>

namespace isoshape {
namespace {

// A new field of Campaign must be placed: among these, or among those that are
// output only.
const std::set<std::string> kAsked = {
    "display_name",  "budgets", "seeds",           "space",
    "recipe",        "dataset", "algorithm",       "total_flops",
    "target_flops",  "labels",  "max_lost_leases", "max_lost_machines",
    "trial_timeout", "variants"};

TEST(OutputOnlyTest, EveryFieldIsEitherAskedOrOutputOnly) {
  const auto* type = v1::Campaign::descriptor();
  size_t asked = 0;
  for (int i = 0; i < type->field_count(); ++i) {
    const std::string name(type->field(i)->name());
    EXPECT_NE(IsOutputOnly(name), kAsked.contains(name)) << name;
    asked += kAsked.contains(name) ? 1 : 0;
  }
  EXPECT_EQ(asked, kAsked.size());
}

TEST(OutputOnlyTest, WhatIsAskedStays) {
  v1::Campaign campaign;
  campaign.add_budgets(1e12);
  (*campaign.mutable_labels())["team"] = "a";
  campaign.add_variants()->set_name("wide");
  const v1::Campaign asked = campaign;
  campaign.set_name("campaigns/c1");
  campaign.set_state(v1::Campaign::PAUSED);
  campaign.mutable_create_time()->set_seconds(1);
  campaign.mutable_update_time()->set_seconds(2);
  campaign.mutable_end_time()->set_seconds(3);
  campaign.mutable_trial_counts()->set_pending(4);
  campaign.set_planner_note("waits");
  campaign.set_data_fingerprint("f");
  campaign.set_missing("a trial");
  campaign.set_waiting("no worker");
  campaign.add_set_aside();
  campaign.mutable_variants(0)->set_data_fingerprint("g");
  ClearOutputOnly(&campaign);
  EXPECT_EQ(campaign.DebugString(), asked.DebugString());
}

}  // namespace
}  // namespace isoshape

// A campaign that was begun by the first schema is trained to its end today.
#include "tests/storage/sqlite/first_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/threads/clock.h"
#include "coordinator/scheduler/scheduler.h"
#include "tests/storage/sqlite/sqlite_folder.h"

namespace isoshape {
namespace {

TEST(SchedulerFirstSchema, LeasesOfBeforeAreHeldAndTokensGrow) {
  SqliteFolder folder;
  MakeDatabaseOfFirstSchema(folder.Database());
  auto store = folder.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  FakeClock clock;
  auto scheduler = Scheduler::Load({.store = store->get(), .clock = &clock});
  ASSERT_TRUE(scheduler.ok()) << scheduler.status();

  v1::CompleteTrialRequest complete;
  complete.set_worker("workers/w1");
  complete.set_trial("campaigns/c1/trials/2");
  complete.set_fencing_token(5);  // of another trial
  complete.set_state(v1::Trial::SUCCEEDED);
  complete.mutable_shape_card()->set_validation_loss(2.25);
  EXPECT_EQ((*scheduler)->CompleteTrial(complete).status().code(),
            absl::StatusCode::kFailedPrecondition);
  complete.set_fencing_token(6);
  const auto completed = (*scheduler)->CompleteTrial(complete);
  ASSERT_TRUE(completed.ok()) << completed.status();

  v1::LeaseTrialsRequest lease;
  lease.set_worker("workers/w1");
  lease.set_max_trials(1);
  const auto leased = (*scheduler)->LeaseTrials(lease);
  ASSERT_TRUE(leased.ok()) << leased.status();
  ASSERT_EQ(leased->leases_size(), 1);
  EXPECT_EQ(leased->leases(0).trial().name(), "campaigns/c1/trials/3");
  EXPECT_GT(leased->leases(0).fencing_token(), 6);
  // Its algorithm is written in fields that no version has any more.
  EXPECT_THAT(
      (*scheduler)->campaigns().at("campaigns/c1").campaign.planner_note(),
      testing::HasSubstr("another version stored this campaign"));
  ASSERT_TRUE((*store)->Commit((*scheduler)->TakeMutations()).ok());
  EXPECT_EQ((*store)
                ->GetTrial("campaigns/c1/trials/2")
                ->shape_card()
                .validation_loss(),
            2.25);
}

}  // namespace
}  // namespace isoshape

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "messages/names/resource_name.h"
#include "storage/open_store.h"
#include "tests/storage/postgres/pg_server.h"
#include "tests/storage/store_contract.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

class PgHome : public StoreHome {
 public:
  absl::StatusOr<std::unique_ptr<Store>> Open() override {
    return OpenStore(address_);
  }

 private:
  const std::string address_ = SharedPgServer().NewAddress();
};

INSTANTIATE_TEST_SUITE_P(Backends, StoreContract,
                         testing::Values(StoreBackend{
                             "Postgres",
                             [] { return std::make_unique<PgHome>(); }}),
                         [](const auto& test) { return test.param.name; });

// Nor does one that is damaged end all commits that would forget others.
TEST(PgDamage, ADamagedEventIsKeptWhenOthersAreForgotten) {
  constexpr char kCampaign[] = "campaigns/c1";
  const std::string address = SharedPgServer().NewAddress();
  const auto store = OpenStore(address);
  ASSERT_TRUE(store.ok()) << store.status();
  const std::string trial = MakeTrialName(kCampaign, 1);
  ASSERT_TRUE((*store)
                  ->Commit({PutCampaign{CampaignAt(kCampaign, 1)},
                            PutTrial{TrialOf(kCampaign, 1)}})
                  .ok());
  for (int64_t n = 1; n <= 4; ++n) {
    AppendEvent append = EventOf(kCampaign, n);
    append.event.set_kind(v1::CampaignEvent::TRIAL_MEASURED);
    append.event.set_trial(trial);
    append.event.mutable_measurement()->set_step(n);
    ASSERT_TRUE((*store)->Commit({MeasurementOf(trial, n), append}).ok());
  }
  // One that does not agree with its checksum, and one that no event has.
  const auto admin = PgServer::Connect(address);
  ASSERT_TRUE(admin
                  ->Execute("UPDATE events SET message = '\\x000000' WHERE "
                            "sequence = 2")
                  .ok());
  ASSERT_EQ(admin
                ->Run({PgQuery("UPDATE events SET message = $1, checksum = $2 "
                               "WHERE sequence = 3")
                           .Checked("no event")})
                .status,
            absl::OkStatus());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ((*store)->Commit({PruneEvents{absl::InfiniteFuture()}}),
              absl::OkStatus());
  }
  const auto left = admin->Ask(PgQuery(
      "SELECT string_agg(sequence::text, ' ' ORDER BY sequence)::bytea FROM "
      "events"));
  ASSERT_TRUE(left.ok()) << left.status();
  EXPECT_EQ(left->Bytes(0, 0), "2 3");
  EXPECT_EQ((*store)->ListEvents(kCampaign, {}).status().code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace isoshape

#include "coordinator/scheduler/lease_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "messages/proto_time.h"

namespace isoshape {
namespace {

using ::testing::Optional;

const absl::Time kStart = absl::FromUnixSeconds(1'000'000);

v1::Trial Leased(const std::string& name, int64_t token) {
  v1::Trial trial;
  trial.set_name(name);
  trial.set_fencing_token(token);
  return trial;
}

TEST(LeaseTable, IsEmptyAtFirst) {
  LeaseTable leases;
  EXPECT_EQ(leases.NextDeadline(), absl::InfiniteFuture());
  EXPECT_EQ(leases.TakeEnded(absl::InfiniteFuture() - absl::Seconds(1)),
            std::nullopt);
}

TEST(LeaseTable, EndsLeasesInTheOrderOfTheirEnds) {
  LeaseTable leases;
  v1::Trial a = Leased("a", 1), b = Leased("b", 2);
  leases.Extend(kStart + absl::Seconds(20), &a);
  leases.Extend(kStart + absl::Seconds(10), &b);
  EXPECT_EQ(FromProto(a.lease_expire_time()), kStart + absl::Seconds(20));
  EXPECT_EQ(leases.NextDeadline(), kStart + absl::Seconds(10));
  EXPECT_EQ(leases.TakeEnded(kStart + absl::Seconds(9)), std::nullopt);
  EXPECT_THAT(leases.TakeEnded(kStart + absl::Seconds(20)), Optional(b.name()));
  EXPECT_THAT(leases.TakeEnded(kStart + absl::Seconds(20)), Optional(a.name()));
  EXPECT_EQ(leases.TakeEnded(kStart + absl::Seconds(20)), std::nullopt);
}

TEST(LeaseTable, AnExtendedLeaseEndsOnceAndLater) {
  LeaseTable leases;
  v1::Trial trial = Leased("a", 1);
  leases.Extend(kStart, &trial);
  leases.Extend(kStart + absl::Seconds(30), &trial);
  EXPECT_EQ(leases.TakeEnded(kStart + absl::Seconds(29)), std::nullopt);
  EXPECT_THAT(leases.TakeEnded(kStart + absl::Seconds(30)),
              Optional(trial.name()));
  EXPECT_EQ(leases.NextDeadline(), absl::InfiniteFuture());
}

TEST(LeaseTable, ADroppedLeaseNeverEnds) {
  LeaseTable leases;
  v1::Trial a = Leased("a", 1), b = Leased("b", 2);
  leases.Extend(kStart, &a);
  leases.Extend(kStart, &b);
  leases.Drop(&a);
  leases.Drop(&a);  // of no lease: nothing
  EXPECT_FALSE(a.has_lease_expire_time());
  EXPECT_THAT(leases.TakeEnded(kStart), Optional(b.name()));
  EXPECT_EQ(leases.TakeEnded(kStart), std::nullopt);
}

}  // namespace
}  // namespace isoshape

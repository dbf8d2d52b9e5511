#include "coordinator/connection_pace.h"

#include <gtest/gtest.h>

#include <string>

namespace isoshape {
namespace {

int AdmittedOf(ConnectionPace& pace, const std::string& address, int count,
               bool crowded) {
  int admitted = 0;
  for (int i = 0; i < count; ++i) admitted += pace.Admit(address, crowded);
  return admitted;
}

TEST(ConnectionPaceTest, WhileItIsCrowdedEachAddressOpensFew) {
  FakeClock clock;
  ConnectionPace pace({.per_second = 4,
                       .at_once = 3,
                       .lasts = absl::Seconds(5),
                       .clock = &clock});
  EXPECT_EQ(AdmittedOf(pace, "10.0.0.1", 100, false), 100);
  EXPECT_EQ(AdmittedOf(pace, "10.0.0.1", 100, true), 3);
  EXPECT_EQ(AdmittedOf(pace, "10.0.0.2", 100, true), 3) << "another's";
  clock.Advance(absl::Milliseconds(500));
  EXPECT_EQ(AdmittedOf(pace, "10.0.0.1", 100, true), 2);
  // It lasts for a while after that, for one that comes in waves.
  clock.Advance(absl::Milliseconds(4900));
  EXPECT_EQ(AdmittedOf(pace, "10.0.0.1", 100, false), 3);
  clock.Advance(absl::Milliseconds(100));
  EXPECT_EQ(AdmittedOf(pace, "10.0.0.1", 100, false), 100);
}

TEST(ConnectionPaceTest, SoManyAddressesAreRemembered) {
  ConnectionPace pace({.at_once = 1, .max_addresses = 2});
  EXPECT_TRUE(pace.Admit("10.0.0.1", true));
  EXPECT_TRUE(pace.Admit("10.0.0.2", true));
  EXPECT_FALSE(pace.Admit("10.0.0.1", true));
  EXPECT_TRUE(pace.Admit("10.0.0.3", true));
  EXPECT_TRUE(pace.Admit("10.0.0.1", true)) << "all have begun anew";
}

}  // namespace
}  // namespace isoshape

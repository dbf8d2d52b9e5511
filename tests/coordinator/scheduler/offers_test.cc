#include "coordinator/scheduler/offers.h"

#include <gtest/gtest.h>

#include <vector>

namespace isoshape {
namespace {

// The trials of offers that are looked at for a worker that takes none.
std::vector<int64_t> LookedAt(Offers& offers, const std::string& worker) {
  std::vector<int64_t> looked_at;
  EXPECT_FALSE(offers.AnyFor(worker, [&](const Offers::Offer& offer) {
    looked_at.push_back(offer.trial);
    return false;
  }));
  return looked_at;
}

TEST(Offers, AWorkerThatWasNeverToldMayFindSomething) {
  Offers offers;
  EXPECT_TRUE(offers.AnyFor("a", [](const auto&) { return false; }));
}

TEST(Offers, OnlyWhatCameSinceIsLookedAtAndOnlyOnce) {
  Offers offers;
  offers.Add({.campaign = "c", .trial = 1});
  offers.NothingFor("a");
  EXPECT_EQ(LookedAt(offers, "a"), std::vector<int64_t>());
  offers.Add({.campaign = "c", .trial = 2});
  offers.Add({.campaign = "c", .trial = 3});
  EXPECT_EQ(LookedAt(offers, "a"), std::vector<int64_t>({2, 3}));
  EXPECT_EQ(LookedAt(offers, "a"), std::vector<int64_t>());
}

TEST(Offers, AnOfferThatIsTakenIsLookedAtAgain) {
  Offers offers;
  offers.NothingFor("a");
  offers.Add({.campaign = "c", .trial = 2});
  const auto takes = [](const Offers::Offer& o) { return o.trial == 2; };
  EXPECT_TRUE(offers.AnyFor("a", takes));
  EXPECT_TRUE(offers.AnyFor("a", takes));
}

TEST(Offers, AWorkerThatMissedTooManyIsToldToLook) {
  Offers offers;
  offers.NothingFor("a");
  for (int i = 0; i < 5000; ++i) offers.Add({.campaign = "c", .trial = 1});
  EXPECT_TRUE(offers.AnyFor("a", [](const auto&) { return false; }));
}

}  // namespace
}  // namespace isoshape
